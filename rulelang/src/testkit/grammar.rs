//! Random rules as text, from tables of templates.
//!
//! A template's holes name what fills them: `{Int}` an expression of that type one level below,
//! `{int}` a constant, `{op}` an operator. A level holds one generator per type; level 0 has
//! names and constants only.

mod templates;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::pools;
use crate::limits::{AGGREGATES_MAX, REGEXES_MAX};
use templates::{EVERYTHING, FIELD_LEAVES, ITEM, ITEM_LEAVES, LIVE, PROPERTY_LEAVES, WHERE};

type Texts = BoxedStrategy<String>;
/// Generators by the name of the hole that they fill.
type Holes = BTreeMap<&'static str, Texts>;
/// Templates by the type of what they make.
type Table = &'static [(&'static str, &'static [&'static str])];
/// Tables and how often their templates are taken.
type Tables = &'static [(u32, Table)];

/// A type-correct condition over the vocabulary, nested up to `depth` levels deep; it may use
/// everything that the language has, `NOW()` wherever it can stand.
pub fn any_condition(depth: u32) -> impl Strategy<Value = String> {
    limited(filled("{Bool}", &user_level(depth, EVERYTHING)))
}

/// A type-correct expression of any type, as [`any_condition`].
pub fn any_value_expression(depth: u32) -> impl Strategy<Value = String> {
    let holes = user_level(depth, EVERYTHING);
    let types = FIELD_LEAVES.iter().filter_map(|(ty, _)| holes.get(ty));
    limited(Union::new(types.cloned()).boxed())
}

/// A condition that may run live: `NOW()` only where it can be waited for, windows of
/// milliseconds to hours, so that the generated histories make it flip.
pub fn any_live_condition(depth: u32) -> impl Strategy<Value = String> {
    limited(filled("{Bool}", &user_level(depth, LIVE)))
}

/// Segments `s0`, `s1`, … with live conditions, of which each may name those before it.
pub fn any_live_segments(count: usize, depth: u32) -> impl Strategy<Value = Vec<(String, String)>> {
    let rules = proptest::collection::vec(any_live_condition(depth), count);
    let named = proptest::collection::vec(any::<proptest::sample::Index>(), count);
    (rules, named).prop_map(|(rules, named)| {
        let named = rules.iter().enumerate().zip(named);
        let segment = |((n, text), named): ((usize, &String), proptest::sample::Index)| {
            let reference = match n {
                0 => "(s IS NULL)".to_owned(),
                _ => format!("IN SEGMENT 's{}'", named.index(n)),
            };
            (
                format!("s{n}"),
                text.replace("IN SEGMENT 'vip'", &reference),
            )
        };
        named.map(segment).collect()
    })
}

/// Keeps to the limits of the language.
fn limited(texts: Texts) -> impl Strategy<Value = String> {
    let is_within = |text: &String| {
        text.matches("MATCHES").count() <= REGEXES_MAX && aggregates(text) <= AGGREGATES_MAX
    };
    texts.prop_filter("a rule within the limits", is_within)
}

/// An upper bound of the aggregates in a rule.
fn aggregates(text: &str) -> usize {
    let names = [
        "COUNT",
        "SUM(",
        "AVG(",
        "MIN(",
        "MAX(",
        "FIRST(",
        "LAST(",
        "DID",
        "spent",
        "recent",
        "totalSpent",
        "eventCount",
        "lastActivity",
        "SEQUENCE",
    ];
    names.iter().map(|name| text.matches(name).count()).sum()
}

/// The generators of expressions about a user.
fn user_level(depth: u32, tables: Tables) -> Holes {
    let mut holes = constants();
    let items = level(1, constants(), ITEM_LEAVES, ITEM);
    holes.insert("Item", filled("{Bool}", &items));
    let conditions = level(1, holes.clone(), PROPERTY_LEAVES, WHERE);
    let filter = filled(" WHERE {Bool}", &conditions);
    holes.insert("where", prop_oneof![Just(String::new()), filter].boxed());
    level(depth, holes, FIELD_LEAVES, tables)
}

