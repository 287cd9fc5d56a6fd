//! Any text: parsing, checking, formatting and rendering never panic, and formatting loses nothing.

use rulelang::{Schema, check, format, json, parse, render};

pub(crate) fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Err(diagnostics) = check(text, &Schema::default()) {
        render(&diagnostics, text, false);
    }
    let Ok(parsed) = parse(text) else {
        return;
    };
    let canonical = format(&parsed);
    let again = reparsed(&canonical, text);
    assert_eq!(again, parsed, "`{text}` becomes `{canonical}`");
    assert_eq!(format(&again), canonical, "formatting `{text}` twice");

    let form = json::to_json(&parsed);
    let back = json::from_json(&form);
    let back = back.unwrap_or_else(|error| panic!("`{text}` as JSON `{form}`: {error}"));
    assert_eq!(
        reparsed(&back.text, text),
        parsed,
        "`{text}` by way of JSON `{form}`"
    );
}

fn reparsed(canonical: &str, text: &str) -> rulelang::ast::Expr {
    parse(canonical).unwrap_or_else(|error| panic!("`{text}` becomes `{canonical}`: {error}"))
}
