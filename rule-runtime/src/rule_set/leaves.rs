//! Takes a rule apart into its leaf conditions, and tells each slot's matcher about them.

use rulelang::calendar::{Anniversary, CalendarSpan};
use rulelang::rule::{ArithmeticOp, CompareOp, Node, NodeKind, TimeTest};
use rulelang::time::DAY_MS;
use rulelang::value::{exact_float, exact_int};
use rulelang::{Type, Value};

use super::matcher::{Cut, SlotMatcher, key};
use super::plan::{TimeOperand, TimePlan};

/// Where a rule's inputs stand in the row.
#[derive(Debug, Clone, Default)]
pub(crate) struct InputSlots {
    pub(crate) fields: Vec<u32>,
    pub(crate) aggregates: Vec<u32>,
    pub(crate) segments: Vec<u32>,
    pub(crate) sequences: Vec<u32>,
}

impl InputSlots {
    /// The slot that a leaf node reads; `None` for anything but an input.
    pub(crate) fn slot(&self, node: &Node) -> Option<u32> {
        match &node.kind {
            NodeKind::Field(index) => self.fields.get(*index).copied(),
            NodeKind::Aggregate(index) => self.aggregates.get(*index).copied(),
            NodeKind::InSegment(index) => self.segments.get(*index).copied(),
            NodeKind::Sequence(index) => self.sequences.get(*index).copied(),
            NodeKind::Trait { body, .. } => self.slot(body),
            _ => None,
        }
    }

    /// All slots, each once.
    pub(crate) fn all(&self) -> Vec<u32> {
        let mut all = [
            &*self.fields,
            &self.aggregates,
            &self.segments,
            &self.sequences,
        ]
        .concat();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Collects what rules wait for.
#[derive(Debug)]
pub(crate) struct Leaves<'a> {
    pub(crate) matchers: &'a mut [SlotMatcher],
    pub(crate) times: &'a mut Vec<TimePlan>,
    pub(crate) slots: &'a InputSlots,
    pub(crate) segment: u32,
}

impl Leaves<'_> {
    /// Takes a condition apart; `negated` where it stands under an odd number of NOTs.
    pub(crate) fn condition(&mut self, node: &Node, negated: bool) {
        match &node.kind {
            NodeKind::And(terms) | NodeKind::Or(terms) => {
                for term in terms {
                    self.condition(term, negated);
                }
            }
            NodeKind::Not(body) => self.condition(body, !negated),
            NodeKind::Trait { body, .. } => self.condition(body, negated),
            NodeKind::Compare { op, left, right } => {
                let done = self.comparison(*op, left, right, negated)
                    || self.comparison(op.flipped(), right, left, negated);
                if !done {
                    self.anything(node);
                }
            }
            NodeKind::Between {
                operand, low, high, ..
            } => {
                let done = self.comparison(CompareOp::GreaterOrEqual, operand, low, negated)
                    && self.comparison(CompareOp::LessOrEqual, operand, high, negated);
                if !done {
                    self.anything(node);
                }
            }
            NodeKind::In {
                operand,
                items,
                negated: not,
            } => {
                let negated = negated != *not;
                let mut all = items.iter();
                if !all.all(|item| self.comparison(CompareOp::Equal, operand, item, negated)) {
                    self.anything(node);
                }
            }
            NodeKind::IsNull { operand, .. } => match self.slots.slot(operand) {
                Some(slot) => self.matcher(slot, SlotMatcher::add_presence),
                None => self.anything(node),
            },
            _ => self.anything(node),
        }
    }

