//! Edits of the declared schema: types and computed traits. What every published rule then means
//! is checked first; those that mean something else are built anew, in one definition.

use std::collections::{BTreeMap, BTreeSet};

use kit::control::{DefinitionChange, SegmentVersion};
use kit::http::{Fault, Problem};
use kit::rules::RuleSource;
use kit::schema_file::read_schema;
use rulelang::{Diagnostics, Expected, Rule, Schema, live_reasons};
use serde_json::{Value, json};
use stores::catalog::{Edit, Publication, SchemaState, Use};
use xxhash_rust::xxh3::xxh3_64;

use crate::checking::{GivenRule, uses};
use crate::limits::DEPENDENTS_SHOWN_MAX;
use crate::state::{State, now};

/// Names one declared schema among others.
pub(crate) fn declared_tag(declared: &Value) -> String {
    format!("{:016x}", xxh3_64(declared.to_string().as_bytes()))
}

/// The declared schema with a computed trait, or without it.
pub(crate) fn with_trait(declared: &Value, name: &str, expression: Option<&str>) -> Value {
    let mut file = declared.as_object().cloned().unwrap_or_default();
    let traits = file.entry("traits").or_insert_with(|| json!({}));
    if let Some(traits) = traits.as_object_mut() {
        match expression {
            Some(expression) => traits.insert(name.to_owned(), json!(expression)),
            None => traits.remove(name),
        };
        if traits.is_empty() {
            file.remove("traits");
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
    let meanings = move || changed_meanings(published, &old, &new);
    let changed = tokio::task::spawn_blocking(meanings).await;
    let changed = changed.map_err(Problem::internal)??;
    let file = after.schema_file(changed.uses.values().flatten());
    let edit = Edit {
        based_on: Some(after.revision),
        declared: Some(after.declared),
        uses: changed.uses,
        publication: Some(Publication {
            update: None,
            change: Some(DefinitionChange {
                segments: changed.segments,
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
        let pointer = format!("/traits/{}", name.replace('~', "~0").replace('/', "~1"));
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

/// The published segments whose rules come to mean something else.
#[derive(Debug, Default)]
struct Changed {
    segments: Vec<SegmentVersion>,
    uses: BTreeMap<String, Vec<Use>>,
}

fn changed_meanings(
    published: Vec<SegmentVersion>,
    old: &Schema,
    new: &Schema,
) -> Result<Changed, Problem> {
    let (mut changed, mut faults) = (Changed::default(), vec![]);
    for version in published {
        let rule = |schema| -> Result<Rule, Problem> {
            Ok(GivenRule::read(&version.rules)?.check(schema)?.0)
        };
        match rule(new) {
            Ok(after) if !live_reasons(&after).is_empty() => {
                faults.push(disagrees(&version.id, "it could not be kept live"));
            }
            Ok(after) => {
                let is_same = rule(old).is_ok_and(|before| is_same(&before, &after));
                if !is_same {
                    changed.uses.insert(version.id.clone(), uses(&after));
                    changed.segments.push(version);
                }
            }
            Err(problem) => faults.push(disagrees(&version.id, problem.detail())),
        }
        if faults.len() >= DEPENDENTS_SHOWN_MAX {
            break;
        }
    }
    if faults.is_empty() {
        return Ok(changed);
    }
    let detail = "published segments do not agree with this schema";
    Err(Problem::conflict(detail).faults(faults))
}

fn disagrees(id: &str, why: &str) -> Fault {
    Fault::new(format!("the segment `{id}`: {why}"))
}

fn is_same(before: &Rule, after: &Rule) -> bool {
    before.root == after.root
        && before.fields == after.fields
        && before.aggregates == after.aggregates
        && before.segments == after.segments
}
