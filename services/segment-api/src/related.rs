//! Published segments that a rule's users are in anyway, or that are in its own, as far as the two
//! rules alone tell.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kit::control::SegmentVersion;
use kit::http::{Fault, Problem};
use kit::rules::RuleSource;
use rulelang::{Expected, Relation, Rule, Schema, relation};
use serde_json::Value;
use stores::Catalog;
use stores::catalog::Segment;

/// Of each relation so many segments are named; of more, how many.
const NAMED_MAX: usize = 5;
/// Comparing ends after so long: it only warns, and somebody waits.
const COMPARING_MAX: Duration = Duration::from_millis(500);

/// Warns of the segments whose rule names the same users as this one's, more of them, or fewer. Those of
/// the very same text are [`lookalikes`](crate::answer::lookalikes).
///
/// # Errors
/// Those of the catalog.
pub(crate) async fn related(
    catalog: &dyn Catalog,
    segment: &Segment,
) -> Result<Vec<Fault>, Problem> {
    let schema = catalog.schema(None).await?.schema()?;
    let others = catalog.published().await?;
    let (id, rules) = (segment.id.clone(), segment.rules.clone());
    let compare = move || {
        let Some(rule) = checked(&rules, &schema) else {
            return vec![];
        };
        let others = others.iter().filter(|other| other.id != id);
        told(&relations(&rule, others, &schema))
    };
    let found = tokio::task::spawn_blocking(compare).await;
    found.map_err(Problem::internal)
}

/// A rule that checked when it was saved; one that no longer does says nothing.
fn checked(rules: &Value, schema: &Schema) -> Option<Rule> {
    let source = RuleSource::from_json(rules).ok()?;
    let checked = source.check(schema, Expected::Condition).ok()?;
    Some(checked.rule)
}

fn relations<'a>(
    rule: &Rule,
    others: impl Iterator<Item = &'a SegmentVersion>,
    schema: &Schema,
) -> Vec<(Relation, &'a str)> {
    let end = Instant::now() + COMPARING_MAX;
    let text = rulelang::format(rule.bound());
    let read = reads(rule);
    let relation_to = |other: &'a SegmentVersion| {
        let known = checked(&other.rules, schema)?;
        let is_comparable =
            rulelang::format(known.bound()) != text && !read.is_disjoint(&reads(&known));
        is_comparable.then(|| (relation(rule, &known), other.id.as_str()))
    };
    others
        .take_while(|_| Instant::now() < end)
        .filter_map(relation_to)
        .collect()
}

/// What a rule is about. Rules about nothing common say nothing of each other.
fn reads(rule: &Rule) -> BTreeSet<String> {
    let fields = rule.fields.iter().map(|field| field.name.to_string());
    let aggregates = rule.aggregates.iter().map(|it| it.text.to_string());
    let segments = rule.segments.iter().map(|id| format!("segment {id}"));
    fields.chain(aggregates).chain(segments).collect()
}

fn told(relations: &[(Relation, &str)]) -> Vec<Fault> {
    let kinds = [
        (Relation::Equal, "the same users as in this segment are in"),
        (
            Relation::ContainedIn,
            "everybody in this segment is also in",
        ),
        (Relation::Contains, "in this segment is also everybody in"),
    ];
    let of_kind = |(kind, words)| {
        let ids = relations
            .iter()
            .filter(move |(relation, _)| *relation == kind);
        let ids: Vec<String> = ids.map(|(_, id)| format!("`{id}`")).collect();
        let more = ids.len().saturating_sub(NAMED_MAX);
        let named = ids.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
        let named = named.join(", ");
        let detail = match more {
            _ if ids.is_empty() => return None,
            0 => format!("{words} {named}, by the rules alone"),
            more => format!("{words} {named} and {more} more, by the rules alone"),
        };
        Some(Fault::new(detail).at("/rules"))
    };
    kinds.into_iter().filter_map(of_kind).collect()
}
