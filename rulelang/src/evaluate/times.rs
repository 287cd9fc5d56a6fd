//! Tests of an instant against now.

use super::Scope;
use super::arithmetic::instant;
use super::logic::{boolean, not};
use crate::rule::{NodeKind, TimeTest};
use crate::value::Value;

impl Scope<'_> {
    /// WITHIN LAST and its family; NULL of NULL.
    pub(super) fn time(self, kind: &NodeKind) -> Value {
        let NodeKind::Time {
            test,
            operand,
            negated,
        } = kind
        else {
            return Value::Null;
        };
        let holds =
            instant(&self.value(operand)).map(|instant| holds(*test, instant, self.inputs.now()));
        boolean(not(holds, *negated))
    }
}

fn holds(test: TimeTest, timestamp: i64, at: i64) -> bool {
    // Wider than the operands, so that no instant near the ends of `i64` wraps.
    let (ts, now) = (i128::from(timestamp), i128::from(at));
    match test {
        TimeTest::WithinLast(last) => now - i128::from(last) < ts && ts <= now,
        TimeTest::WithinLastCalendar(span) => span.start(at) <= timestamp && timestamp <= at,
        TimeTest::WithinNext(next) => now < ts && ts <= now + i128::from(next),
        TimeTest::OlderThan(age) => ts <= now - i128::from(age),
        TimeTest::FromToAgo { from, to } => {
            now - i128::from(from) < ts && ts <= now - i128::from(to)
        }
        TimeTest::During { start, end } => i128::from(start) <= ts && ts < i128::from(end),
        TimeTest::Anniversary(asked) => asked.holds(timestamp, at),
    }
}
