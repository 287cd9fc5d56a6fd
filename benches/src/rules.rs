//! The six rules of the numbers to reach, and the schema that they are written for.

use std::collections::BTreeMap;

use rule_jit::Input;
use rulelang::{Rule, Schema, Type, check};

/// The fields of every record; a field's slot is its place here.
pub const FIELDS: [(&str, Type); 13] = [
    ("totalSpent", Type::Float),
    ("eventCount", Type::Int),
    ("category", Type::String),
    ("country", Type::String),
    ("churned", Type::Bool),
    ("age", Type::Int),
    ("lastActivity", Type::Timestamp),
    ("plan", Type::String),
    ("score", Type::Float),
    ("visits", Type::Int),
    ("sku", Type::String),
    ("url", Type::String),
    ("title", Type::String),
];

/// Names of the six rules, in order.
pub const NAMES: [&str; 6] = ["e1", "e2", "e3", "e4", "e5", "e6"];

/// The text of each rule: a comparison; two; a mix; ten clauses; a large set; substring and prefix.
pub fn texts() -> [String; 6] {
    let skus: Vec<String> = (0..200)
        .step_by(2)
        .map(|n| format!("'{}'", sku(n)))
        .collect();
    let fixed = [
        "totalSpent > 1000",
        "totalSpent > 1000 AND category == 'electronics'",
        "(totalSpent > 1000 OR eventCount >= 50) AND country IN ('US', 'CA', 'GB', 'DE') \
         AND NOT churned",
        "totalSpent > 500 AND eventCount >= 5 AND age BETWEEN 18 AND 65 \
         AND country IN ('US', 'CA', 'GB', 'DE') \
         AND (category == 'electronics' OR plan == 'pro') AND NOT churned \
         AND lastActivity WITHIN LAST 30 DAYS AND (score >= 0.5 OR visits > 20) \
         AND plan != 'free'",
    ];
    let [e1, e2, e3, e4] = fixed.map(str::to_owned);
    let e5 = format!("sku IN ({})", skus.join(", "));
    let e6 = "title CONTAINS 'wireless' AND url STARTS WITH 'https://shop.'".to_owned();
    [e1, e2, e3, e4, e5, e6]
}

/// A product's id.
pub fn sku(n: usize) -> String {
    format!("sku-{n:04}")
}

/// Declares [`FIELDS`], closed and without computed traits: rules over rows alone.
pub fn schema() -> Schema {
    let mut schema = Schema {
        open: false,
        traits: BTreeMap::new(),
        ..Schema::default()
    };
    for (name, ty) in FIELDS {
        schema.declare_field(name, ty, "the benchmarks");
    }
    schema
}

/// A checked rule over [`FIELDS`].
///
/// # Panics
/// Where the text is wrong.
pub fn checked(text: &str) -> Rule {
    match check(text, &schema()) {
        Ok(checked) => checked.rule,
        Err(diagnostics) => unreachable!("`{text}`: {diagnostics}"),
    }
}

/// Every field at its place in [`FIELDS`].
pub fn layout(input: Input<'_>) -> Option<u32> {
    let Input::Field(field) = input else {
        return None;
    };
    FIELDS
        .iter()
        .position(|(name, _)| **name == *field.name)
        .map(|slot| slot as u32)
}
