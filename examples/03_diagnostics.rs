//! What somebody sees who got a rule wrong: all mistakes at once, where, and what to do.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use rulelang::{Code, Schema, check, render};

fn main() {
    let text = "age > '18' AND country == null";
    let Err(diagnostics) = check(text, &Schema::default()) else {
        unreachable!("two mistakes");
    };
    let told = render(&diagnostics, text, false);
    println!("{told}");

    let codes: Vec<Code> = diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes.len(), 2, "{told}");
    assert!(told.contains("IS NULL"), "the fix is named: {told}");
    assert!(told.contains('^'), "the place is shown: {told}");
}

#[test]
fn runs() {
    main();
}
