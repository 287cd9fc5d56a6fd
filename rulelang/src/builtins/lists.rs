//! Functions of lists. The items of a list are never NULL.

use std::cmp::Ordering;

use super::{Builtin, Family, Kind, Parameter, Signature};
use crate::decimal;
use crate::types::Type;
use crate::value::Value;

const LIST: Parameter = Parameter::new("list", Kind::List);
const NUMBERS: Parameter = Parameter::new("list", Kind::Numbers);

const AN_ITEM: &[Signature] = &[Signature::new(&[LIST], Kind::Item)];

pub(super) const FAMILY: Family = Family {
    title: "Lists",
    members: &[
        Builtin::strict(
            "LIST_FIRST",
            AN_ITEM,
            "The first item; NULL of an empty list.",
            &[
                ("LIST_FIRST(['a', 'b'])", "'a'"),
                ("LIST_FIRST([])", "NULL"),
            ],
            first,
        ),
        Builtin::strict(
            "LIST_LAST",
            AN_ITEM,
            "The last item; NULL of an empty list.",
            &[("LIST_LAST([1, 2, 3])", "3")],
            last,
        ),
        Builtin::strict(
            "LIST_DISTINCT",
            &[Signature::new(&[LIST], Kind::List)],
            "The list without the items that stand in it before, the others in their order.",
            &[("LIST_DISTINCT(['b', 'a', 'b'])", "['b', 'a']")],
            distinct,
        ),
        Builtin::strict(
            "LIST_SUM",
            &[Signature::new(&[NUMBERS], Kind::Item)],
            "The sum, floats as the decimals that they are written as; 0 of an empty list. NULL \
             where ints overflow; a float beyond ±1e18 is left out, as in SUM.",
            &[
                ("LIST_SUM([1, 2, 3])", "6"),
                ("LIST_SUM([33.33, 33.33, 33.34])", "100.0"),
            ],
            sum,
        ),
        Builtin::strict(
            "LIST_AVG",
            &[Signature::new(&[NUMBERS], Kind::Is(Type::Float))],
            "The sum, exact, divided by how many there are; NULL of an empty list.",
            &[("LIST_AVG([1, 2])", "1.5")],
            avg,
        ),
        Builtin::strict(
            "LIST_MIN",
            AN_ITEM,
            "The least item; NULL of an empty list.",
            &[
                ("LIST_MIN([3, 1, 2])", "1"),
                ("LIST_MIN(['b', 'a'])", "'a'"),
            ],
            min,
        ),
        Builtin::strict(
            "LIST_MAX",
            AN_ITEM,
            "The greatest item; NULL of an empty list.",
            &[("LIST_MAX([3, 1, 2])", "3")],
            max,
        ),
    ],
};

fn items(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::List(items)] => items,
        _ => &[],
    }
}

fn first(arguments: &[Value]) -> Value {
    items(arguments).first().cloned().unwrap_or_default()
}

fn last(arguments: &[Value]) -> Value {
    items(arguments).last().cloned().unwrap_or_default()
}

fn order(a: &Value, b: &Value) -> Ordering {
    a.compare(b).unwrap_or(Ordering::Equal)
}

fn min(arguments: &[Value]) -> Value {
    items(arguments)
        .iter()
        .min_by(|a, b| order(a, b))
        .cloned()
        .unwrap_or_default()
}

fn max(arguments: &[Value]) -> Value {
    items(arguments)
        .iter()
        .max_by(|a, b| order(a, b))
        .cloned()
        .unwrap_or_default()
}

/// Sorting brings equal items together; the earliest of them stays.
fn distinct(arguments: &[Value]) -> Value {
    let [Value::List(items)] = arguments else {
        return Value::Null;
    };
    let mut sorted: Vec<(usize, &Value)> = items.iter().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| order(a, b));
    sorted.dedup_by(|(_, later), (_, earlier)| order(later, earlier).is_eq());
    sorted.sort_by_key(|(at, _)| *at);
    Value::List(sorted.into_iter().map(|(_, item)| item.clone()).collect())
}

/// The exact sum in units of 10⁻⁹, and of how many items. A list has far fewer than the 2³⁷ items
/// that it would take to overflow.
fn total(items: &[Value]) -> (i128, usize) {
    let decimals = items.iter().filter_map(|item| match item {
        Value::Int(int) => Some(i128::from(*int) * decimal::ONE),
        Value::Float(float) => decimal::from_f64(*float),
        _ => None,
    });
    decimals.fold((0, 0), |(sum, count), one| (sum + one, count + 1))
}

fn sum(arguments: &[Value]) -> Value {
    let [Value::List(items)] = arguments else {
        return Value::Null;
    };
    let (sum, _) = total(items);
    match items.first() {
        Some(Value::Float(_)) => Value::float(decimal::to_f64(sum)),
        _ => i64::try_from(sum / decimal::ONE).map_or(Value::Null, Value::Int),
    }
}

fn avg(arguments: &[Value]) -> Value {
    let (sum, count) = total(items(arguments));
    Value::float(decimal::to_f64(sum) / count as f64)
}
