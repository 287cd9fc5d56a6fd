//! How long compiled code takes, before anybody has measured.

use crate::shape::{Arithmetic, Op, Shape, TextTest};

/// A call of compiled code that does nothing.
const CALL_NS: f64 = 1.5;

impl Shape {
    /// What one evaluation takes in nanoseconds, about: the sum over its operators of what each takes of
    /// present values of usual length, as measured on a server of 2023. `benches/one_rule` prints
    /// it beside what was measured.
    pub fn nanoseconds_estimate(&self) -> f64 {
        self.ops.iter().map(|op| nanoseconds(*op)).sum::<f64>() + CALL_NS
    }
}

fn nanoseconds(op: Op) -> f64 {
    match op {
        Op::And(_) | Op::Or(_) | Op::Not | Op::True | Op::False | Op::Null(_) | Op::Now => 0.1,
        Op::Constant(_) => 0.2,
        Op::InFew { items, .. } => 0.2 * f64::from(items),
        Op::InTable { .. } => 1.5,
        Op::Text { test, .. } => match test {
            TextTest::Find | TextTest::StartsWith | TextTest::EndsWith => 6.0,
            TextTest::Like | TextTest::Contains => 12.0,
            TextTest::Matches => 40.0,
        },
        Op::CalendarStart => 20.0,
        Op::Holds { .. } | Op::HoldsKey { .. } => 15.0,
        Op::Call { .. } => 40.0,
        Op::Arithmetic(Arithmetic::Divide | Arithmetic::IntDivide | Arithmetic::Remainder, _) => {
            3.0
        }
        _ if op.calls_host() => 6.0,
        _ => 0.4,
    }
}
