//! Numbers: exact comparisons, checked arithmetic.

use crate::*;

const TWO_POW_53: i64 = 1 << 53;

fn ints(i: i64, j: i64) -> [(&'static str, Value); 2] {
    [("i", Value::Int(i)), ("j", Value::Int(j))]
}

#[test]
fn int_and_float_compare_exactly() {
    let fields = [
        ("i", Value::Int(TWO_POW_53 + 1)),
        ("a", Value::Float(TWO_POW_53 as f64)),
    ];
    assert_eq!(of("i == a", &fields), FALSE);
    assert_eq!(of("i > a", &fields), TRUE);
    assert_eq!(of("a < i", &fields), TRUE);
    assert_eq!(of("i IN (a)", &fields), FALSE);
    let largest = [
        ("i", Value::Int(i64::MAX)),
        ("a", Value::Float(9_223_372_036_854_775_808.0)),
    ];
    assert_eq!(of("i < a", &largest), TRUE);
    assert_eq!(of("i IS DISTINCT FROM a", &largest), TRUE);
}

#[test]
fn an_int_that_f64_cannot_hold_is_null_in_a_float_field() {
    let odd = [("a", Value::Int(TWO_POW_53 + 1))];
    assert_eq!(of("a IS NULL", &odd), TRUE);
    let even = [("a", Value::Int(TWO_POW_53))];
    assert_eq!(of("a == 9007199254740992.0", &even), TRUE);
}

#[test]
fn a_float_without_fraction_is_an_int_in_an_int_field() {
    assert_eq!(of("i == 3", &[("i", Value::Float(3.0))]), TRUE);
    assert_eq!(of("i IS NULL", &[("i", Value::Float(3.5))]), TRUE);
}

#[test]
fn minus_zero_is_zero() {
    let fields = [("a", Value::Float(-0.0)), ("b", Value::Float(0.0))];
    assert_eq!(of("a == b", &fields), TRUE);
    assert_eq!(of("a < b", &fields), FALSE);
    assert_eq!(of("a IN (0)", &fields), TRUE);
    assert_eq!(of("a IS NOT DISTINCT FROM b", &fields), TRUE);
    match of("a", &fields) {
        Value::Float(float) => assert!(float.is_sign_positive()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_finite_is_null() {
    let fields = [("a", Value::Float(1e300)), ("b", Value::Float(f64::NAN))];
    assert_eq!(of("a * a", &fields), NULL);
    assert_eq!(of("a * a - a * a", &fields), NULL);
    assert_eq!(of("b", &fields), NULL);
}

#[test]
fn int_overflow_is_null() {
    let fields = ints(i64::MAX, i64::MIN);
    for text in ["i + 1", "j - 1", "i * 2", "-j", "j DIV -1", "j * -1"] {
        assert_eq!(of(text, &fields), NULL, "{text}");
    }
    assert_eq!(of("i - 1", &fields), Value::Int(i64::MAX - 1));
    assert_eq!(of("-i", &fields), Value::Int(-i64::MAX));
}

#[test]
fn dividing_by_zero_is_null() {
    let fields = ints(7, 0);
    for text in [
        "i / j", "i DIV j", "i % j", "j / j", "a / 0", "a % 0", "a DIV 0",
    ] {
        let fields = [fields.as_slice(), &[("a", Value::Float(1.0))]].concat();
        assert_eq!(of(text, &fields), NULL, "{text}");
    }
}

#[test]
fn division_is_fractional_and_div_truncates_toward_zero() {
    let fields = ints(-7, 2);
    assert_eq!(of("i / j", &fields), Value::Float(-3.5));
    assert_eq!(of("i DIV j", &fields), Value::Int(-3));
    assert_eq!(of("i % j", &fields), Value::Int(-1));
    assert_eq!(of("6 / i IS NULL", &ints(3, 0)), FALSE);
    let floats = [("a", Value::Float(-7.5)), ("b", Value::Float(2.0))];
    assert_eq!(of("a DIV b", &floats), Value::Float(-3.0));
    assert_eq!(of("a % b", &floats), Value::Float(-1.5));
}

#[test]
fn the_remainder_by_minus_one_is_zero_for_the_smallest_int_too() {
    assert_eq!(of("i % j", &ints(i64::MIN, -1)), Value::Int(0));
}

#[test]
fn a_float_operand_makes_a_float() {
    let fields = [("i", Value::Int(3)), ("a", Value::Float(0.5))];
    assert_eq!(of("i * a", &fields), Value::Float(1.5));
    assert_eq!(of("a + i", &fields), Value::Float(3.5));
}

#[test]
fn arithmetic_with_null_is_null() {
    assert_eq!(of("i + j", &[("i", Value::Int(1))]), NULL);
    assert_eq!(of("-a", &[]), NULL);
}
