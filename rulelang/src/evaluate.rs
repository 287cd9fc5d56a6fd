//! The reference interpreter: slow, obvious, the meaning of the language.
//!
//! It answers from the raw facts, anew each time: no windows, no state, nothing kept between two
//! questions. The engines that it judges call some of what it stands on themselves (builtins, LIKE,
//! the calendar, [`evaluate_node`] for items of lists), so properties that compare them see no
//! mistake in there: those have tables of answers of their own, `tests/judge` and `tests/functions.rs`.
//! One family of expressions lives in each submodule; [`Scope::value`] sends each node to its family.

mod aggregates;
mod arithmetic;
mod calls;
mod comparisons;
mod fields;
mod instants;
mod logic;
mod quantifiers;
mod segments;
mod sequences;
mod texts;
mod times;

pub use fields::latest_value;
pub use instants::instants;
pub use segments::{Override, memberships};

use crate::facts::{Event, Facts};
use crate::rule::{Aggregate, Node, NodeKind};
use crate::{Rule, Value};

/// What `rule` is for the user of `facts` at the instant `now` (milliseconds).
pub fn evaluate(rule: &Rule, facts: &Facts, now: i64) -> Value {
    evaluate_node(&rule.root, &Known::user(rule, facts, now))
}

/// What `rule` reads, from the facts of a user at the instant `now` (milliseconds): for looking at
/// its parts with [`evaluate_node`], or handing its inputs to another engine.
pub fn inputs<'a>(rule: &'a Rule, facts: &'a Facts, now: i64) -> impl Inputs + 'a {
    Known::user(rule, facts, now)
}

/// What an expression is, its inputs coming from elsewhere. This is how a rule that is not
/// compiled runs on a state, and how explain looks at parts of a rule.
pub fn evaluate_node(node: &Node, inputs: &dyn Inputs) -> Value {
    Scope { inputs }.value(node)
}

/// Where an expression's inputs come from. Indexes are those of the rule (or, for properties, of
/// the aggregate) that the expression stands in. What an implementation does not give is absent.
pub trait Inputs {
    /// A profile field, of its type.
    fn field(&self, _index: usize) -> Value {
        Value::Null
    }
    /// A property of the event at hand, of its type; NULL outside a WHERE.
    fn property(&self, _index: usize) -> Value {
        Value::Null
    }
    /// The item of the quantifier at `depth`, or a member of it; NULL outside its condition.
    fn item(&self, _depth: usize, _member: usize) -> Value {
        Value::Null
    }
    /// An aggregate's value at now.
    fn aggregate(&self, _index: usize) -> Value {
        Value::Null
    }
    /// Whether the user is an effective member of a segment at now.
    fn in_segment(&self, _index: usize) -> bool {
        false
    }
    /// Whether the events of a sequence followed one another at now.
    fn sequence(&self, _index: usize) -> Value {
        Value::Null
    }
    /// Whether a share of all users includes the user; NULL where it is not known who that is.
    fn percent(&self, _index: usize) -> Value {
        Value::Null
    }
    /// The instant of the evaluation in milliseconds. A WHERE has none.
    fn now(&self) -> i64 {
        0
    }
}

/// Whether the user exists at `now`: from their earliest event or traits, or from the beginning
/// where traits have no timestamp.
pub fn exists(facts: &Facts, now: i64) -> bool {
    facts.events.iter().any(|event| event.timestamp <= now)
        || facts
            .traits
            .iter()
            .any(|traits| traits.timestamp.is_none_or(|timestamp| timestamp <= now))
}

/// An expression's surroundings.
#[derive(Clone, Copy)]
struct Scope<'a> {
    inputs: &'a dyn Inputs,
}

impl Scope<'_> {
    /// The value of one expression.
    fn value(self, node: &Node) -> Value {
        match &node.kind {
            NodeKind::Literal(value) => value.clone(),
            NodeKind::Field(index) => self.inputs.field(*index),
            NodeKind::Property(index) => self.inputs.property(*index),
            NodeKind::Aggregate(index) => self.inputs.aggregate(*index),
            NodeKind::Trait { body, .. } => self.value(body),
            NodeKind::InSegment(index) => Value::Bool(self.inputs.in_segment(*index)),
            NodeKind::Sequence(index) => self.inputs.sequence(*index),
            NodeKind::Now => Value::Timestamp(self.inputs.now()),
            NodeKind::Negate(_) | NodeKind::Arithmetic { .. } => self.arithmetic(&node.kind),
            NodeKind::Compare { .. }
            | NodeKind::Distinct { .. }
            | NodeKind::In { .. }
            | NodeKind::Between { .. }
            | NodeKind::ContainsItems { .. } => self.comparison(&node.kind),
            NodeKind::Not(_)
            | NodeKind::And(_)
            | NodeKind::Or(_)
            | NodeKind::IsNull { .. }
            | NodeKind::IsTruth { .. } => self.logic(&node.kind),
            NodeKind::Text { .. } | NodeKind::IsEmpty { .. } => self.text(&node.kind),
            NodeKind::Time { .. } => self.time(&node.kind),
            NodeKind::Call { .. } | NodeKind::List(_) => self.call(node),
            NodeKind::Coalesce(_) | NodeKind::NullIf(..) | NodeKind::Case { .. } => {
                self.choice(&node.kind)
            }
            NodeKind::Quantified(quantified) => self.quantified(quantified),
            NodeKind::Item { depth, member } => self.inputs.item(*depth, *member),
            NodeKind::Percent(index) => self.inputs.percent(*index),
        }
    }
}

/// Inputs from raw facts.
#[derive(Debug, Clone, Copy)]
struct Known<'a> {
    rule: &'a Rule,
    facts: &'a Facts,
    now: i64,
    /// Within a WHERE: the aggregate and the event at hand.
    event: Option<(&'a Aggregate, &'a Event)>,
}

impl<'a> Known<'a> {
    /// The inputs of expressions about the user.
    fn user(rule: &'a Rule, facts: &'a Facts, now: i64) -> Self {
        Self {
            rule,
            facts,
            now,
            event: None,
        }
    }
}

impl Inputs for Known<'_> {
    fn field(&self, index: usize) -> Value {
        self.latest(index)
    }

    fn property(&self, index: usize) -> Value {
        self.event_property(index)
    }

    fn aggregate(&self, index: usize) -> Value {
        self.aggregated(index)
    }

    fn in_segment(&self, index: usize) -> bool {
        let segment = self.rule.segments.get(index);
        segment.is_some_and(|segment| self.facts.memberships.get(segment) == Some(&true))
    }

    fn sequence(&self, index: usize) -> Value {
        self.followed(index)
    }

    fn percent(&self, index: usize) -> Value {
        let known = self.rule.percents.get(index).zip(self.facts.user.as_ref());
        known.map_or(Value::Null, |(percent, user)| {
            Value::Bool(percent.includes(user))
        })
    }

    fn now(&self) -> i64 {
        self.now
    }
}

/// The first instant of a day in UTC, in milliseconds.
fn midnight(days: i32) -> i64 {
    i64::from(days) * crate::time::DAY_MS
}
