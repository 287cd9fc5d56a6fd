//! Functions of lists. The items of a list are never NULL.

use std::cmp::Ordering;

use super::{Builtin, Family, Kind, Nulls, Parameter, Signature};
use crate::decimal;
use crate::limits::MADE_LIST_ITEMS_MAX;
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
            "LIST_GET",
            &[Signature::new(&[LIST, Parameter::int("place")], Kind::Item)],
            "The item at a place, counted from 1; NULL where there is none.",
            &[
                ("LIST_GET(['a', 'b'], 2)", "'b'"),
                ("LIST_GET(['a', 'b'], 0)", "NULL"),
                ("LIST_GET(['a', 'b'], 3)", "NULL"),
            ],
            get,
        ),
        Builtin {
            nulls: Nulls::Skipped,
            ..Builtin::strict(
                "LIST_CONCAT",
                &[Signature::new(&[LIST, LIST.repeated()], Kind::List)],
                "The items of the lists, one list after the other; a NULL adds nothing, and of NULLs \
                 alone it is NULL.",
                &[
                    ("LIST_CONCAT(['a', 'b'], ['a'])", "['a', 'b', 'a']"),
                    ("LIST_CONCAT([1], [], [2, 3])", "[1, 2, 3]"),
                ],
                concat,
            )
        },
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
        Builtin::strict(
            "LIST_MEDIAN",
            &[Signature::new(&[NUMBERS], Kind::Is(Type::Float))],
            "The number in the middle of all, sorted; of an even count the average of the two that are \
             there. NULL of an empty list.",
            &[
                ("LIST_MEDIAN([4, 2, 7, 5, 3])", "4.0"),
                ("LIST_MEDIAN([1, 2, 3, 10])", "2.5"),
            ],
            median,
        ),
        Builtin::strict(
            "LIST_MODE",
            AN_ITEM,
            "The item that stands in the list most often, of several the least; NULL of an empty list.",
            &[
                ("LIST_MODE([1, 2, 2, 3])", "2"),
                ("LIST_MODE(['b', 'a', 'b', 'a'])", "'a'"),
            ],
            mode,
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

fn get(arguments: &[Value]) -> Value {
    let [Value::List(items), Value::Int(place)] = arguments else {
        return Value::Null;
    };
    let at = place.checked_sub(1).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| items.get(at)).cloned().unwrap_or_default()
}

fn concat(arguments: &[Value]) -> Value {
    let known = arguments.iter().filter(|list| !list.is_null());
    let lists = known.map(|list| match list {
        Value::List(items) => Some(&**items),
        _ => None,
    });
    match lists.collect::<Option<Vec<&[Value]>>>() {
        Some(lists) if !lists.is_empty() => made(lists.into_iter().flatten().cloned()),
        _ => Value::Null,
    }
}

/// A list of so many items that a function made; NULL where it is too long.
pub(super) fn made(items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.take(MADE_LIST_ITEMS_MAX + 1).collect();
    if items.len() > MADE_LIST_ITEMS_MAX {
        Value::Null
    } else {
        Value::List(items.into())
    }
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

fn sorted(items: &[Value]) -> Vec<Value> {
    let mut sorted = items.to_vec();
    sorted.sort_by(order);
    sorted
}

fn median(arguments: &[Value]) -> Value {
    let sorted = sorted(items(arguments));
    let upper = sorted.len() / 2;
    let lower = sorted.len().saturating_sub(1) / 2;
    match (sorted.get(lower), sorted.get(upper)) {
        (Some(one), Some(_)) if lower == upper => match one {
            Value::Int(int) => Value::float(*int as f64),
            one => one.clone(),
        },
        (Some(one), Some(other)) => avg(&[Value::List([one.clone(), other.clone()].into())]),
        _ => Value::Null,
    }
}

fn mode(arguments: &[Value]) -> Value {
    let sorted = sorted(items(arguments));
    let runs = sorted.chunk_by(|a, b| order(a, b).is_eq());
    // Of equal lengths the first that comes stays.
    let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
    let item = longest.and_then(<[Value]>::first);
    item.cloned().unwrap_or_default()
}
