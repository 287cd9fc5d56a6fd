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
use templates::{FIELD_LEAVES, LIVE_ONLY, NOT_LIVE, PROPERTY_LEAVES, TYPES, USER_ONLY};

type Texts = BoxedStrategy<String>;
/// Generators by the name of the hole that they fill.
type Holes = BTreeMap<&'static str, Texts>;
/// Templates by the type of what they make.
type Table = &'static [(&'static str, &'static [&'static str])];

/// A type-correct condition over the vocabulary, nested up to `depth` levels deep; it may use
/// everything that the language has, `NOW()` wherever it can stand.
pub fn any_condition(depth: u32) -> impl Strategy<Value = String> {
    let tables = [TYPES, USER_ONLY, LIVE_ONLY, NOT_LIVE];
    limited(filled("{Bool}", &user_level(depth, &tables)))
}

/// A type-correct expression of any type, as [`any_condition`].
pub fn any_value_expression(depth: u32) -> impl Strategy<Value = String> {
    let holes = user_level(depth, &[TYPES, USER_ONLY, LIVE_ONLY, NOT_LIVE]);
    let types = FIELD_LEAVES.iter().filter_map(|(ty, _)| holes.get(ty));
    limited(Union::new(types.cloned()).boxed())
}

/// A condition that may run live: `NOW()` only where it can be waited for, windows of
/// milliseconds to hours, so that the generated histories make it flip.
pub fn any_live_condition(depth: u32) -> impl Strategy<Value = String> {
    let tables = [TYPES, USER_ONLY, LIVE_ONLY];
    limited(filled("{Bool}", &user_level(depth, &tables)))
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
    ];
    names.iter().map(|name| text.matches(name).count()).sum()
}

/// The generators of expressions about a user.
fn user_level(depth: u32, tables: &[Table]) -> Holes {
    let conditions = level(1, constants(), PROPERTY_LEAVES, &[TYPES]);
    let filter = filled(" WHERE {Bool}", &conditions);
    let mut holes = constants();
    holes.insert("where", prop_oneof![Just(String::new()), filter].boxed());
    level(depth, holes, FIELD_LEAVES, tables)
}

/// Adds the generators of expressions nested up to `depth` levels deep.
fn level(depth: u32, mut holes: Holes, leaves: Table, tables: &[Table]) -> Holes {
    let leaves: Holes = leaves
        .iter()
        .map(|(ty, templates)| (*ty, any_of(templates, &holes)))
        .collect();
    holes.extend(leaves.clone());
    for _ in 0..depth {
        let mut deeper = holes.clone();
        for (ty, leaf) in &leaves {
            let templates: Vec<&'static str> = tables
                .iter()
                .flat_map(|table| table.iter())
                .filter(|(made, _)| made == ty)
                .flat_map(|(_, templates)| templates.iter().copied())
                .collect();
            let composed = any_of(&templates, &holes);
            let weighted = Union::new_weighted(vec![(1, leaf.clone()), (4, composed)]);
            deeper.insert(ty, weighted.boxed());
        }
        holes = deeper;
    }
    holes
}

/// Holes that are filled alike on every level.
fn constants() -> Holes {
    let pools: [(&'static str, &'static [&'static str]); 15] = [
        ("int", pools::INTS),
        ("float", pools::FLOATS),
        ("string", pools::STRINGS),
        ("timestamp", pools::TIMESTAMPS),
        ("date", pools::DATES),
        ("duration", pools::DURATIONS),
        ("pattern", pools::PATTERNS),
        ("regex", pools::REGEXES),
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
        ("quantifier", &["ANY", "ALL", "NONE"]),
        ("event", &["buy", "view"]),
    ];
    let mut holes: Holes = pools
        .into_iter()
        .map(|(name, pool)| (name, any_text(pool)))
        .collect();
    let windows = ["", " WITHIN LAST {duration}", " {ago}", " {during}"];
    holes.insert("window", any_of(&windows, &holes));
    let lists = [
        ("ints", "int", pools::INTS),
        ("floats", "float", pools::FLOATS),
        ("strings", "string", pools::STRINGS),
    ];
    for (name, item, pool) in lists {
        let few = proptest::collection::vec(any_text(pool), 0..5);
        let many = proptest::collection::vec(any_text(pool), 60..90);
        let filler = (0..40).map(|n| format!("{n}")).collect::<Vec<_>>();
        let is_string = item == "string";
        let list = prop_oneof![8 => few, 1 => many].prop_map(move |mut items| {
            if items.len() > 50 {
                let quoted = |n: &String| {
                    if is_string {
                        format!("'k{n}'")
                    } else {
                        n.clone()
                    }
                };
                items.extend(filler.iter().map(quoted));
            }
            items.join(", ")
        });
        holes.insert(name, list.boxed());
    }
    holes
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
