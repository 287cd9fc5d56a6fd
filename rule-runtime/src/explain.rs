//! Why a user is in a segment or not, and when that changes by itself.
//!
//! Everything here reads a [`UserState`] and changes nothing: it works on a copy of what decides
//! the one segment (`snapshot`), fires that copy's deadlines where time must pass, and asks the
//! interpreter for the parts of a rule. Answers are plain data; whoever serves them renders them.

mod alone;
mod chain;
mod evidence;
mod profile;
mod snapshot;
mod text;
mod tree;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rulelang::rule::{Node, NodeKind};
use rulelang::{Value, evaluate_node};

use crate::change::{Change, Reason};
use crate::evaluation::{SlotInputs, View};
use crate::event::{Event, OverrideEffect};
use crate::rule_set::RuleSet;
use crate::state::UserState;
use crate::step::Scratch;

pub use alone::Alone;

/// Deadlines that [`RuleSet::next_change_at`] fires at most.
pub const STEPS_MAX: usize = 1_000_000;

/// Why a user is in a segment or not, at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The segment's id.
    pub segment: Arc<str>,
    /// The instant that is explained, in milliseconds; `None` of somebody never heard of.
    pub now: Option<i64>,
    /// Whether the user exists; who does not is in no segment, whatever its rule says.
    pub exists: bool,
    /// Whether the user is an effective member.
    pub is_member: bool,
    /// When the membership began, in milliseconds; `None` if there is none.
    pub since: Option<i64>,
    /// Why it began; `None` if there is none.
    pub reason: Option<Reason>,
    /// The override that decides in the rule's place; [`OverrideEffect::Clear`] if none does.
    pub manual: OverrideEffect,
    /// The first instant, in milliseconds, at which the membership flips without a new fact;
    /// see [`RuleSet::next_change_at`].
    pub next_change_at: Option<i64>,
    /// The share of the rule's conditions that are TRUE; see [`RuleSet::rule_score`].
    pub score: f32,
    /// The rule.
    pub rule: Condition,
}

/// A condition of a rule, or a group of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it is.
    pub kind: ConditionKind,
    /// Canonical text on one line. Within a computed trait it is the trait's name: a checked rule
    /// does not keep the trait's text.
    pub text: String,
    /// TRUE, FALSE, or `None` for NULL.
    pub value: Option<bool>,
    /// What a leaf reads, in source order, each once; empty for a group.
    pub operands: Vec<Operand>,
    /// The conditions of a group; empty for a leaf.
    pub conditions: Vec<Self>,
}

/// What a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionKind {
    /// AND.
    All,
    /// OR.
    Any,
    /// NOT, of one condition.
    Not,
    /// A computed trait that is a condition; its body is the one condition below it.
    Trait,
    /// Anything else: a comparison, a flag, a membership.
    Leaf,
}

/// Something that a condition reads, with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    /// A field's, a segment's or a trait's name; the canonical text of an aggregate, a sequence or a
    /// share of users; `NOW()`.
    pub text: String,
    /// Its value at the instant explained.
    pub value: Value,
    /// Why the value is NULL; `None` if it is not, and for a computed trait, whose operands say.
    pub why_null: Option<WhyNull>,
    /// What it is.
    pub source: Source,
}

/// What an operand is.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A profile field.
    Field,
    /// An aggregate, with the events behind it.
    Aggregate(Evidence),
    /// A computed trait, with what it reads.
    Trait(Vec<Operand>),
    /// Whether the user is in another segment.
    Segment,
    /// A sequence, with the events of the chain that came furthest: of one that makes it TRUE, if
    /// there is one.
    Sequence(Evidence),
    /// The instant of the evaluation.
    Now,
    /// Whether a share of all users includes this one.
    Percent,
}

/// Why a field, an aggregate, a sequence or a share of users is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNull {
    /// The field has no value; the aggregate has no event with one; the user's id is not
    /// known.
    Absent,
    /// The field's last value is not of its type.
    WrongType,
    /// There were more events or distinct values than are kept for one user.
    TooMany,
    /// The sum does not fit its type.
    Overflow,
}

/// The events behind an aggregate or a sequence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// How many events of the given history it counts. Differs from the aggregate's value only
    /// where the history or the state is not complete.
    pub total: usize,
    /// The latest of them, at most [`Evidence::LATEST_MAX`], newest first.
    pub latest: Vec<EvidenceEvent>,
    /// Events of its type in its window that have a value of a wrong type, or a number out of
    /// range, where the aggregate reads one: that value is NULL to it.
    pub misfits: usize,
}

impl Evidence {
    /// How many events are listed.
    pub const LATEST_MAX: usize = 10;
}

/// An event that an aggregate counts.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceEvent {
    /// Its id.
    pub id: Arc<str>,
    /// When it happened, in milliseconds.
    pub timestamp: i64,
    /// The value aggregated; NULL for COUNT.
    pub value: Value,
}

