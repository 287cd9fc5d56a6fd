//! Generators of rules, fields and histories, for property tests of every engine.
//!
//! One small vocabulary runs through all of it: [`schema`] declares it, the generated rules read
//! it, the generated facts fill it. Constants come from small pools of interesting values, so
//! that conditions flip often and borders are hit exactly.
//! Invariant: every generated text passes [`crate::check`] against [`schema`].

mod fields;
mod grammar;
mod histories;
mod pools;

pub use fields::{any_fields, facts_from_fields};
pub use grammar::{any_condition, any_live_condition, any_live_segments, any_value_expression};
pub use histories::{BEGIN, END, Fact, any_facts, any_history, any_now, facts_of, with_duplicates};

use crate::{Scalar, Schema, Type};

/// The events of the vocabulary; there may be others, which only `*` sees.
pub const EVENTS: [&str; 2] = ["view", "buy"];

/// The profile fields of the vocabulary and their types.
pub const FIELDS: [(&str, Type); 12] = [
    ("a", Type::Float),
    ("b", Type::Float),
    ("i", Type::Int),
    ("j", Type::Int),
    ("s", Type::String),
    ("t", Type::String),
    ("p", Type::Bool),
    ("q", Type::Bool),
    ("at", Type::Timestamp),
    ("d", Type::Date),
    ("tags", Type::List(Scalar::String)),
    ("items", Type::Objects),
];

/// The properties of every event of the vocabulary and their types.
pub const PROPERTIES: [(&str, Type); 5] = [
    ("amount", Type::Float),
    ("qty", Type::Int),
    ("sku", Type::String),
    ("flag", Type::Bool),
    ("lines", Type::Objects),
];

/// The vocabulary of generated rules: [`FIELDS`], [`PROPERTIES`] of [`EVENTS`], and two computed
/// traits beside the default ones.
pub fn schema() -> Schema {
    let mut schema = Schema::default();
    for (name, ty) in FIELDS {
        schema.declare_field(name, ty, "the testkit");
    }
    for event in EVENTS {
        for (name, ty) in PROPERTIES {
            schema.declare_property(event, name, ty, "the testkit");
        }
    }
    let traits = [
        ("spent", "SUM(buy.amount)"),
        ("recent", "COUNT(buy WITHIN LAST 30 MINUTES WHERE flag)"),
    ];
    for (name, text) in traits {
        schema.traits.insert(name.to_owned(), text.to_owned());
    }
    schema
}
