//! Aggregates, DID, windows and tests of time.

use super::names::{write_event, write_path, write_step, write_string};
use super::{Level, Printer};
use crate::ast::{Aggregate, Duration, DurationUnit, EventSelector, Expr, Name, TimeOp, Window};
use crate::calendar::{CalendarSpan, CalendarUnit, Zone};

impl Printer {
    pub(super) fn time(&mut self, test: &TimeOp) {
        match test {
            TimeOp::WithinLast(last) => self.spanning("WITHIN LAST ", *last),
            TimeOp::WithinLastCalendar(span) => self.calendar(*span),
            TimeOp::WithinNext(next) => self.spanning("WITHIN NEXT ", *next),
            TimeOp::OlderThan(age) => self.spanning("OLDER THAN ", *age),
            TimeOp::FromToAgo(from, to) => self.ago(*from, *to),
            TimeOp::During(from, to) => self.during(from, to),
            TimeOp::Before(instant) => {
                self.push("BEFORE ");
                self.expr(instant, Level::Sum);
            }
            TimeOp::After(instant) => {
                self.push("AFTER ");
                self.expr(instant, Level::Sum);
            }
            TimeOp::Anniversary { within, zone } => {
                self.time(within);
                if !matches!(**within, TimeOp::WithinLastCalendar(_)) {
                    self.zone(*zone);
                }
            }
        }
    }

    fn spanning(&mut self, words: &str, duration: Duration) {
        self.push(words);
        self.duration(duration);
    }

    fn calendar(&mut self, span: CalendarSpan) {
        let unit = match span.unit {
            CalendarUnit::Days => "DAY",
            CalendarUnit::Weeks => "WEEK",
            CalendarUnit::Months => "MONTH",
            CalendarUnit::Years => "YEAR",
        };
        let plural = if span.count == 1 { "" } else { "S" };
        self.push(&format!(
            "WITHIN LAST {} CALENDAR {unit}{plural}",
            span.count
        ));
        self.zone(span.zone);
    }

    fn zone(&mut self, zone: Zone) {
        if zone != Zone::utc() {
            self.push(" IN ");
            write_string(&mut self.out, zone.name());
        }
    }

    /// What stands before the window.
    pub(super) fn anniversary_of(&mut self, operand: &Expr, negated: bool) {
        self.push("ANNIVERSARY(");
        self.expr(operand, Level::Or);
        self.push(if negated { ") NOT " } else { ") " });
    }

    fn ago(&mut self, from: Duration, to: Duration) {
        self.spanning("FROM ", from);
        self.spanning(" TO ", to);
        self.push(" AGO");
    }

    fn during(&mut self, from: &Expr, to: &Expr) {
        self.push("DURING ");
        self.expr(from, Level::Sum);
        self.push(" TO ");
        self.expr(to, Level::Sum);
    }

    pub(super) fn did(
        &mut self,
        event: &EventSelector,
        window: &Window,
        filter: Option<&Expr>,
        negated: bool,
    ) {
        self.push(if negated { "DID NOT" } else { "DID" });
        if filter.is_some() {
            self.push(if negated { " (" } else { "(" });
            self.events(event, None, window, filter);
            self.push(")");
            return;
        }
        self.push(" ");
        match event {
            EventSelector::Any => self.push("*"),
            EventSelector::Named(name) => write_event(&mut self.out, &name.text, false),
        }
        self.window(window);
    }

    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) {
        self.push(aggregate.function.keyword());
        self.push("(");
        self.events(
            &aggregate.event,
            aggregate.property.as_ref(),
            &aggregate.window,
            aggregate.filter.as_deref(),
        );
        self.push(")");
    }

    fn events(
        &mut self,
        event: &EventSelector,
        property: Option<&Name>,
        window: &Window,
        filter: Option<&Expr>,
    ) {
        match event {
            EventSelector::Any => self.push("*"),
            EventSelector::Named(name) => write_step(&mut self.out, &name.text),
        }
        if let Some(property) = property {
            self.push(".");
            write_path(&mut self.out, &property.text);
        }
        self.window(window);
        if let Some(filter) = filter {
            self.push(" WHERE ");
            self.kind(filter);
        }
    }

    pub(super) fn window(&mut self, window: &Window) {
        if *window != Window::AllTime {
            self.push(" ");
        }
        match window {
            Window::AllTime => {}
            Window::WithinLast(last) => self.spanning("WITHIN LAST ", *last),
            Window::WithinLastCalendar(span) => self.calendar(*span),
            Window::FromToAgo(from, to) => self.ago(*from, *to),
            Window::During(from, to) => self.during(from, to),
        }
    }

    pub(super) fn duration(&mut self, duration: Duration) {
        let unit = match duration.unit {
            DurationUnit::Milliseconds => "MILLISECOND",
            DurationUnit::Seconds => "SECOND",
            DurationUnit::Minutes => "MINUTE",
            DurationUnit::Hours => "HOUR",
            DurationUnit::Days => "DAY",
            DurationUnit::Weeks => "WEEK",
        };
        let plural = if duration.count == 1 { "" } else { "S" };
        self.push(&format!("{} {unit}{plural}", duration.count));
    }
}