/// Adds the generators of expressions nested up to `depth` levels deep.
fn level(depth: u32, mut holes: Holes, leaves: Table, tables: Tables) -> Holes {
    let leaves: Holes = leaves
        .iter()
        .map(|(ty, templates)| (*ty, any_of(templates, &holes)))
        .collect();
    holes.extend(leaves.clone());
    for _ in 0..depth {
        let mut deeper = holes.clone();
        for (ty, leaf) in &leaves {
            let composed = tables.iter().filter_map(|(weight, table)| {
                let (_, templates) = table.iter().find(|(made, _)| made == ty)?;
                Some((*weight, any_of(templates, &holes)))
            });
            let choices = [(1, leaf.clone())].into_iter().chain(composed);
            deeper.insert(ty, Union::new_weighted(choices.collect()).boxed());
        }
        holes = deeper;
    }
    holes
}

/// What fills the holes that are filled alike on every level, from one pool each.
const POOLS: Table = &[
    ("int", pools::INTS),
    ("float", pools::FLOATS),
    ("string", pools::STRINGS),
    ("timestamp", pools::TIMESTAMPS),
    ("date", pools::DATES),
    ("duration", pools::DURATIONS),
    ("pattern", pools::PATTERNS),
    ("regex", pools::REGEXES),
    ("calendar", pools::CALENDARS),
    ("zone", pools::ZONES),
    ("ago", pools::SPANS_AGO),
    ("during", pools::SPANS_FIXED),
    ("not", &["", "NOT "]),
    ("op", &["==", "!=", "<", "<=", ">", ">="]),
    (
        "eq",
        &[
            "==",
            "!=",
            "=",
            "<>",
            "IS DISTINCT FROM",
            "IS NOT DISTINCT FROM",
        ],
    ),
    ("unit", pools::UNITS),
    ("few", &["-1", "0", "1", "2", "3", "7"]),
    ("quantifier", &["ANY", "ALL", "NONE"]),
    ("event", &["buy", "view"]),
    ("order", &["<", "<=", ">", ">="]),
];

/// Holes that are filled alike on every level.
fn constants() -> Holes {
    let mut holes: Holes = POOLS
        .iter()
        .map(|(name, pool)| (*name, any_text(pool)))
        .collect();
    let windows = [
        "",
        " WITHIN LAST {duration}",
        " WITHIN LAST {calendar}",
        " {ago}",
        " {during}",
    ];
    holes.insert("window", any_of(&windows, &holes));
    holes.insert("within", any_of(&["", " WITHIN {duration}"], &holes));
    holes.insert("ints", list(pools::INTS, |n| n.to_string()));
    holes.insert("floats", list(pools::FLOATS, |n| format!("{n}.25")));
    holes.insert("strings", list(pools::STRINGS, |n| format!("'k{n}'")));
    holes
}

/// The items of a list: mostly a few, sometimes more than an engine would compare one by one,
/// duplicates among them.
fn list(pool: &'static [&'static str], filler: fn(u32) -> String) -> Texts {
    let few = proptest::collection::vec(any_text(pool), 0..5);
    let many = proptest::collection::vec(any_text(pool), 30..60).prop_map(move |mut items| {
        items.extend((0..70).map(filler));
        items
    });
    let items = prop_oneof![8 => few, 1 => many];
    items.prop_map(|items| items.join(", ")).boxed()
}

fn any_text(pool: &'static [&'static str]) -> Texts {
    select(pool).prop_map(str::to_owned).boxed()
}

fn any_of(templates: &[&'static str], holes: &Holes) -> Texts {
    let texts = templates.iter().map(|template| filled(template, holes));
    Union::new(texts).boxed()
}

/// A template with its holes filled. A hole that nothing fills stays as it is, so that the rule
/// does not parse and the test that checks every generated rule finds it.
fn filled(template: &'static str, holes: &Holes) -> Texts {
    let parts: Vec<Texts> = template
        .split_inclusive(['{', '}'])
        .map(|part| match part.strip_suffix('}') {
            Some(name) => holes
                .get(name)
                .cloned()
                .unwrap_or_else(|| Just(format!("<{name}>")).boxed()),
            None => Just(part.trim_end_matches('{').to_owned()).boxed(),
        })
        .collect();
    parts.prop_map(|parts| parts.concat()).boxed()
}

#[cfg(test)]
mod tests {
    use crate::builtins;

    #[test]
    fn every_function_is_called_by_some_template() {
        let text = super::templates::text();
        let uncalled = builtins::all().map(|builtin| builtin.name);
        let uncalled = uncalled.filter(|name| !text.contains(&format!("{name}(")));
        let elsewhere = ["COALESCE", "NULLIF", "IF", "NOW"];
        assert_eq!(uncalled.collect::<Vec<_>>(), elsewhere);
    }
}
