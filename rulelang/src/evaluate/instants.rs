//! When a rule's value may change by itself: the instants at which a property test asks the judge.

use std::collections::BTreeSet;

use super::arithmetic::instant;
use super::{Known, Scope};
use crate::Rule;
use crate::facts::Facts;
use crate::rule::{ArithmeticOp, Node, NodeKind, TimeTest, Window};
use crate::value::Value;

/// Before every fact, and far enough from the end of `i64` for any duration.
const BEGINNING: i64 = i64::MIN / 4;

/// Every instant (milliseconds) at which the value of `rule` may change while `facts` stay as
/// they are, in ascending order: between two of them, before the first and after the last it is
/// constant. Some may change nothing.
///
/// Complete for rules that can run live, where `NOW()` stands only in time tests and, plus or
/// minus constants, in comparisons; but of what returns every year, only two years on both sides
/// of each other instant.
pub fn instants(rule: &Rule, facts: &Facts) -> Vec<i64> {
    let events = facts.events.iter().map(|event| event.timestamp);
    let traits = facts.traits.iter().filter_map(|traits| traits.timestamp);
    // What holds from the beginning flips tests of time too.
    let mut instants: BTreeSet<i64> = events.chain(traits).chain([BEGINNING]).collect();
    add_window_borders(rule, facts, &mut instants);
    add_flips(rule, facts, &rule.root, &mut instants);
    instants.remove(&BEGINNING);
    instants.into_iter().collect()
}

/// When each event enters and leaves each window.
fn add_window_borders(rule: &Rule, facts: &Facts, instants: &mut BTreeSet<i64>) {
    for aggregate in rule.events() {
        let test = match aggregate.window {
            Window::AllTime | Window::During { .. } => continue,
            Window::WithinLast(last) => TimeTest::WithinLast(last),
            Window::WithinLastCalendar(span) => TimeTest::WithinLastCalendar(span),
            Window::FromToAgo { from, to } => TimeTest::FromToAgo { from, to },
        };
        for event in &facts.events {
            instants.extend(time_borders(test, event.timestamp, event.timestamp));
        }
    }
    add_waits(rule, facts, instants);
}

/// When it is known that what a sequence waits for in vain did not come.
fn add_waits(rule: &Rule, facts: &Facts, instants: &mut BTreeSet<i64>) {
    let absent = rule.sequences.iter().flat_map(|sequence| &sequence.absent);
    for within in absent.filter_map(|step| step.within) {
        let ends = facts.events.iter();
        instants.extend(ends.map(|event| event.timestamp.saturating_add(within)));
    }
}

/// When a test of time within `node` flips. Its operands change only at the instants already
/// found, those of the nodes below it included, so their values there are all that they take.
fn add_flips(rule: &Rule, facts: &Facts, node: &Node, instants: &mut BTreeSet<i64>) {
    for child in node.children() {
        add_flips(rule, facts, child, instants);
    }
    let known: Vec<i64> = instants.iter().copied().collect();
    for now in known {
        let known = Known::user(rule, facts, now);
        let scope = Scope { inputs: &known };
        match &node.kind {
            NodeKind::Time { test, operand, .. } => {
                if let Some(at) = instant(&scope.value(operand)) {
                    instants.extend(time_borders(*test, at, now));
                }
            }
            NodeKind::Compare { left, right, .. }
            | NodeKind::Distinct { left, right, .. }
            | NodeKind::NullIf(left, right) => {
                instants.extend(crossing(scope, left, right));
            }
            NodeKind::Between {
                operand, low, high, ..
            } => {
                instants.extend(crossing(scope, low, operand));
                instants.extend(crossing(scope, operand, high));
            }
            NodeKind::In { operand, items, .. } => {
                instants.extend(items.iter().flat_map(|item| crossing(scope, operand, item)));
            }
            _ => {}
        }
    }
}

/// When a test of what happened `at` an instant may flip; of what returns every year, about the
/// time that is `known` of.
fn time_borders(test: TimeTest, at: i64, known: i64) -> Vec<i64> {
    let offsets = match test {
        TimeTest::WithinLast(last) => [0, last],
        TimeTest::WithinLastCalendar(span) => return vec![at, span.end(at)],
        TimeTest::WithinNext(next) => [0, -next],
        TimeTest::OlderThan(age) => [age, age],
        TimeTest::FromToAgo { from, to } => [from, to],
        TimeTest::During { .. } => [0, 0],
        TimeTest::Anniversary(asked) => return asked.flips(at, known),
    };
    offsets.map(|offset| at.saturating_add(offset)).into()
}

/// When two sides of a comparison, of which one moves with now, are equal, and the instant after.
fn crossing(scope: Scope<'_>, left: &Node, right: &Node) -> Vec<i64> {
    let speed = speed(left) - speed(right);
    let sides = milliseconds(&scope.value(left)).zip(milliseconds(&scope.value(right)));
    let Some((left, right)) = sides.filter(|_| speed != 0) else {
        return vec![];
    };
    // At now + x the difference is (left − right) + speed × x.
    let meeting = i128::from(scope.inputs.now()) - (left - right).div_euclid(speed);
    let around = [meeting - 1, meeting, meeting + 1];
    around
        .into_iter()
        .filter_map(|instant| i64::try_from(instant).ok())
        .collect()
}

/// How many milliseconds a value gains in each millisecond of now.
fn speed(node: &Node) -> i128 {
    match &node.kind {
        NodeKind::Now => 1,
        NodeKind::Trait { body, .. } => speed(body),
        NodeKind::Negate(operand) => -speed(operand),
        NodeKind::Arithmetic { op, left, right } => match op {
            ArithmeticOp::Add => speed(left) + speed(right),
            ArithmeticOp::Subtract => speed(left) - speed(right),
            _ => 0,
        },
        _ => 0,
    }
}

fn milliseconds(value: &Value) -> Option<i128> {
    match value {
        Value::Duration(span) => Some(i128::from(*span)),
        _ => instant(value).map(i128::from),
    }
}
