//! JSON numbers as values, without ever rounding an integer.

use rulelang::Value;

/// 2^63: from here on an f64 may stand for an integer that serde_json has rounded.
pub(super) const ROUNDED_FROM: f64 = 9_223_372_036_854_775_808.0;

/// An integer that serde_json gives as `u64`: an int where it fits, else the float equal to it,
/// else NULL.
pub(super) fn from_u64(number: u64) -> Value {
    if let Ok(int) = i64::try_from(number) {
        return Value::Int(int);
    }
    let float = number as f64;
    if float as u128 == u128::from(number) {
        Value::float(float)
    } else {
        Value::Null
    }
}

/// A number from its JSON text; `None` where it lies outside f64 (`1e400`).
pub(super) fn from_text(text: &str) -> Option<Value> {
    if let Ok(int) = text.parse::<i64>() {
        return Some(Value::Int(int));
    }
    let float: f64 = text.parse().ok().filter(|float: &f64| float.is_finite())?;
    let is_integer = !text.contains(['.', 'e', 'E']);
    // `{:.0}` prints every digit of the float's exact value.
    if is_integer && format!("{float:.0}") != text {
        return Some(Value::Null);
    }
    Some(Value::float(float))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_never_rounded() {
        let check = |text: &str, expected: Value| assert_eq!(from_text(text), Some(expected));
        check("9223372036854775807", Value::Int(i64::MAX));
        check("9223372036854775808", Value::Float(ROUNDED_FROM));
        check("9223372036854775809", Value::Null);
        check("-9223372036854775808", Value::Int(i64::MIN));
        check("-9223372036854775809", Value::Null);
        check("100000000000000000000000", Value::Null);
        check("1e23", Value::Float(1e23));
        check(
            "36893488147419103232",
            Value::Float(36_893_488_147_419_103_232.0),
        );
        check("-0.0", Value::Float(0.0));
        assert_eq!(from_text("1e400"), None);
        assert_eq!(from_u64(u64::MAX), Value::Null);
        assert_eq!(from_u64(1 << 63), Value::Float(ROUNDED_FROM));
        assert_eq!(from_u64(7), Value::Int(7));
    }
}
