//! A segment's rule, checked against everything that is published.

use kit::http::{Fault, Problem};
use kit::rules::RuleSource;
use rulelang::rule::NodeKind;
use rulelang::{Diagnostics, Expected, Rule, Schema, Type, live_reasons};
use serde_json::Value;
use stores::Catalog;
use stores::catalog::{SchemaState, Status, Use};

use crate::editing::is_in_force;
use crate::references;

/// A rule that may be published as of a revision of the catalog.
#[derive(Debug)]
pub(crate) struct CheckedRule {
    /// What it was checked against: everything but the segment's own published rule.
    pub(crate) schema: SchemaState,
    /// The canonical text, the values of its parameters in their places.
    pub(crate) expression: String,
    /// What it uses.
    pub(crate) uses: Vec<Use>,
    /// What was noticed.
    pub(crate) warnings: Vec<Fault>,
}

/// A rule as it stands in a body.
#[derive(Debug)]
pub(crate) struct GivenRule {
    source: RuleSource,
    /// Where in the body its findings are.
    pointer: &'static str,
}

impl GivenRule {
    /// Reads `rules`. The text of `{"expression": …}` is kept as it is, so that spans point into
    /// what was sent.
    pub(crate) fn read(rules: &Value) -> Result<Self, Problem> {
        let text = rules.as_object().filter(|object| object.len() == 1);
        let text = text.and_then(|object| object.get("expression")?.as_str());
        if let Some(text) = text {
            let (source, pointer) = (RuleSource::from_text(text), "/rules/expression");
            return Ok(Self { source, pointer });
        }
        let pointer = "/rules";
        let read = RuleSource::from_json(rules);
        let source = read.map_err(|found| {
            let source = RuleSource::default();
            Self { source, pointer }.problem(&found)
        })?;
        Ok(Self { source, pointer })
    }

    /// The checked rule, and warnings.
    pub(crate) fn check(&self, schema: &Schema) -> Result<(Rule, Vec<Fault>), Problem> {
        let checked = self.source.check(schema, Expected::Condition);
        let checked = checked.map_err(|found| self.problem(&found))?;
        Ok((checked.rule, self.faults(&checked.warnings)))
    }

    /// 400, with the findings.
    fn problem(&self, found: &Diagnostics) -> Problem {
        let faults = self.faults(found);
        let first = faults.first().map(|fault| fault.detail.as_str());
        let detail = format!("the rule cannot be used: {}", first.unwrap_or_default());
        Problem::bad_request(detail).faults(faults)
    }

    fn faults(&self, found: &Diagnostics) -> Vec<Fault> {
        let located = |fault: Fault| {
            let inner = fault.pointer.clone().unwrap_or_default();
            fault.at(format!("{}{inner}", self.pointer))
        };
        let findings = self.source.report(found).into_iter();
        findings.map(Fault::from).map(located).collect()
    }
}

/// Checks the rule of the segment `id` as it would be published now.
pub(crate) async fn check(
    catalog: &dyn Catalog,
    id: &str,
    rules: &Value,
) -> Result<CheckedRule, Problem> {
    let given = GivenRule::read(rules)?;
    let state = catalog.schema(Some(id)).await?;
    let mut schema = state.schema()?;
    let (rule, warnings) = given.check(&schema)?;
    if !rule.segments.is_empty() {
        check_named(catalog, id, &rule, &given, &mut schema).await?;
    }
    let reasons = live_reasons(&rule);
    if !reasons.is_empty() {
        return Err(given.problem(&reasons));
    }
    Ok(CheckedRule {
        schema: state,
        expression: rulelang::format(rule.bound()),
        uses: uses(&rule),
        warnings,
    })
}

/// Whether what a rule names is in force, and does not lead back to the segment itself.
async fn check_named(
    catalog: &dyn Catalog,
    id: &str,
    rule: &Rule,
    given: &GivenRule,
    schema: &mut Schema,
) -> Result<(), Problem> {
    let mut missing = vec![];
    for name in rule.segments.iter().filter(|name| *name != id) {
        let named = catalog.segment(name).await?;
        if !named.as_ref().is_some_and(is_in_force) {
            missing.push((name, named.map(|segment| segment.status)));
        }
    }
    if !missing.is_empty() {
        let published = catalog.published().await?.into_iter();
        let ids = published.map(|version| version.id);
        schema.segments = Some(ids.chain([id.to_owned()]).collect());
        let checked = given.check(schema);
        // The checker has looked for the nearest name; what is there, but not in force, it cannot
        // know of.
        let problem = checked.err().unwrap_or_else(|| {
            Problem::conflict("a segment that the rule names was published meanwhile; try again")
        });
        return Err(missing.into_iter().fold(problem, explain_missing));
    }
    let references = catalog.references().await?;
    references::check(references, id, &rule.segments).map_err(|error| {
        let fault = Fault::new(error.to_string()).at(given.pointer);
        Problem::bad_request(error.to_string()).fault(fault)
    })
}

fn explain_missing(problem: Problem, (name, status): (&String, Option<Status>)) -> Problem {
    let Some(status @ (Status::Draft | Status::Inactive | Status::Failed)) = status else {
        return problem;
    };
    let detail = format!(
        "the segment `{name}` is not in force: it is {}",
        status.name()
    );
    problem.fault(Fault::new(detail).suggestion("publish it first"))
}

/// What a rule uses.
pub(crate) fn uses(rule: &Rule) -> Vec<Use> {
    let segments = rule.segments.iter().cloned().map(Use::Segment);
    let mut uses: Vec<Use> = segments.collect();
    rule.root.walk(&mut |node| {
        if let NodeKind::Trait { name, .. } = &node.kind {
            uses.push(Use::Trait(name.to_string()));
        }
    });
    for field in &rule.fields {
        uses.extend(typed(None, &field.name, field.ty));
    }
    for aggregate in rule.events() {
        let event = aggregate.event.as_deref().unwrap_or("*");
        let named = aggregate.properties.iter();
        for property in named.filter(|property| &*property.name != "timestamp") {
            uses.extend(typed(Some(event), &property.name, property.ty));
        }
    }
    uses
}

fn typed(event: Option<&str>, name: &str, ty: Type) -> Option<Use> {
    let is_known = !matches!(ty, Type::Null | Type::Any);
    is_known.then(|| Use::Typed {
        event: event.map(str::to_owned),
        name: name.to_owned(),
        type_name: ty.to_string(),
    })
}
