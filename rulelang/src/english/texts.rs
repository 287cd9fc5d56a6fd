//! Tests of strings against patterns.

use super::Teller;
use super::layout::Told;
use super::values::quoted;
use crate::rule::{Node, TextTest};
use crate::text::LikePattern;

impl Teller<'_> {
    /// LIKE, MATCHES, CONTAINS and the like, and their opposites.
    pub(super) fn text(self, test: &TextTest, operand: &Node, pattern: &Node, holds: bool) -> Told {
        let value = self.value(operand);
        let known = self.known_and(operand);
        let (does, does_not, what) = match test {
            TextTest::Contains => ("contains", "does not contain", self.atom(pattern)),
            TextTest::StartsWith => ("starts with", "does not start with", self.atom(pattern)),
            TextTest::EndsWith => ("ends with", "does not end with", self.atom(pattern)),
            TextTest::Like(like) => ("looks like", "does not look like", like_words(like)),
            TextTest::Matches(regex) => (
                "matches the regular expression",
                "does not match the regular expression",
                quoted(regex.as_str()),
            ),
        };
        Told::Plain(match (holds, known) {
            (true, _) => format!("{value} {does} {what}"),
            (false, "") => format!("{value} {does_not} {what}"),
            (false, _) => format!("{value} is known and {does_not} {what}"),
        })
    }
}

/// A pattern, and what stands for what in it.
fn like_words(like: &LikePattern) -> String {
    let source = like.source();
    let mut notes = vec![];
    if source.contains('%') {
        notes.push(String::from("% is any text"));
    }
    if source.contains('_') {
        notes.push(String::from("_ is any character"));
    }
    if let Some(escape) = like.escape() {
        notes.push(format!("what follows {escape} is meant as it is"));
    }
    if like.is_folded() {
        notes.push(String::from("capital or small"));
    }
    match notes.as_slice() {
        [] => quoted(source),
        _ => format!("{} ({})", quoted(source), notes.join(", ")),
    }
}
