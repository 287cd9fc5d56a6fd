//! How many members each segment had at the end of each month.

use jiff::ToSpan;
use jiff::civil::Date;
use rule_runtime::{Action, Change};
use rulelang::time::DAY_MS;

/// Counts members while changes go by in the order of time.
#[derive(Debug)]
pub(crate) struct Growth {
    members: Vec<u64>,
    /// The first instants of the months to come.
    borders: std::vec::IntoIter<i64>,
    next_border: i64,
    /// For each segment, its members at the end of each month gone by.
    sizes: Vec<Vec<u64>>,
}

impl Growth {
    /// Nobody yet; months from that of the instant `from` to that of `until`.
    pub(crate) fn new(segments: usize, from: i64, until: i64) -> Self {
        let mut borders = month_borders(from, until).into_iter();
        let next_border = borders.next().unwrap_or(i64::MAX);
        Self {
            members: vec![0; segments],
            borders,
            next_border,
            sizes: vec![vec![]; segments],
        }
    }

    /// A change goes by.
    pub(crate) fn observe(&mut self, change: &Change) {
        self.reach(change.timestamp);
        if let Some(members) = self.members.get_mut(change.segment as usize) {
            match change.action {
                Action::Added => *members += 1,
                Action::Removed => *members = members.saturating_sub(1),
            }
        }
    }

    /// For each segment, its members at the end of each month, and now.
    pub(crate) fn finish(mut self) -> Vec<Vec<u64>> {
        self.reach(i64::MAX - 1);
        self.record();
        self.sizes
    }

    fn reach(&mut self, instant: i64) {
        while self.next_border <= instant {
            self.record();
            self.next_border = self.borders.next().unwrap_or(i64::MAX);
        }
    }

    fn record(&mut self) {
        for (sizes, members) in self.sizes.iter_mut().zip(&self.members) {
            sizes.push(*members);
        }
    }
}

/// The first instants of the months after `from`, up to `until`.
fn month_borders(from: i64, until: i64) -> Vec<i64> {
    let epoch = Date::constant(1970, 1, 1);
    let date = |instant: i64| {
        let days = instant.div_euclid(DAY_MS);
        epoch.checked_add(days.days()).unwrap_or(epoch)
    };
    let millis = |date: Date| {
        let days = epoch.until(date).map_or(0, |span| span.get_days());
        i64::from(days) * DAY_MS
    };
    let first = date(from).first_of_month();
    let months = (1..).map_while(|month: i64| first.checked_add(month.months()).ok());
    months
        .map(millis)
        .take_while(|border| *border <= until)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rule_runtime::{Cause, Reason};
    use rulelang::time::parse_timestamp;

    #[test]
    fn sizes_are_taken_at_the_end_of_each_month() {
        let at = |text: &str| parse_timestamp(text).unwrap();
        let mut growth = Growth::new(1, at("2026-01-15T00:00:00Z"), at("2026-03-10T00:00:00Z"));
        let mut change = |action, text: &str| {
            growth.observe(&Change {
                segment: 0,
                action,
                reason: Reason::RuleEvaluation,
                timestamp: at(text),
                seq: 1,
                epoch: 0,
                cause: Cause::Timer,
            });
        };
        change(Action::Added, "2026-01-20T00:00:00Z");
        change(Action::Added, "2026-01-31T23:59:59.999Z");
        change(Action::Removed, "2026-02-01T00:00:00Z");
        assert_eq!(growth.finish(), [[2, 1, 1]]);
    }
}
