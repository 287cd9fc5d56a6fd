//! Any JSON as a rule: never a panic, and what it stands for is a rule that converts back.

use rulelang::{Schema, check, json, parse};

pub(crate) fn holds(data: &[u8]) {
    let Ok(form) = serde_json::from_slice(data) else {
        return;
    };
    let Ok(rule) = json::from_json(&form) else {
        return;
    };
    // Its text may still be no rule (`{"expression": "("}`): then parsing says so.
    let _ = check(&rule.text, &Schema::default());
    let Ok(parsed) = parse(&rule.text) else {
        return;
    };
    let converted = json::to_json(&parsed);
    let back = json::from_json(&converted);
    let back = back.unwrap_or_else(|error| panic!("`{form}` becomes `{converted}`: {error}"));
    let again = parse(&back.text);
    let again = again.unwrap_or_else(|error| panic!("`{form}` becomes `{}`: {error}", back.text));
    assert_eq!(again, parsed, "`{form}` by way of `{converted}`");
}
