//! What a name stands for where it is written: in a WHERE a property of the event, in a quantifier
//! perhaps the item or a member of it, else a field.

use rulelang::tokens::{Token, TokenKind};

use super::bracket::{Bracket, filter, level, step};
use super::operand::said;

/// What a rule can name, by the names without backticks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Field(String),
    /// Of an event; `*` is any.
    Property(String, String),
    /// Of the items of a list.
    Member(String, String),
}

/// The names that hold at a place.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The event in whose WHERE it is.
    pub(super) event: Option<String>,
    /// The items of the quantifiers in whose conditions it is, with their lists.
    pub(super) items: Vec<(String, String)>,
}

impl Scope {
    /// The scope behind some tokens, of which the brackets at `open` are open.
    pub(super) fn new(tokens: &[Token<'_>], open: &[usize]) -> Self {
        let mut scope = Self::default();
        let ends = open.iter().skip(1).copied().chain([tokens.len()]);
        for (&at, end) in open.iter().zip(ends) {
            let inner = tokens.get(at + 1..end).unwrap_or_default();
            match Bracket::at(tokens, at) {
                bracket @ (Bracket::Events | Bracket::Steps) => {
                    let step = step(inner, bracket);
                    if let (Some(_), Some(event)) = (filter(step), step.first()) {
                        scope.event = event_of(event.text).0.into();
                    }
                }
                Bracket::Quantifier => scope.items.extend(item_of(inner)),
                _ => {}
            }
        }
        scope
    }

    /// What a path stands for; `None` of an item itself.
    pub(super) fn subject(&self, path: &str) -> Option<Subject> {
        let steps = steps(path);
        let (first, rest) = steps.split_first()?;
        let mut items = self.items.iter().rev();
        if let Some((_, list)) = items.find(|(item, _)| item == first) {
            let member = Subject::Member(list.clone(), rest.join("."));
            return (!rest.is_empty()).then_some(member);
        }
        let name = steps.join(".");
        Some(match &self.event {
            Some(event) => Subject::Property(event.clone(), name),
            None => Subject::Field(name),
        })
    }
}

/// The event that a path names, and the property where it names one.
pub(super) fn event_of(path: &str) -> (String, Option<String>) {
    let steps = steps(path);
    let (event, property) = steps
        .split_first()
        .map_or((path, &[][..]), |(event, rest)| (event.as_str(), rest));
    let property = (!property.is_empty()).then(|| property.join("."));
    (event.to_owned(), property)
}

/// `list, item =>`, where it is that.
fn item_of(inner: &[Token<'_>]) -> Option<(String, String)> {
    let (arrow, _) = level(inner).find(|(_, it)| it.is_symbol("=>"))?;
    let before = inner.get(..arrow)?;
    let item = before.last().filter(|it| it.kind == TokenKind::Word)?;
    let list = before.get(..arrow.checked_sub(2)?)?;
    let name = list.last().filter(|_| said(before, 1) == ",")?;
    Some((item.text.to_owned(), steps(name.text).join(".")))
}

/// The steps of a path, without their backticks.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut is_quoted = false;
    for character in path.chars() {
        match character {
            '`' => is_quoted = !is_quoted,
            '.' if !is_quoted => steps.push(String::new()),
            _ => steps
                .iter_mut()
                .next_back()
                .into_iter()
                .for_each(|it| it.push(character)),
        }
    }
    steps
}
