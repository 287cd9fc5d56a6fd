//! Random bindings of profile fields.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{FIELDS, pools};
use crate::facts::{Facts, Properties, Traits};
use crate::types::Type;
use crate::value::Value;

/// Raw values of the fields of the vocabulary: mostly of the right type, sometimes absent, NULL or
/// of the wrong type.
pub fn any_fields() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let bindings: Vec<_> = FIELDS
        .into_iter()
        .map(|(name, ty)| {
            proptest::option::weighted(0.85, any_raw(ty)).prop_map(move |v| (name, v))
        })
        .collect();
    bindings.prop_map(|bindings| {
        bindings
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    })
}

/// A raw value for a place of type `ty`; now and then NULL or one that does not fit.
pub(super) fn any_raw(ty: Type) -> BoxedStrategy<Value> {
    let fitting = match ty {
        Type::Bool => pools::raw_bool(),
        Type::Int => pools::raw_int(),
        Type::Float => pools::raw_float(),
        Type::Timestamp => pools::raw_timestamp(),
        Type::Date => pools::raw_date(),
        Type::List(_) => pools::raw_list(),
        Type::Objects => pools::raw_objects(),
        _ => pools::raw_string(),
    };
    let other = prop_oneof![
        pools::raw_string(),
        pools::raw_float(),
        pools::raw_bool(),
        pools::raw_list(),
        pools::raw_objects(),
        pools::raw_timestamp(),
    ];
    prop_oneof![18 => fitting, 1 => other, 1 => Just(Value::Null)].boxed()
}

/// Facts in which exactly these fields hold from the beginning.
pub fn facts_from_fields(fields: BTreeMap<String, Value>) -> Facts {
    let values: Properties = fields;
    Facts {
        traits: vec![Traits {
            id: "fields".into(),
            timestamp: None,
            values,
        }],
        ..Facts::default()
    }
}
