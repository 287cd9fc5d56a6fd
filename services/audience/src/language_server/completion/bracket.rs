//! The brackets that stand open at the cursor: what each is, and what may begin in it.

use rulelang::builtins::{self, Kind};
use rulelang::tokens::{Token, TokenKind};

use super::context::{Context, context};
use super::operand::{ends_operand, operand, said, without};

/// What a bracket is, by what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket<'a> {
    /// The events of an aggregate or of DID.
    Events,
    /// The steps of a SEQUENCE.
    Steps,
    /// `list, item => condition`
    Quantifier,
    /// What IN or CONTAINS ANY takes.
    Items,
    /// The arguments of a function.
    Call(&'a str),
    /// A list.
    List,
    /// Anything, for precedence.
    Group,
}

impl<'a> Bracket<'a> {
    /// The bracket at `at`.
    pub(super) fn at(tokens: &[Token<'a>], at: usize) -> Self {
        let before = tokens.get(..at).unwrap_or_default();
        if tokens.get(at).is_some_and(|it| it.is_symbol("[")) {
            return Self::List;
        }
        let earlier = said(before, 1);
        match (&*earlier, &*said(before, 0)) {
            ("CONTAINS", "ANY" | "ALL" | "NONE") | (_, "IN") => Self::Items,
            ("COUNT", "DISTINCT")
            | ("DID", "NOT")
            | (_, "COUNT" | "SUM" | "AVG" | "MIN" | "MAX" | "FIRST" | "LAST" | "DID") => {
                Self::Events
            }
            (_, "SEQUENCE") => Self::Steps,
            (_, "ANY" | "ALL" | "NONE" | "COUNT_IF") => Self::Quantifier,
            _ => match before.last() {
                Some(it) if it.kind == TokenKind::Word && ends_operand(before) => {
                    Self::Call(it.text)
                }
                _ => Self::Group,
            },
        }
    }
}

/// Takes note of a token that opens a bracket or closes one.
pub(super) fn track(open: &mut Vec<usize>, at: usize, token: &Token<'_>) {
    match token.text {
        "(" | "[" => open.push(at),
        ")" | "]" => drop(open.pop()),
        _ => {}
    }
}

/// What may begin in the innermost of the open brackets, at its beginning or behind a comma.
pub(super) fn begin<'a, 't>(tokens: &'t [Token<'a>], open: &[usize]) -> Context<'a, 't> {
    let Some((&at, outer)) = open.split_last() else {
        return Context::Condition;
    };
    let before = tokens.get(..at).unwrap_or_default();
    let inner = tokens.get(at + 1..).unwrap_or_default();
    match Bracket::at(tokens, at) {
        Bracket::Events | Bracket::Steps => Context::Event,
        Bracket::Quantifier if !inner.is_empty() => Context::Nothing,
        Bracket::Quantifier | Bracket::List => Context::Value(&[]),
        Bracket::Items => {
            let words = if said(before, 0) == "IN" { 1 } else { 2 };
            let before = without(before, words);
            let negated = usize::from(said(before, 0) == "NOT");
            Context::Value(operand(without(before, negated)))
        }
        Bracket::Call(name) => {
            let commas = level(inner).filter(|(_, it)| it.is_symbol(","));
            argument(name, commas.count())
        }
        Bracket::Group => match context(before, outer) {
            value @ Context::Value(_) => value,
            _ => Context::Condition,
        },
    }
}

/// What a function takes at `index`.
fn argument<'a, 't>(function: &str, index: usize) -> Context<'a, 't> {
    if function.eq_ignore_ascii_case("IF") && index == 0 {
        return Context::Condition;
    }
    let signatures = builtins::find(function).map_or(&[][..], |it| it.signatures);
    let mut kinds = signatures
        .iter()
        .filter_map(|it| Some(it.parameter(index)?.kind));
    match kinds.find(|it| it.is_named()) {
        Some(Kind::Zone) => Context::Zone,
        Some(Kind::Word(words)) => Context::Constants(words),
        _ => Context::Value(&[]),
    }
}

/// The tokens that stand in no bracket of their own, and where.
pub(super) fn level<'a, 't>(
    tokens: &'t [Token<'a>],
) -> impl DoubleEndedIterator<Item = (usize, &'t Token<'a>)> {
    let mut depth = 0_usize;
    let mut level = vec![];
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token.text, ")" | "]") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            level.push((at, token));
        }
        if matches!(token.text, "(" | "[") {
            depth += 1;
        }
    }
    level.into_iter()
}

/// The step of a sequence, or the events of an aggregate, in a bracket: what stands behind the last
/// `THEN [NOT]`.
pub(super) fn step<'a, 't>(inner: &'t [Token<'a>], bracket: Bracket<'_>) -> &'t [Token<'a>] {
    if bracket != Bracket::Steps {
        return inner;
    }
    let then = level(inner).rfind(|(_, it)| it.is_word("THEN"));
    let step = inner
        .get(then.map_or(0, |(at, _)| at + 1)..)
        .unwrap_or_default();
    match step.split_first() {
        Some((not, rest)) if not.is_word("NOT") => rest,
        _ => step,
    }
}

/// What stands behind the WHERE of a step.
pub(super) fn filter<'a, 't>(step: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (at, _) = level(step).find(|(_, it)| it.is_word("WHERE"))?;
    step.get(at + 1..)
}
