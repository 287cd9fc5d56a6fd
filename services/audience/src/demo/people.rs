//! One user told of in full: what holds, with the values, and when it will flip by itself.

use std::sync::Arc;

use kit::wire::Body;
use rule_runtime::{Action, Change, RuleSet};
use rulelang::facts::Facts;

use super::Purchases;
use crate::evaluation::events_from_text;
use crate::explain::{Condition, explain};
use crate::failure::Failure;
use crate::input::Input;
use crate::replay::{self, Source, Timeline};

/// How far ahead to look for the next flip.
const HORIZON_MS: i64 = 400 * rulelang::time::DAY_MS;

/// For each segment, who entered it last and is still in.
#[derive(Debug, Default)]
pub(crate) struct Latest {
    /// (segment, user, instant), the latest last.
    entered: Vec<(u32, String, i64)>,
}

impl Latest {
    /// A change goes by.
    pub(crate) fn observe(&mut self, user: &str, change: &Change) {
        match change.action {
            Action::Added => {
                let entered = (change.segment, user.to_owned(), change.timestamp);
                self.entered.push(entered);
            }
            Action::Removed => {}
        }
    }

    /// Who entered a segment last and still `is_member`, and when.
    pub(crate) fn of(&self, segment: u32, is_member: impl Fn(&str) -> bool) -> Option<(&str, i64)> {
        let mut latest = self.entered.iter().rev();
        latest
            .find(|(of, user, _)| *of == segment && is_member(user))
            .map(|(_, user, at)| (user.as_str(), *at))
    }
}

/// One user and one segment.
#[derive(Debug)]
pub(crate) struct Person {
    /// Why the rule is what it is.
    pub(crate) explanation: Condition,
    /// What the user bought, and for how much.
    pub(crate) purchases: usize,
    /// What happens to the membership if nothing more happens, and when.
    pub(crate) next: Option<(Action, i64)>,
}

impl Person {
    /// Tells of `user` and a segment at the instant `now`.
    pub(crate) fn tell(
        user: &str,
        segment: u32,
        rules: &Arc<RuleSet>,
        purchases: &Purchases,
        shift_days: i32,
        now: i64,
    ) -> Result<Option<Self>, Failure> {
        let Some(definition) = rules.segments().get(segment as usize) else {
            return Ok(None);
        };
        let messages = purchases.messages_of_user(shift_days, user);
        let read = events_from_text(&messages, now);
        let facts: Facts = read.map_err(|error| Failure::message(error.to_string()))?;
        Ok(Some(Self {
            explanation: explain(&definition.rule, &facts, now),
            purchases: facts.events.len(),
            next: next_flip(messages, segment, rules, now),
        }))
    }
}

/// Runs one user's events, and then time alone, to see what comes.
fn next_flip(
    messages: String,
    segment: u32,
    rules: &Arc<RuleSet>,
    now: i64,
) -> Option<(Action, i64)> {
    let source = Source {
        input: Input {
            name: String::new(),
            bytes: messages.into_bytes(),
        },
        body: Body::Event,
    };
    let sources = [source];
    let (timeline, _) = Timeline::read(&sources);
    let mut next = None;
    let mut observe = |_: &str, change: &Change, _: &rule_runtime::UserState| {
        if change.segment == segment && change.timestamp > now && next.is_none() {
            next = Some((change.action, change.timestamp));
        }
    };
    let until = Some(now + HORIZON_MS);
    replay::run(rules, &timeline, until, &mut observe)?.ok()?;
    next
}
