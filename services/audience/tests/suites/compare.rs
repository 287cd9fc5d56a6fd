//! Whether an answer is the one that a suite expects.

use serde_json::{Value, json};

use crate::case::Question;
use crate::engine::Answer;

/// Whether the answer to a question is the expected one. NULL is no match, where that is what is asked.
pub(crate) fn is_expected(answer: &Answer, question: &Question, expected: &Value) -> bool {
    match answer {
        Answer::NotCompiled(_) | Answer::Refused(..) => false,
        Answer::Value(Value::Null) if question.matches => expected == &Value::Bool(false),
        Answer::Value(value) => {
            let names = question.named.iter().rev();
            let whole = names.fold(value.clone(), |value, name| json!({ name: value }));
            is_same(&whole, expected)
        }
    }
}

/// Equality of JSON in which 1 is 1.0.
fn is_same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| is_same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let is_in_two = |(name, value)| two.get(name).is_some_and(|it| is_same(value, it));
            one.len() == two.len() && one.iter().all(is_in_two)
        }
        _ => one == two,
    }
}
