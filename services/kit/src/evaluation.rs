//! A rule evaluated for one user of whom everything is given: fields and events.
//!
//! Nothing here reads a clock: whoever asks says which instant is meant.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rule_runtime::RuleCache;
use rulelang::facts::{Facts, Properties, Traits};
use rulelang::{Diagnostics, Expected, Rule, Scalar, Schema, Type, Untyped, Value};

pub use events::{EventsError, add, events_from_text};

use crate::rules::RuleSource;

/// What is known of the user.
#[derive(Debug, Default)]
pub struct Known {
    /// The user's id, which shares of users go by; `None` where it is not known.
    pub user: Option<Arc<str>>,
    /// Profile fields.
    pub bindings: Properties,
    /// Events and traits, where any are given.
    pub events: Option<Facts>,
    /// The instant of the evaluation, in milliseconds.
    pub now: i64,
}

/// A checked rule and the facts to evaluate it on.
#[derive(Debug)]
pub struct Prepared {
    /// The rule.
    pub rule: Rule,
    /// What is known of the user, bindings included.
    pub facts: Facts,
    /// The instant of the evaluation, in milliseconds.
    pub now: i64,
}

impl Prepared {
    /// The value by the reference interpreter.
    pub fn interpret(&self) -> Value {
        rulelang::evaluate(&self.rule, &self.facts, self.now)
    }

    /// The value by machine code, kept in `cache`.
    ///
    /// # Errors
    /// The reason why the rule is not compiled; there is no falling back.
    pub fn run_compiled(&self, cache: &RuleCache) -> Result<Value, String> {
        let inputs = rulelang::inputs(&self.rule, &self.facts, self.now);
        rule_runtime::evaluate_compiled(&self.rule, &inputs, cache)
    }

    /// The value by the machine code that scans columns, kept in `cache`.
    ///
    /// # Errors
    /// As [`Self::run_compiled`].
    pub fn run_over_columns(&self, cache: &RuleCache) -> Result<Value, String> {
        let inputs = rulelang::inputs(&self.rule, &self.facts, self.now);
        rule_runtime::evaluate_over_columns(&self.rule, &inputs, cache)
    }
}

/// Checks a rule against what is known. A binding is a profile field: where no use in the rule
/// types it, it has the type that it shows. Without events, a binding that carries a computed
/// trait's name stands in for the trait.
///
/// # Errors
/// What is wrong with the rule.
pub fn prepare(
    source: &RuleSource,
    known: Known,
    mut schema: Schema,
) -> Result<Prepared, Diagnostics> {
    let types = shown_types(&known.bindings);
    if known.events.is_none() {
        schema.traits.retain(|name, _| !types.contains_key(name));
    }
    Ok(Prepared {
        rule: check_with(source, types, schema)?,
        facts: facts(known.user, known.bindings, known.events),
        now: known.now,
    })
}

/// Checks a rule of any type for bindings of these types, NULL where one shows none.
///
/// # Errors
/// What is wrong with the rule.
pub fn check_with(
    source: &RuleSource,
    mut types: BTreeMap<String, Type>,
    mut schema: Schema,
) -> Result<Rule, Diagnostics> {
    types.retain(|_, ty| *ty != Type::Null);
    schema.untyped = Untyped::FromBindings(types);
    Ok(source.check(&schema, Expected::AnyValue)?.rule)
}

/// The types that bindings show; NULL shows none.
pub fn shown_types(bindings: &Properties) -> BTreeMap<String, Type> {
    let types = bindings.iter();
    types
        .map(|(name, value)| (name.clone(), shown_type(value)))
        .collect()
}

/// What is known of a user by their id, by bindings, which hold from the beginning, and by events.
pub fn facts(user: Option<Arc<str>>, bindings: Properties, events: Option<Facts>) -> Facts {
    let mut facts = events.unwrap_or_default();
    facts.user = user;
    facts.traits.push(Traits {
        id: "".into(),
        timestamp: None,
        values: bindings,
    });
    facts
}

/// The type that a binding shows; a list of ints and floats is one of floats.
fn shown_type(value: &Value) -> Type {
    let Value::List(items) = value else {
        return value.type_of();
    };
    let types: BTreeSet<Type> = items.iter().map(Value::type_of).collect();
    if types == BTreeSet::from([Type::Int, Type::Float]) {
        Type::List(Scalar::Float)
    } else {
        value.type_of()
    }
}
