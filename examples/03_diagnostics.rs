//! What somebody sees who got a rule wrong: all mistakes at once, where, and what to do.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use rulelang::{Code, Schema, Type, check, render};

fn main() {
    let mut schema = Schema {
        open: false,
        ..Schema::default()
    };
    schema.declare_field("age", Type::Int, "the schema");
    schema.declare_field("country", Type::String, "the schema");

    let text = "age > '18' AND contry == 'US'";
    let Err(diagnostics) = check(text, &schema) else {
        unreachable!("there are two mistakes");
    };
    let told = render(&diagnostics, text, false);
    println!("{told}");

    let codes: Vec<Code> = diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::TypeMismatch, Code::UnknownField], "{told}");
    let fixes = diagnostics.iter().filter_map(|found| found.fix.as_ref());
    let fixes: Vec<&str> = fixes.map(|fix| fix.replacement.as_str()).collect();
    assert_eq!(fixes, ["18", "country"], "{told}");
    assert!(told.contains("^^^^"), "the place is shown: {told}");
}

#[test]
fn runs() {
    main();
}
