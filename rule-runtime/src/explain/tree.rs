//! A rule as a tree of conditions with their values and operands.

use rulelang::rule::{AggregateFunction, Node, NodeKind};
use rulelang::{Rule, Span, Value};

use super::evidence::evidence_of;
use super::text::text_of;
use super::{Condition, ConditionKind, Evidence, Operand, Source, WhyNull};
use crate::event::Event;
use crate::fields::FieldState;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SlotSource;
use crate::series::Reach;
use crate::state::UserState;

/// The tree of a segment's rule. Windows of `state` stand at its now.
pub(super) fn tree(
    rules: &RuleSet,
    state: &UserState,
    segment: u32,
    history: &[Event],
) -> Condition {
    let rule = &rules.definitions[segment as usize].rule;
    // Each is looked for once, however many conditions read it.
    let (aggregates, sequences) = evidence_of(rules, rule, history, state.now);
    let teller = Teller {
        rules,
        state,
        segment,
        rule,
        aggregates: &aggregates,
        sequences: &sequences,
    };
    teller.condition(&teller.rule.root, Place::default())
}

#[derive(Debug, Clone, Copy)]
struct Teller<'a> {
    rules: &'a RuleSet,
    state: &'a UserState,
    segment: u32,
    rule: &'a Rule,
    /// The events behind each aggregate of the rule.
    aggregates: &'a [Evidence],
    /// The events behind each sequence of the rule.
    sequences: &'a [Evidence],
}

/// Where a condition stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'a> {
    /// The computed trait whose body it is in.
    in_trait: Option<&'a str>,
    /// The span of the NOT right above it.
    below_not: Option<Span>,
}

impl<'a> Teller<'a> {
    fn condition(self, node: &'a Node, place: Place<'a>) -> Condition {
        let below = Place {
            below_not: None,
            ..place
        };
        let all = |terms: &'a [Node]| {
            let terms = terms.iter();
            terms.map(|term| self.condition(term, below)).collect()
        };
        let (kind, conditions) = match &node.kind {
            NodeKind::And(terms) => (ConditionKind::All, all(terms)),
            NodeKind::Or(terms) => (ConditionKind::Any, all(terms)),
            NodeKind::Not(body) => {
                let below_not = Some(node.span);
                let below = Place { below_not, ..place };
                (ConditionKind::Not, vec![self.condition(body, below)])
            }
            NodeKind::Trait { name, body } => {
                let in_trait = place.in_trait.or(Some(name));
                let below = Place { in_trait, ..below };
                (ConditionKind::Trait, vec![self.condition(body, below)])
            }
            _ => (ConditionKind::Leaf, vec![]),
        };
        let mut operands = vec![];
        if kind == ConditionKind::Leaf {
            self.operands(node, &mut operands);
        }
        Condition {
            kind,
            text: self.text(node, place),
            value: match self.rules.value_of(node, self.state, self.segment) {
                Value::Bool(truth) => Some(truth),
                _ => None,
            },
            operands,
            conditions,
        }
    }

    fn text(self, node: &Node, place: Place<'_>) -> String {
        match (&node.kind, place.in_trait) {
            (NodeKind::Trait { name, .. }, _) => name.to_string(),
            (_, Some(name)) => name.to_owned(),
            _ => text_of(self.rule, node, place.below_not == Some(node.span)),
        }
    }

    /// Adds what an expression reads, in source order, each once.
    fn operands(self, node: &Node, operands: &mut Vec<Operand>) {
        let Some(operand) = self.operand(node) else {
            for child in node.children() {
                self.operands(child, operands);
            }
            return;
        };
        let is_known = |known: &Operand| {
            known.text == operand.text
                && std::mem::discriminant(&known.source) == std::mem::discriminant(&operand.source)
        };
        if !operands.iter().any(is_known) {
            operands.push(operand);
        }
    }

    /// A node that is an input; `None` for anything composed, and for constants.
    fn operand(self, node: &Node) -> Option<Operand> {
        let mut why_null = None;
        let value = || self.rules.value_of(node, self.state, self.segment);
        let (text, source) = match &node.kind {
            NodeKind::Field(index) => {
                if value().is_null() {
                    why_null = Some(self.why_field_is_null(*index));
                }
                (
                    self.rule.fields.get(*index)?.name.to_string(),
                    Source::Field,
                )
            }
            NodeKind::Aggregate(index) => {
                let aggregate = self.rule.aggregates.get(*index)?;
                if value().is_null() {
                    why_null = Some(self.why_aggregate_is_null(*index));
                }
                let evidence = self.aggregates.get(*index)?.clone();
                (aggregate.text.to_string(), Source::Aggregate(evidence))
            }
            NodeKind::Trait { name, body } => {
                let mut read = vec![];
                self.operands(body, &mut read);
                (name.to_string(), Source::Trait(read))
            }
            NodeKind::InSegment(index) => {
                (self.rule.segments.get(*index)?.clone(), Source::Segment)
            }
            NodeKind::Sequence(index) => {
                let sequence = self.rule.sequences.get(*index)?;
                if value().is_null() {
                    why_null = Some(WhyNull::TooMany);
                }
                let evidence = self.sequences.get(*index)?.clone();
                (sequence.text.to_string(), Source::Sequence(evidence))
            }
            NodeKind::Percent(index) => {
                why_null = self.state.user.is_none().then_some(WhyNull::Absent);
                (self.rule.percents.get(*index)?.text(), Source::Percent)
            }
            NodeKind::Now => ("NOW()".to_owned(), Source::Now),
            _ => return None,
        };
        Some(Operand {
            text,
            value: value(),
            why_null,
            source,
        })
    }

    fn why_field_is_null(self, index: usize) -> WhyNull {
        let slots = &self.rules.segments[self.segment as usize].inputs.fields;
        let field = match slots
            .get(index)
            .map(|slot| self.rules.slots[*slot as usize])
        {
            Some(SlotSource::Field(field)) => self.state.field(field),
            _ => None,
        };
        match field {
            Some(field) if has_value(field) => WhyNull::WrongType,
            _ => WhyNull::Absent,
        }
    }

    fn why_aggregate_is_null(self, index: usize) -> WhyNull {
        let slots = &self.rules.segments[self.segment as usize].inputs.aggregates;
        let source = slots
            .get(index)
            .map(|slot| self.rules.slots[*slot as usize]);
        let Some(SlotSource::Aggregate {
            series,
            window,
            aggregate,
        }) = source
        else {
            return WhyNull::Absent;
        };
        let Some(user) = self.state.series(series) else {
            return WhyNull::Absent;
        };
        let plan = &self.rules.series[series as usize].windows[window as usize];
        let lost_through = user.state.lost_through;
        let is_lost = match plan.reach {
            Reach::Sliding { leave, .. } => lost_through > leave.left_through(self.state.now),
            Reach::Fixed { .. } => false,
        };
        match plan.aggregates[aggregate as usize].function {
            _ if is_lost => WhyNull::TooMany,
            // A distinct count is NULL for no other reason.
            AggregateFunction::CountDistinct => WhyNull::TooMany,
            AggregateFunction::Sum => WhyNull::Overflow,
            _ => WhyNull::Absent,
        }
    }
}

/// Whether a field that is NULL was given a value, so that it must have been a misfit.
fn has_value(field: &FieldState) -> bool {
    let said = field.said.as_ref().is_some_and(|said| !said.unset);
    said || field.seen.is_some()
}
