//! Links the library: text to a checked rule, to machine code, to answers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use rule_jit::NamedRule;
use rulelang::{Diagnostics, Schema, Value, check};

fn main() -> Result<(), Diagnostics> {
    let text = "totalSpent > 1000 AND category == 'electronics'";
    let checked = check(text, &Schema::default())?;
    let rule = NamedRule::new(checked.rule);
    assert_eq!(rule.not_compiled(), None);

    let rows = [
        (Value::Int(1500), Value::string("electronics")),
        (Value::Float(999.99), Value::string("electronics")),
        (Value::Int(1500), Value::Null),
    ];
    let answers = rows
        .map(|(spent, category)| rule.value(&[("totalSpent", spent), ("category", category)], 0));
    println!("{text}\n{answers:?}");

    // A field that nobody knows is NULL, and so is the rule: nobody is targeted by not knowing.
    assert_eq!(
        answers,
        [Value::Bool(true), Value::Bool(false), Value::Null]
    );
    Ok(())
}

#[test]
fn runs() -> Result<(), Diagnostics> {
    main()
}
