//! Links the library: text to a checked rule, to machine code, to answers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;

use rule_jit::{Question, StandaloneRule};
use rulelang::{Schema, Value, check, format};

fn main() -> Result<(), Box<dyn Error>> {
    let text = "spent > 1_000 and category = 'electronics'";
    let rule = check(text, &Schema::default())?.rule;
    let compiled = StandaloneRule::new(&rule, Question::Value)?;
    println!("{}", format(&rule.ast));

    let answer = |spent, category| {
        let values = BTreeMap::from([("spent", spent), ("category", category)]);
        let row = compiled.row(0, |name| values.get(name));
        compiled.value(&row)
    };
    let answers = [
        answer(Value::Int(1500), Value::string("electronics"))?,
        answer(Value::Float(999.99), Value::string("electronics"))?,
        answer(Value::Int(1500), Value::Null)?,
    ];
    println!("{answers:?}");

    // A value that nobody knows is NULL, and so is the rule: not knowing never makes a match.
    let expected = [Value::Bool(true), Value::Bool(false), Value::Null];
    assert_eq!(answers, expected);
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
