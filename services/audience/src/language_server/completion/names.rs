//! What is known that a rule may name: what is declared, and what the document names already,
//! elsewhere than at the cursor.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rulelang::rule::{Node, NodeKind};
use rulelang::tokens::{Lexer, Token, TokenKind};
use rulelang::{Expected, Rule, Schema, Type, check_expr, parse};

use super::bracket::track;
use super::context::{Context, context};
use super::scope::{Scope, Subject, event_of};
use crate::language_server::document::Document;

/// Words that begin a condition or a value and are no names.
const KEYWORDS: &[&str] = &[
    "NOT", "DID", "IN", "EXISTS", "CASE", "TRUE", "FALSE", "NULL", "AND", "OR", "IS", "COUNT",
    "WITHIN", "FROM", "DURING",
];

/// The property that every event has.
pub(super) const TIMESTAMP: &str = "timestamp";

/// Names, and what is known of each.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Fields, properties and members, with their types where these are known.
    pub(super) typed: BTreeMap<Subject, Option<Type>>,
    pub(super) events: BTreeSet<String>,
    pub(super) segments: BTreeSet<String>,
    /// Constants, as they are written, by what they are compared with.
    pub(super) constants: BTreeMap<Subject, BTreeSet<String>>,
}

type Types = BTreeMap<Subject, Type>;

impl Names {
    /// Those of the schema and of the document, without what stands at the bytes of `begun`.
    pub(super) fn of(document: &Document, schema: &Schema, begun: &Range<usize>) -> Self {
        let mut names = Self::default();
        names.declare(schema);
        let types = document.last_good().map(types).unwrap_or_default();
        names.read(&document.text, begun, &types);
        names
    }

    /// The type of a name; `None` where it is not known.
    pub(super) fn ty(&self, subject: &Subject) -> Option<Type> {
        if matches!(subject, Subject::Property(_, name) if name == TIMESTAMP) {
            return Some(Type::Timestamp);
        }
        self.typed.get(subject).copied().flatten()
    }

    fn declare(&mut self, schema: &Schema) {
        for (name, declared) in &schema.fields {
            self.tell(Subject::Field(name.clone()), Some(declared.ty));
        }
        for ((event, property), declared) in &schema.properties {
            self.events.insert(event.clone());
            let property = Subject::Property(event.clone(), property.clone());
            self.tell(property, Some(declared.ty));
        }
        self.segments
            .extend(schema.segments.iter().flatten().cloned());
        for (name, body) in &schema.traits {
            let parsed = parse(body).ok();
            let checked = parsed.map(|it| check_expr(it, body, schema, Expected::AnyValue));
            let rule = checked.and_then(Result::ok).map(|it| it.rule);
            let types = rule.as_ref().map(types).unwrap_or_default();
            self.tell(Subject::Field(name.clone()), rule.map(|it| it.root.ty));
            let end = body.len() + 1;
            self.read(body, &(end..end), &types);
        }
    }

    /// What was told first stays, but for a type that was not known.
    fn tell(&mut self, subject: Subject, ty: Option<Type>) {
        let known = self.typed.entry(subject).or_insert(ty);
        *known = known.or(ty);
    }

    /// All that a text names.
    fn read(&mut self, text: &str, begun: &Range<usize>, types: &Types) {
        let tokens: Vec<_> = Lexer::new(text, 0).map_while(Result::ok).collect();
        let mut open = vec![];
        for (at, token) in tokens.iter().enumerate() {
            let (start, end) = (token.span.start as usize, token.span.end as usize);
            if end < begun.start || begun.end < start {
                let next = tokens.get(at + 1);
                self.take(
                    token,
                    next,
                    tokens.get(..at).unwrap_or_default(),
                    &open,
                    types,
                );
            }
            track(&mut open, at, token);
        }
    }

    fn take(
        &mut self,
        token: &Token<'_>,
        next: Option<&Token<'_>>,
        before: &[Token<'_>],
        open: &[usize],
        types: &Types,
    ) {
        if !matches!(
            token.kind,
            TokenKind::Word | TokenKind::String | TokenKind::Number
        ) {
            return;
        }
        match (token.kind, context(before, open)) {
            (TokenKind::Word, Context::Event) if !token.is_word("NOT") => {
                let (event, property) = event_of(token.text);
                if let Some(property) = property {
                    let subject = Subject::Property(event.clone(), property);
                    let ty = types.get(&subject).copied();
                    self.tell(subject, ty);
                }
                if event != "*" {
                    self.events.insert(event);
                }
            }
            (TokenKind::Word, Context::Condition | Context::Value(_)) if is_name(token, next) => {
                if let Some(subject) = Scope::new(before, open).subject(token.text) {
                    let ty = types.get(&subject).copied();
                    self.tell(subject, ty);
                }
            }
            (TokenKind::String, Context::Segment) => {
                let name = token.text.trim_matches(['\'', '"']);
                // Names with escapes are rare, and not worth reading here.
                if !name.contains(['\\', '\'', '"']) {
                    self.segments.insert(name.to_owned());
                }
            }
            (TokenKind::String | TokenKind::Number, Context::Value([path])) => {
                if let Some(subject) = Scope::new(before, open).subject(path.text) {
                    let constants = self.constants.entry(subject).or_default();
                    constants.insert(token.text.to_owned());
                }
            }
            _ => {}
        }
    }
}

/// Whether a word where an operand stands is a name.
fn is_name(token: &Token<'_>, next: Option<&Token<'_>>) -> bool {
    let is_called = next.is_some_and(|it| it.is_symbol("("));
    let is_dated = next.is_some_and(|it| it.kind == TokenKind::String)
        && (token.is_word("TIMESTAMP") || token.is_word("DATE"));
    let is_keyword = KEYWORDS.iter().any(|it| token.is_word(it));
    !is_called && !is_dated && !is_keyword && !token.text.starts_with(':')
}

/// The types of what a rule names.
fn types(rule: &Rule) -> Types {
    let fields = rule.fields.iter();
    let mut types: Types = fields
        .map(|it| (Subject::Field(it.name.to_string()), it.ty))
        .collect();
    for events in rule.events() {
        let event = events.event.as_deref().unwrap_or("*");
        let properties = events.properties.iter();
        types.extend(properties.map(|it| {
            let subject = Subject::Property(event.to_owned(), it.name.to_string());
            (subject, it.ty)
        }));
    }
    rule.root
        .walk(&mut |node| types.extend(members(rule, node)));
    types
}

/// The members that a quantifier over a field reads.
fn members<'r>(rule: &'r Rule, node: &'r Node) -> impl Iterator<Item = (Subject, Type)> {
    let quantified = match &node.kind {
        NodeKind::Quantified(it) => Some(&**it),
        _ => None,
    };
    quantified.into_iter().flat_map(|it| {
        let list = it.list.span.text(&rule.source);
        it.members.iter().filter_map(move |member| {
            let name = member.name.as_ref()?.to_string();
            Some((Subject::Member(list.to_owned(), name), member.ty))
        })
    })
}
