//! Edits of the declared schema: types, computed traits and lists. What every published rule then means
//! is checked first; those that mean something else are built anew, in one definition.

use std::collections::{BTreeMap, BTreeSet};

use kit::clock::now;
use kit::control::{DefinitionChange, SegmentVersion};
use kit::definitions::declare_types;
use kit::http::{Fault, Problem};
use kit::json_pointer::reference_token;
use kit::rules::RuleSource;
use kit::schema_file::read_schema;
use rulelang::{Diagnostics, Expected, Rule, Schema, live_reasons};
use serde_json::{Value, json};
use stores::catalog::{Edit, Publication, SchemaState, Use};
use xxhash_rust::xxh3::xxh3_64;

use crate::checking::{GivenRule, uses};
use crate::limits::DEPENDENTS_SHOWN_MAX;
use crate::state::State;

/// Names one declared schema among others.
pub(crate) fn declared_tag(declared: &Value) -> String {
    format!("{:016x}", xxh3_64(declared.to_string().as_bytes()))
}

/// The declared schema with a computed trait, or without it.
pub(crate) fn with_trait(declared: &Value, name: &str, expression: Option<&str>) -> Value {
    with_entry(declared, "traits", name, expression.map(Value::from))
}

/// The declared schema with something else under a name of one of its parts, or with nothing there.
pub(crate) fn with_entry(declared: &Value, part: &str, name: &str, value: Option<Value>) -> Value {
    let mut file = declared.as_object().cloned().unwrap_or_default();
    let entries = file.entry(part).or_insert_with(|| json!({}));
    if let Some(entries) = entries.as_object_mut() {
        match value {
            Some(value) => entries.insert(name.to_owned(), value),
            None => entries.remove(name),
        };
        if entries.is_empty() {
            file.remove(part);
        }
    }
    Value::Object(file)
}

/// Replaces the declared schema, if every published rule agrees.
pub(crate) async fn edit_declared(
    state: &State,
    before: SchemaState,
    declared: Value,
) -> Result<(), Problem> {
    let after = SchemaState {
        declared,
        ..before.clone()
    };
    let schema = read_schema(&after.declared.to_string())
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    check_traits(&schema)?;
    check_removed_traits(state, &before.schema()?, &schema).await?;
    let published = state.catalog().published().await?;
    let (old, new) = (before.schema()?, after.schema()?);
    let meanings = move || Meanings::check(published, &old, new);
    let meanings = tokio::task::spawn_blocking(meanings).await;
    let meanings = meanings.map_err(Problem::internal)??;
    // What is known afterwards is what the rules use afterwards.
    let after = SchemaState {
        known: vec![],
        ..after
    };
    let uses = meanings.changed.values().flatten();
    let file = after.schema_file(uses.chain(&meanings.kept));
    let edit = Edit {
        based_on: Some(after.revision),
        declared: Some(after.declared),
        uses: meanings.changed,
        publication: Some(Publication {
            update: None,
            change: Some(DefinitionChange {
                segments: meanings.segments,
                removed: vec![],
                schema: file,
            }),
            created_at: now(),
        }),
        ..Edit::default()
    };
    Ok(state.catalog().commit(edit).await?)
}

fn check_traits(schema: &Schema) -> Result<(), Problem> {
    let mut faults = vec![];
    for (name, text) in &schema.traits {
        let source = RuleSource::from_text(text.as_str());
        let found = match source.check(schema, Expected::AnyValue) {
            Ok(checked) => live_reasons(&checked.rule),
            Err(found) => found,
        };
        let pointer = format!("/traits/{}", reference_token(name));
        faults.extend(faults_at(&source, &found, &pointer));
    }
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            let detail = format!("a computed trait cannot be used: {}", first.detail);
            Err(Problem::bad_request(detail).faults(faults))
        }
    }
}

fn faults_at(source: &RuleSource, found: &Diagnostics, pointer: &str) -> Vec<Fault> {
    let findings = source.report(found).into_iter().map(Fault::from);
    findings.map(|fault| fault.at(pointer)).collect()
}

/// A rule that names a trait would take it for a field if it went.
async fn check_removed_traits(
    state: &State,
    before: &Schema,
    after: &Schema,
) -> Result<(), Problem> {
    let kept: BTreeSet<&String> = after.traits.keys().collect();
    for name in before.traits.keys().filter(|name| !kept.contains(name)) {
        let users = state.catalog().users_of_trait(name).await?;
        if !users.is_empty() {
            let detail = format!("the computed trait `{name}` is in use");
            let shown = users.iter().take(DEPENDENTS_SHOWN_MAX);
            let told = shown.map(|id| Fault::new(format!("the segment `{id}` uses it")));
            return Err(Problem::conflict(detail).faults(told));
        }
    }
    Ok(())
}

/// What the published rules come to mean.
#[derive(Debug, Default)]
struct Meanings {
    /// The segments whose rules mean something else than before.
    segments: Vec<SegmentVersion>,
    /// What those use, by segment.
    changed: BTreeMap<String, Vec<Use>>,
    /// What all others use.
    kept: Vec<Use>,
}

impl Meanings {
    /// Checks all rules against the schema to come, each also against what those before it fix.
    fn check(
        published: Vec<SegmentVersion>,
        old: &Schema,
        mut new: Schema,
    ) -> Result<Self, Problem> {
        let (mut meanings, mut faults) = (Self::default(), vec![]);
        for version in published {
            match checked(&version, &new) {
                Ok(after) => {
                    declare_types(&after, &version.id, &mut new);
                    let before = checked(&version, old);
                    meanings.add(version, &after, before.is_ok_and(|it| is_same(&it, &after)));
                }
                Err(fault) => faults.push(fault),
            }
            if faults.len() >= DEPENDENTS_SHOWN_MAX {
                break;
            }
        }
        if faults.is_empty() {
            return Ok(meanings);
        }
        let detail = "published segments do not agree with this schema";
        Err(Problem::conflict(detail).faults(faults))
    }

    fn add(&mut self, version: SegmentVersion, rule: &Rule, is_same: bool) {
        if is_same {
            self.kept.extend(uses(rule));
        } else {
            self.changed.insert(version.id.clone(), uses(rule));
            self.segments.push(version);
        }
    }
}

/// A published rule under a schema, or who does not agree with it and why.
fn checked(version: &SegmentVersion, schema: &Schema) -> Result<Rule, Fault> {
    let given = GivenRule::read(&version.rules);
    let checked = given.and_then(|given| given.check(schema));
    let (rule, _) = checked.map_err(|problem| disagrees(&version.id, problem.detail()))?;
    match live_reasons(&rule).iter().next() {
        None => Ok(rule),
        Some(reason) => Err(disagrees(&version.id, &reason.message)),
    }
}

fn disagrees(id: &str, why: &str) -> Fault {
    Fault::new(format!("the segment `{id}`: {why}"))
}

fn is_same(before: &Rule, after: &Rule) -> bool {
    before.root == after.root
        && before.fields == after.fields
        && before.aggregates == after.aggregates
        && before.segments == after.segments
        && before.sequences == after.sequences
        && before.percents == after.percents
}
