//! Schemas of what the wire holds as text or as free JSON, for the API's document: types that stand
//! in for it, `#[schemars(with = "Timestamp")]`, and are never made.

use schemars::{JsonSchema, json_schema};

/// Describes a type that stands in for another.
macro_rules! stand_in {
    ($(#[$doc:meta])* $name:ident, $schema:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}

stand_in!(
    /// An instant.
    Timestamp,
    json_schema!({
        "description": "RFC 3339",
        "type": "string",
        "format": "date-time",
        "examples": ["2026-01-31T10:00:00Z"],
    })
);

stand_in!(
    /// A rule, in either form.
    Rules,
    json_schema!({
        "description": "A rule: `{\"expression\": …}` holds its text in the rule language; anything \
            else is its JSON form, such as `{\"conditions\": [{\"field\": \"totalSpent\", \
            \"operator\": \">=\", \"value\": 200}]}`. Beside either, \"parameters\" gives values for \
            what it names as `:name`",
        "type": "object",
        "examples": [{"expression": "SUM(purchase.amount WITHIN LAST 30 DAYS) >= 200"}],
    })
);

stand_in!(
    /// Properties of an event, fields of a profile.
    Properties,
    json_schema!({"description": "Values by name", "type": "object"})
);

stand_in!(
    /// What a rule evaluates to.
    RuleValue,
    json_schema!({
        "description": "True, false or null of a condition; any value of another expression",
        "type": ["boolean", "null", "number", "string", "array", "object"],
    })
);