/// `segment` is everywhere an index into [`RuleSet::segments`].
impl RuleSet {
    /// The first instant after the state's `now`, in milliseconds, at which the user's effective
    /// membership flips without a new fact; facts already accepted that wait for their instant
    /// count. `None` if it never does.
    ///
    /// Exact: it lets a copy of the state live through its deadlines, one after another, and
    /// compares. Each event enters and leaves each window once, so deadlines end; whoever has
    /// more than [`STEPS_MAX`] before a flip gets `None`.
    pub fn next_change_at(&self, state: &UserState, segment: u32) -> Option<i64> {
        self.first_flip(snapshot::of(self, state, segment), segment)
    }

    /// [`RuleSet::next_change_at`] of each membership, in their order.
    pub fn next_changes(&self, state: &UserState) -> Vec<Option<i64>> {
        let members = state.memberships().iter();
        members
            .map(|member| self.next_change_at(state, member.segment))
            .collect()
    }

    fn first_flip(&self, mut state: UserState, segment: u32) -> Option<i64> {
        let is_member = state.is_member(segment);
        let (mut scratch, mut changes) = (Scratch::default(), vec![]);
        for _ in 0..STEPS_MAX {
            let at = state.wake_at()?;
            self.fire(&mut state, at, &mut scratch, &mut changes);
            if state.is_member(segment) != is_member {
                return Some(at);
            }
            changes.clear();
        }
        None
    }

    /// The share of the conditions of a segment's rule that are TRUE now, from 0 to 1. Conditions
    /// are the leaves below AND, OR, NOT and computed traits, each as it stands: below a NOT too,
    /// a leaf counts when it is TRUE itself.
    pub fn rule_score(&self, state: &UserState, segment: u32) -> f32 {
        self.score(&snapshot::of(self, state, segment), segment)
    }

    /// [`RuleSet::rule_score`] of the segment that changed, in a state that may have made further
    /// steps since.
    pub fn rule_score_of(&self, state: &UserState, change: &Change) -> f32 {
        if change.timestamp == state.now {
            // The step that made the change moved all windows that the segment reads.
            return self.score(state, change.segment);
        }
        self.rule_score(state, change.segment)
    }

    /// Windows of `state` stand at its now.
    fn score(&self, state: &UserState, segment: u32) -> f32 {
        let (mut leaves, mut held) = (0_u32, 0_u32);
        for_each_leaf(&self.definitions[segment as usize].rule.root, &mut |leaf| {
            leaves += 1;
            held += u32::from(self.value_of(leaf, state, segment) == Value::Bool(true));
        });
        held as f32 / leaves.max(1) as f32
    }

    /// The value of a part of a segment's rule. Windows of `state` stand at its now.
    fn value_of(&self, node: &Node, state: &UserState, segment: u32) -> Value {
        let inputs = SlotInputs {
            view: View { rules: self, state },
            plan: &self.segments[segment as usize],
            is_member: |segment| state.is_member(segment),
        };
        evaluate_node(node, &inputs)
    }

    /// Explains a user's membership at the state's `now`. `history` is where the evidence comes
    /// from: the user's events in any order, one copy of each; the answer itself comes from the
    /// state alone.
    pub fn explain(&self, state: &UserState, segment: u32, history: &[Event]) -> Explanation {
        self.explained(&snapshot::of(self, state, segment), segment, history)
    }

    /// As [`RuleSet::explain`], at a later instant `now` (milliseconds), as though no fact came
    /// until then. An earlier one is the state's own.
    pub fn explain_at(
        &self,
        state: &UserState,
        segment: u32,
        now: i64,
        history: &[Event],
    ) -> Explanation {
        let mut state = snapshot::of(self, state, segment);
        self.fire(&mut state, now, &mut Scratch::default(), &mut vec![]);
        state.now = state.now.max(now);
        snapshot::move_windows(self, &mut state);
        self.explained(&state, segment, history)
    }

    fn explained(&self, state: &UserState, segment: u32, history: &[Event]) -> Explanation {
        let member = state.memberships().iter();
        let member = member.copied().find(|member| member.segment == segment);
        Explanation {
            segment: self.definitions[segment as usize].id.clone(),
            now: state.now(),
            exists: state.exists,
            is_member: member.is_some(),
            since: member.map(|member| member.since),
            reason: member.map(|member| member.reason),
            manual: state.override_of(segment),
            next_change_at: self.first_flip(state.clone(), segment),
            score: self.score(state, segment),
            rule: tree::tree(self, state, segment, history),
        }
    }
}

/// The conditions below AND, OR, NOT and computed traits.
fn for_each_leaf<'a>(node: &'a Node, visit: &mut impl FnMut(&'a Node)) {
    match &node.kind {
        NodeKind::And(terms) | NodeKind::Or(terms) => {
            for term in terms {
                for_each_leaf(term, visit);
            }
        }
        NodeKind::Not(body) | NodeKind::Trait { body, .. } => for_each_leaf(body, visit),
        _ => visit(node),
    }
}
