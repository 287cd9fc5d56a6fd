//! Asks one rule about one user's state.

use std::borrow::Cow;

use rule_jit::{Columns, Row};
use rulelang::rule::AggregateFunction;
use rulelang::{Inputs, Type, Value, evaluate_node};

use crate::engine::Engine;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::{SegmentPlan, SlotSource};
use crate::state::UserState;

/// A user's state as rules see it: slots with values. The series that are read have been expired
/// to the state's `now`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) state: &'a UserState,
}

impl<'a> View<'a> {
    /// The value of a slot that is not a segment's. Only what is neither a number nor an instant
    /// is borrowed from an aggregate.
    pub(crate) fn value(self, slot: u32) -> Cow<'a, Value> {
        match self.rules.slots[slot as usize] {
            SlotSource::Field(field) => {
                let state = self.state.field(field);
                Cow::Borrowed(state.map_or(&Value::Null, |state| state.value()))
            }
            SlotSource::Aggregate {
                series,
                window,
                aggregate,
            } => {
                let plan = &self.rules.series[series as usize];
                let (window, aggregate) = (window as usize, aggregate as usize);
                if let Some(user) = self.state.series(series) {
                    user.state.value(plan, window, aggregate, self.state.now)
                } else {
                    let function = plan.windows[window].aggregates[aggregate].function;
                    let ty = plan.value.as_ref().map_or(Type::Null, |value| value.ty);
                    Cow::Owned(value_of_nothing(function, ty))
                }
            }
            SlotSource::Segment(segment) => Cow::Owned(Value::Bool(self.state.is_member(segment))),
            SlotSource::Sequence(sequence) => {
                Cow::Owned(truth_value(self.state.sequence(sequence).is_true))
            }
        }
    }

    /// Fills the slots that a rule reads; `is_member` answers for segments.
    pub(crate) fn fill(
        self,
        row: &mut Row<'a>,
        plan: &SegmentPlan,
        is_member: impl Fn(u32) -> bool,
    ) {
        for slot in &plan.slots {
            if let Some(segment) = self.rules.slots[*slot as usize].segment() {
                row.set_bool(*slot, is_member(segment));
                continue;
            }
            match self.value(*slot) {
                Cow::Borrowed(value) => row.set_value(*slot, value, &self.rules.symbols),
                Cow::Owned(value) => set_number(row, *slot, &value),
            }
        }
    }
}

impl View<'_> {
    /// Adds the slots that a rule reads as a row of columns; `is_member` answers for segments.
    pub(crate) fn push_to(
        self,
        columns: &mut Columns,
        plan: &SegmentPlan,
        is_member: impl Fn(u32) -> bool,
    ) {
        columns.push_row();
        for slot in &plan.slots {
            match self.rules.slots[*slot as usize].segment() {
                Some(segment) => columns.set_bool(*slot, is_member(segment)),
                None => columns.set_value(*slot, &self.value(*slot), &self.rules.symbols),
            }
        }
    }
}

/// A truth; NULL where it is not known.
pub(crate) fn truth_value(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

/// What an aggregate is of nothing.
pub(crate) fn value_of_nothing(function: AggregateFunction, ty: Type) -> Value {
    match (function, ty) {
        (AggregateFunction::Count | AggregateFunction::CountDistinct, _)
        | (AggregateFunction::Sum, Type::Int) => Value::Int(0),
        (AggregateFunction::Sum, _) => Value::Float(0.0),
        _ => Value::Null,
    }
}

fn set_number(row: &mut Row<'_>, slot: u32, value: &Value) {
    match value {
        Value::Bool(truth) => row.set_bool(slot, *truth),
        Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => row.set_int(slot, *int),
        Value::Date(days) => row.set_int(slot, i64::from(*days)),
        Value::Float(float) => row.set_float(slot, *float),
        Value::Null | Value::String(_) | Value::List(_) | Value::Object(_) => {
            debug_assert!(value.is_null(), "strings and lists are borrowed");
            row.set_null(slot);
        }
    }
}

/// Whether a segment's rule is TRUE.
pub(crate) fn is_true<'a>(
    view: View<'a>,
    segment: u32,
    row: &mut Row<'a>,
    is_member: impl Fn(u32) -> bool,
) -> bool {
    let plan = &view.rules.segments[segment as usize];
    match &plan.engine {
        Engine::Compiled(rule) => {
            view.fill(row, plan, is_member);
            // A row too short is a bug; nobody is a member by it.
            rule.matches(row).unwrap_or_default()
        }
        Engine::Interpreted(_) => {
            let root = &view.rules.definitions[segment as usize].rule.root;
            let inputs = SlotInputs {
                view,
                plan,
                is_member,
            };
            evaluate_node(root, &inputs) == Value::Bool(true)
        }
    }
}

/// The segments whose rules are TRUE of somebody of whom nothing is known and who is in no
/// segment. (What compares constants with now is the caller's matter.)
pub(crate) fn true_of_nobody(rules: &RuleSet) -> Vec<u32> {
    let nobody = UserState {
        now: 0,
        ..UserState::default()
    };
    let view = View {
        rules,
        state: &nobody,
    };
    let mut row = Row::new(rules.slots.len(), 0);
    let segments = 0..rules.segments.len() as u32;
    segments
        .filter(|segment| is_true(view, *segment, &mut row, |_| false))
        .collect()
}

/// A rule's inputs out of a state, for the interpreter.
#[derive(Debug)]
pub(crate) struct SlotInputs<'a, F> {
    pub(crate) view: View<'a>,
    pub(crate) plan: &'a SegmentPlan,
    pub(crate) is_member: F,
}

impl<F> SlotInputs<'_, F> {
    fn value(&self, slots: &[u32], index: usize) -> Value {
        slots
            .get(index)
            .map_or(Value::Null, |slot| self.view.value(*slot).into_owned())
    }
}

impl<F: Fn(u32) -> bool> Inputs for SlotInputs<'_, F> {
    fn field(&self, index: usize) -> Value {
        self.value(&self.plan.inputs.fields, index)
    }

    fn aggregate(&self, index: usize) -> Value {
        self.value(&self.plan.inputs.aggregates, index)
    }

    fn in_segment(&self, index: usize) -> bool {
        let slot = self.plan.inputs.segments.get(index);
        let segment = slot.and_then(|slot| self.view.rules.slots[*slot as usize].segment());
        segment.is_some_and(&self.is_member)
    }

    fn sequence(&self, index: usize) -> Value {
        self.value(&self.plan.inputs.sequences, index)
    }

    fn now(&self) -> i64 {
        self.view.state.now
    }
}

/// The segments whose access condition is TRUE of a user, ascending; see
/// [`crate::rule_set::matcher`].
pub(crate) fn armed(rules: &RuleSet, state: &UserState) -> Vec<u32> {
    let view = View { rules, state };
    let accesses = rules
        .matchers
        .iter()
        .enumerate()
        .flat_map(|(slot, matcher)| {
            let value = matcher.accesses().next().map(|_| view.value(slot as u32));
            let value = value.unwrap_or(Cow::Owned(Value::Null));
            matcher
                .accesses()
                .filter(move |(_, access)| access.is_true(&value))
        });
    let mut armed: Vec<u32> = accesses.map(|(segment, _)| segment).collect();
    armed.sort_unstable();
    armed
}
