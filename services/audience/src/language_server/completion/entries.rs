//! What is offered, a list for each context.

use std::sync::Arc;

use lsp_types::CompletionItem;
use rulelang::calendar::Zone;
use rulelang::tokens::Token;
use rulelang::{Schema, Type};

use super::bracket::{Bracket, filter, step};
use super::context::Context;
use super::edit::Edit;
use super::names::Names;
use super::scope::{Scope, event_of};
use super::types::{fits, tests, type_of};

const WINDOWS: &[&str] = &["WITHIN LAST", "FROM", "DURING"];
const UNITS: &[&str] = &[
    "DAYS",
    "HOURS",
    "MINUTES",
    "SECONDS",
    "MILLISECONDS",
    "WEEKS",
];
const CALENDAR_UNITS: &[&str] = &[
    "CALENDAR DAYS",
    "CALENDAR WEEKS",
    "CALENDAR MONTHS",
    "CALENDAR YEARS",
];

/// Who offers.
pub(super) struct Entries<'a> {
    pub(super) names: Names,
    pub(super) scope: Scope,
    pub(super) schema: &'a Schema,
    /// What stands before what is begun, and the brackets that are open there.
    pub(super) tokens: &'a [Token<'a>],
    pub(super) open: &'a [usize],
    /// Replaces what is begun.
    pub(super) word: Edit,
    /// Replaces what of it stands behind the last dot.
    pub(super) step: Edit,
}

impl Entries<'_> {
    /// What may stand there.
    pub(super) fn all(&self, context: Context<'_, '_>) -> Vec<CompletionItem> {
        match context {
            Context::Nothing => vec![],
            Context::Condition => self.condition(),
            Context::Value(operand) => self.value(operand),
            Context::Test { operand, negated } => self.test(operand, negated),
            Context::Joint => self.words(&self.joints()),
            Context::Zoned => self.words(&[&["IN"], &*self.joints()].concat()),
            Context::Event => self.events(),
            Context::Window => self.words(&[self.windows(), &*self.joints()].concat()),
            Context::Unit { calendar: true } => self.words(&[UNITS, CALENDAR_UNITS].concat()),
            Context::Unit { calendar: false } => self.words(UNITS),
            Context::Word(words) => self.words(words),
            Context::Segment | Context::List | Context::Zone | Context::Constants(_) => {
                self.strings(context)
            }
        }
    }

    /// What may stand in a string, or as one.
    pub(super) fn strings(&self, context: Context<'_, '_>) -> Vec<CompletionItem> {
        let all = |names: &mut dyn Iterator<Item = &str>, what: &str| -> Vec<CompletionItem> {
            names.map(|it| self.word.string(it, what)).collect()
        };
        match context {
            Context::Segment => all(
                &mut self.names.segments.iter().map(String::as_str),
                "segment",
            ),
            Context::List => {
                let lists = self.schema.lists.iter();
                let list = |(name, items): (&String, &Arc<[_]>)| {
                    self.word.string(name, &format!("list of {}", items.len()))
                };
                lists.map(list).collect()
            }
            Context::Zone => all(&mut Zone::names(), "time zone"),
            Context::Constants(words) => all(&mut words.iter().copied(), "constant"),
            Context::Value(operand) => self.constants(operand),
            _ => vec![],
        }
    }

    /// What may stand behind the dot of a path: properties of an event, members of an item, or the
    /// fields whose names begin so.
    pub(super) fn behind_dot(&self, context: Context<'_, '_>, head: &str) -> Vec<CompletionItem> {
        let mut items = self.scope.items.iter().rev();
        if context == Context::Event {
            return self.properties(&event_of(head).0);
        }
        if let Some((_, list)) = items.find(|(item, _)| item == head) {
            return self.members(list);
        }
        if !matches!(context, Context::Condition | Context::Value(_)) {
            return vec![];
        }
        let mut named = self.named(None);
        named.retain(|it| {
            it.label
                .strip_prefix(head)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        named
    }

    fn test(&self, operand: &[Token<'_>], negated: bool) -> Vec<CompletionItem> {
        let ty = type_of(operand, &self.scope, &self.names);
        let is_anniversary = operand.first().is_some_and(|it| it.is_word("ANNIVERSARY"));
        let tests = if is_anniversary {
            vec![
                "WITHIN LAST",
                "WITHIN NEXT",
                "NOT WITHIN LAST",
                "NOT WITHIN NEXT",
            ]
        } else {
            tests(ty)
        };
        if negated {
            let tests = tests.iter().filter_map(|it| it.strip_prefix("NOT "));
            return tests.map(|it| self.word.word(it)).collect();
        }
        let mut joints = self.joints();
        if matches!(operand, [count] if count.is_word("COUNT")) {
            joints.push("DISTINCT");
        }
        if !fits(Some(Type::Bool), ty) {
            joints.retain(|it| !matches!(*it, "AND" | "OR"));
        }
        self.words(&[tests, joints].concat())
    }

    /// The windows that events may have here: within a step of a sequence that is not its first
    /// one, a length of time behind the one before.
    fn windows(&self) -> &'static [&'static str] {
        let inner = self.open.last().map_or(0, |at| at + 1);
        let inner = self.tokens.get(inner..).unwrap_or_default();
        let is_of = |it: &usize| Bracket::at(self.tokens, *it) == Bracket::Steps;
        if self.open.last().is_some_and(is_of) && step(inner, Bracket::Steps).len() < inner.len() {
            &["WITHIN"]
        } else {
            WINDOWS
        }
    }

    /// What may follow a condition here.
    fn joints(&self) -> Vec<&'static str> {
        let Some(&at) = self.open.last() else {
            return [case(self.tokens), &["AND", "OR"]].concat();
        };
        let inner = self.tokens.get(at + 1..).unwrap_or_default();
        let bracket = Bracket::at(self.tokens, at);
        let steps: &[&str] = if bracket == Bracket::Steps {
            &["THEN"]
        } else {
            &[]
        };
        let is_of_events = matches!(bracket, Bracket::Events | Bracket::Steps);
        let logic: &[&str] = if is_of_events && filter(step(inner, bracket)).is_none() {
            &["WHERE"]
        } else {
            &["AND", "OR"]
        };
        [case(inner), logic, steps, &[")"]].concat()
    }

    pub(super) fn words(&self, words: &[&str]) -> Vec<CompletionItem> {
        words.iter().map(|it| self.word.word(it)).collect()
    }
}

/// What may follow in a CASE that is not at its end.
fn case(tokens: &[Token<'_>]) -> &'static [&'static str] {
    let count = |word: &str| tokens.iter().filter(|it| it.is_word(word)).count();
    if count("CASE") > count("END") {
        &["WHEN", "THEN", "ELSE", "END"]
    } else {
        &[]
    }
}
