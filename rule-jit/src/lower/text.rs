//! Strings against patterns.

use std::sync::Arc;

use memchr::memmem::Finder;
use rulelang::Value;
use rulelang::rule::{self, Node, NodeKind};
use rulelang::text::LikePattern;

use super::Lowering;
use crate::constants::Object;
use crate::error::NotCompiled;
use crate::shape::{Op, Sort, TextTest};
use crate::term::{Term, Word};

impl Lowering<'_> {
    /// Whether a string passes (`negated`: is present and fails).
    pub(super) fn text_test(
        &mut self,
        test: &rule::TextTest,
        operand: &Node,
        pattern: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let text = self.value(operand)?;
        let constant = match &pattern.kind {
            NodeKind::Literal(Value::String(text)) => Some(Arc::clone(text)),
            _ => None,
        };
        if text.sort() != Some(Sort::Text) {
            return Ok(Term::bit(false));
        }
        let prepared = |test, object| {
            let op = Op::Text { test, negated };
            Term::new(op, vec![Word::Object(object)], vec![text.clone()])
        };
        Ok(match (test, constant) {
            (rule::TextTest::Like(like), _) => return self.like(like, text, negated),
            (rule::TextTest::Matches(regex), _) => {
                prepared(TextTest::Matches, Object::Regex(Arc::new(regex.clone())))
            }
            (rule::TextTest::Contains, Some(needle)) => prepared(TextTest::Find, finder(&needle)),
            (rule::TextTest::Contains, None) => {
                self.with_pattern(TextTest::Contains, text, pattern, negated)?
            }
            (rule::TextTest::StartsWith, _) => {
                self.with_pattern(TextTest::StartsWith, text, pattern, negated)?
            }
            (rule::TextTest::EndsWith, _) => {
                self.with_pattern(TextTest::EndsWith, text, pattern, negated)?
            }
        })
    }

    /// A test whose pattern is a value like any other.
    fn with_pattern(
        &mut self,
        test: TextTest,
        text: Term,
        pattern: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let pattern = self.value(pattern)?;
        if pattern.sort() != Some(Sort::Text) {
            return Ok(Term::bit(false));
        }
        let op = Op::Text { test, negated };
        Ok(Term::new(op, Vec::new(), vec![text, pattern]))
    }

    /// LIKE, as a simpler test where the pattern is one.
    fn like(&mut self, like: &LikePattern, text: Term, negated: bool) -> Result<Term, NotCompiled> {
        let with_text = |test, pattern: Term| {
            let op = Op::Text { test, negated };
            Ok(Term::new(op, Vec::new(), vec![text.clone(), pattern]))
        };
        let source = like.source();
        let inner = source.trim_matches('%');
        let plain = !like.is_folded() && like.escape().is_none() && !inner.contains(['%', '_']);
        let (head, tail) = (source.starts_with('%'), source.ends_with('%'));
        match (plain, head, tail) {
            (true, false, false) => {
                let key = u64::from(self.symbol(source));
                Ok(Term::is_in(text, Sort::Text, vec![key], negated))
            }
            (true, false, true) => with_text(TextTest::StartsWith, self.text_constant(inner)),
            (true, true, false) => with_text(TextTest::EndsWith, self.text_constant(inner)),
            (plain, ..) => {
                let (test, object) = if plain {
                    (TextTest::Find, finder(inner))
                } else {
                    (TextTest::Like, Object::Like(Arc::new(like.clone())))
                };
                let op = Op::Text { test, negated };
                Ok(Term::new(op, vec![Word::Object(object)], vec![text]))
            }
        }
    }

    /// `IS EMPTY` of a string or a list.
    pub(super) fn is_empty(&mut self, operand: &Node, negated: bool) -> Result<Term, NotCompiled> {
        let value = self.value(operand)?;
        Ok(match value.sort() {
            Some(sort @ (Sort::Text | Sort::Any)) => {
                Term::new(Op::IsEmpty { sort, negated }, Vec::new(), vec![value])
            }
            _ => Term::bit(false),
        })
    }

    /// A string constant, with a symbol of the dictionary.
    pub(super) fn text_constant(&mut self, text: &str) -> Term {
        let symbol = self.symbol(text);
        let slot = crate::row::Slot::text(text, symbol);
        let words = vec![
            Word::Object(Object::Text(text.into())),
            Word::Bits(slot.meta),
        ];
        Term::new(Op::Constant(Sort::Text), words, Vec::new())
    }
}

fn finder(needle: &str) -> Object {
    Object::Finder(Arc::new(Finder::new(needle).into_owned()))
}