    /// `operand op constant`, where the operand is a slot; `false` if it is something else.
    fn comparison(
        &mut self,
        op: CompareOp,
        operand: &Node,
        constant: &Node,
        negated: bool,
    ) -> bool {
        let (Some(slot), NodeKind::Literal(value)) = (self.slots.slot(operand), &constant.kind)
        else {
            return false;
        };
        if let Value::String(text) = value
            && matches!(op, CompareOp::Equal | CompareOp::NotEqual)
        {
            // To be equal to a constant is not TRUE of NULL, nor of any other string.
            let asks_equality = (op == CompareOp::Equal) != negated;
            self.matcher(slot, |matcher, segment| {
                matcher.add_string(text, segment);
                if !asks_equality {
                    matcher.add_presence(segment);
                }
            });
            return true;
        }
        let Some(cuts) = cuts(op, operand.ty, value) else {
            return false;
        };
        self.matcher(slot, |matcher, segment| {
            for cut in &cuts {
                matcher.add_cut(*cut, segment);
            }
            matcher.add_presence(segment);
        });
        true
    }

    /// A condition that is not understood: any change of what it reads wakes it, and so does the
    /// clock where it compares with now.
    fn anything(&mut self, node: &Node) {
        let mut read = vec![];
        node.walk(&mut |node| read.extend(self.slots.slot(node)));
        for slot in read {
            self.matcher(slot, SlotMatcher::add_any);
        }
        let mut tests = vec![];
        node.walk(&mut |node| tests.extend(instants(node)));
        for (operand, flips) in tests {
            self.time(operand, &flips);
        }
    }

    fn time(&mut self, operand: &Node, flips: &Flips) {
        let operand = match (&operand.kind, self.slots.slot(operand)) {
            (_, Some(slot)) => TimeOperand::Slot(slot),
            (NodeKind::Literal(Value::Timestamp(instant)), _) => TimeOperand::Instant(*instant),
            (NodeKind::Literal(Value::Date(days)), _) => {
                TimeOperand::Instant(i64::from(*days) * DAY_MS)
            }
            _ => TimeOperand::Expression {
                segment: self.segment,
                node: operand.clone(),
            },
        };
        let same = self
            .times
            .iter_mut()
            .find(|plan| match (&plan.operand, &operand) {
                (TimeOperand::Slot(a), TimeOperand::Slot(b)) => a == b,
                (TimeOperand::Instant(a), TimeOperand::Instant(b)) => a == b,
                _ => false,
            });
        match same {
            Some(plan) => {
                plan.offsets.extend(&flips.offsets);
                plan.calendars.extend(flips.calendar);
                plan.anniversaries.extend(flips.anniversary);
                plan.segments.push(self.segment);
            }
            None => self.times.push(TimePlan {
                operand,
                offsets: flips.offsets.clone(),
                calendars: flips.calendar.into_iter().collect(),
                anniversaries: flips.anniversary.into_iter().collect(),
                segments: vec![self.segment],
            }),
        }
    }

    fn matcher(&mut self, slot: u32, change: impl FnOnce(&mut SlotMatcher, u32)) {
        if let Some(matcher) = self.matchers.get_mut(slot as usize) {
            change(matcher, self.segment);
        }
    }
}

/// Merges equal plans' segments and sorts; to be called once all leaves are in.
pub(crate) fn finish_times(times: &mut [TimePlan]) {
    for plan in times {
        plan.offsets.sort_unstable();
        plan.offsets.dedup();
        plan.calendars.sort_unstable();
        plan.calendars.dedup();
        plan.anniversaries.sort_unstable();
        plan.anniversaries.dedup();
        plan.segments.sort_unstable();
        plan.segments.dedup();
    }
}

/// Where a value of type `ty` crosses `op value`; `None` if it is not a matter of order.
pub(super) fn cuts(op: CompareOp, ty: Type, value: &Value) -> Option<Vec<Cut>> {
    let same_type = match (ty, value) {
        (Type::Int, Value::Float(float)) => match exact_int(*float) {
            Some(int) => Value::Int(int),
            None => return Some(between_ints(*float)),
        },
        (Type::Float, Value::Int(int)) => Value::Float(exact_float(*int)?),
        (Type::Timestamp, Value::Date(days)) => Value::Timestamp(i64::from(*days) * DAY_MS),
        (Type::Date, Value::Timestamp(_)) => return None,
        _ => value.clone(),
    };
    let key = key(&same_type)?;
    Some(match op {
        CompareOp::Equal | CompareOp::NotEqual => vec![(key, false), (key, true)],
        CompareOp::Less | CompareOp::GreaterOrEqual => vec![(key, false)],
        CompareOp::LessOrEqual | CompareOp::Greater => vec![(key, true)],
    })
}

/// The cut of a number that no int equals; none where it lies beyond all of them.
fn between_ints(float: f64) -> Vec<Cut> {
    exact_int(float.floor())
        .map(|below| (below, true))
        .into_iter()
        .collect()
}

/// When a node flips as now passes, measured from an operand.
#[derive(Default)]
struct Flips {
    /// Milliseconds after it.
    offsets: Vec<i64>,
    /// When it leaves this.
    calendar: Option<CalendarSpan>,
    /// When a yearly return of it comes within reach of this, or leaves it.
    anniversary: Option<Anniversary>,
}

impl From<Vec<i64>> for Flips {
    fn from(offsets: Vec<i64>) -> Self {
        Self {
            offsets,
            ..Self::default()
        }
    }
}

/// The instants at which a node flips as now passes: an operand, and what is measured from it.
fn instants(node: &Node) -> Option<(&Node, Flips)> {
    match &node.kind {
        NodeKind::Time { test, operand, .. } => {
            let offsets = match *test {
                TimeTest::WithinLast(d) => vec![0, d],
                TimeTest::WithinLastCalendar(span) => {
                    let flips = Flips {
                        offsets: vec![0],
                        calendar: Some(span),
                        ..Flips::default()
                    };
                    return Some((operand, flips));
                }
                TimeTest::Anniversary(asked) => {
                    let flips = Flips {
                        anniversary: Some(asked),
                        ..Flips::default()
                    };
                    return Some((operand, flips));
                }
                TimeTest::WithinNext(d) => vec![-d, 0],
                TimeTest::OlderThan(d) => vec![d],
                TimeTest::FromToAgo { from, to } => vec![to, from],
                TimeTest::During { .. } => return None,
            };
            Some((operand, offsets.into()))
        }
        NodeKind::Compare { left, right, .. } => {
            against_now(left, right).or_else(|| against_now(right, left))
        }
        _ => None,
    }
}

/// `now [± c]` against `t [± c]`: flips where now is `t` plus the constants' difference, or a
/// millisecond later.
fn against_now<'a>(now: &'a Node, other: &'a Node) -> Option<(&'a Node, Flips)> {
    let (base, now_offset) = shifted(now);
    if !matches!(base.kind, NodeKind::Now) {
        return None;
    }
    let (operand, offset) = shifted(other);
    let at = offset.checked_sub(now_offset)?;
    Some((operand, vec![at, at.saturating_add(1)].into()))
}

/// Takes `t + c` and `t − c` apart into `t` and milliseconds.
fn shifted(node: &Node) -> (&Node, i64) {
    let node = strip_traits(node);
    if let NodeKind::Arithmetic { op, left, right } = &node.kind {
        let constant = |node: &Node| match &node.kind {
            NodeKind::Literal(Value::Duration(duration)) => Some(*duration),
            _ => None,
        };
        match (op, constant(left), constant(right)) {
            (ArithmeticOp::Add, _, Some(by)) => return (strip_traits(left), by),
            (ArithmeticOp::Subtract, _, Some(by)) => return (strip_traits(left), -by),
            (ArithmeticOp::Add, Some(by), _) => return (strip_traits(right), by),
            _ => {}
        }
    }
    (node, 0)
}

fn strip_traits(mut node: &Node) -> &Node {
    while let NodeKind::Trait { body, .. } = &node.kind {
        node = body;
    }
    node
}
