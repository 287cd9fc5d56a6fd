//! The types of operands, and which tests there are of each.

use rulelang::Type;
use rulelang::builtins::{self, Kind};
use rulelang::tokens::{Token, TokenKind};

use super::names::Names;
use super::operand::said;
use super::scope::{Scope, Subject, event_of};

const EVERY: &[&str] = &[
    "==",
    "!=",
    "IN",
    "NOT IN",
    "IN LIST",
    "NOT IN LIST",
    "IS NULL",
    "IS NOT NULL",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
];
const TRUTHS: &[&str] = &["IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"];
const ORDERED: &[&str] = &["<", "<=", ">", ">=", "BETWEEN", "NOT BETWEEN"];
const NUMBERS: &[&str] = &["+", "-", "*", "/", "%", "DIV"];
const STRINGS: &[&str] = &[
    "LIKE",
    "NOT LIKE",
    "ILIKE",
    "NOT ILIKE",
    "MATCHES",
    "NOT MATCHES",
    "STARTS WITH",
    "NOT STARTS WITH",
    "ENDS WITH",
    "NOT ENDS WITH",
];
const PARTS: &[&str] = &["CONTAINS", "NOT CONTAINS", "IS EMPTY", "IS NOT EMPTY"];
const LISTS: &[&str] = &["CONTAINS ANY", "CONTAINS ALL", "CONTAINS NONE"];
const INSTANTS: &[&str] = &[
    "WITHIN LAST",
    "NOT WITHIN LAST",
    "WITHIN NEXT",
    "OLDER THAN",
    "BEFORE",
    "AFTER",
    "FROM",
    "DURING",
    "NOT DURING",
];

/// What may follow IS.
pub(super) const IS: &[&str] = &[
    "NULL",
    "NOT NULL",
    "TRUE",
    "NOT TRUE",
    "FALSE",
    "NOT FALSE",
    "EMPTY",
    "NOT EMPTY",
    "DISTINCT FROM",
    "NOT DISTINCT FROM",
];
/// What may follow IS NOT.
pub(super) const IS_NOT: &[&str] = &["NULL", "TRUE", "FALSE", "EMPTY", "DISTINCT FROM"];

/// The tests and operators of a type; of one that is not known, all.
pub(super) fn tests(ty: Option<Type>) -> Vec<&'static str> {
    let groups: &[&[&str]] = match ty {
        None | Some(Type::Any | Type::Null) => &[
            EVERY, ORDERED, TRUTHS, STRINGS, PARTS, LISTS, INSTANTS, NUMBERS,
        ],
        Some(Type::Bool) => &[EVERY, TRUTHS],
        Some(Type::Int | Type::Float) => &[EVERY, ORDERED, NUMBERS],
        Some(Type::String) => &[EVERY, ORDERED, STRINGS, PARTS],
        Some(Type::Timestamp | Type::Date) => &[EVERY, ORDERED, INSTANTS, &["+", "-"]],
        Some(Type::Duration) => &[EVERY, ORDERED, &["+", "-"]],
        Some(Type::List(_) | Type::Objects) => &[PARTS, LISTS, &["IS NULL", "IS NOT NULL"]],
    };
    groups.concat()
}

/// Whether a value of one type may stand where another is expected; what is not known may.
pub(super) fn fits(expected: Option<Type>, ty: Option<Type>) -> bool {
    let is_instant = |ty: Type| matches!(ty, Type::Timestamp | Type::Date);
    match (expected, ty) {
        (None | Some(Type::Any | Type::Null), _) | (_, None | Some(Type::Any)) => true,
        (Some(a), Some(b)) => {
            a == b || a.is_numeric() && b.is_numeric() || is_instant(a) && is_instant(b)
        }
    }
}

/// Whether what a function answers may stand there.
pub(super) fn kind_fits(expected: Option<Type>, kind: Kind) -> bool {
    match kind {
        Kind::Is(ty) => fits(expected, Some(ty)),
        Kind::Number => fits(expected, Some(Type::Float)),
        _ => true,
    }
}

/// The type of an operand; `None` where it is not known.
pub(super) fn type_of(operand: &[Token<'_>], scope: &Scope, names: &Names) -> Option<Type> {
    let first = operand.first()?;
    match (operand, first.kind) {
        ([_], TokenKind::String) => Some(Type::String),
        ([_], TokenKind::Number) => Some(Type::Float),
        ([_], TokenKind::Date) => Some(Type::Timestamp),
        ([_], TokenKind::Word) if first.is_word("TRUE") || first.is_word("FALSE") => {
            Some(Type::Bool)
        }
        ([_], TokenKind::Word) => names.ty(&scope.subject(first.text)?),
        ([_, text], TokenKind::Word) if text.kind == TokenKind::String => Some(Type::Timestamp),
        ([_, .., last], TokenKind::Word) if last.is_symbol(")") && is_one_call(operand) => {
            called(operand, names)
        }
        _ => None,
    }
}

/// Whether the bracket that closes at the end is the first one that opens.
fn is_one_call(operand: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let last = operand.len() - 1;
    let ends = operand.iter().position(|it| {
        match it.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && it.is_symbol(")")
    });
    ends == Some(last)
}

fn called(operand: &[Token<'_>], names: &Names) -> Option<Type> {
    match &*said(operand.get(..1)?, 0) {
        "COUNT" | "COUNT_IF" => Some(Type::Int),
        "SUM" | "AVG" => Some(Type::Float),
        "DID" | "SEQUENCE" | "ANY" | "ALL" | "NONE" | "PERCENT" => Some(Type::Bool),
        "MIN" | "MAX" | "FIRST" | "LAST" => {
            let (event, property) = event_of(operand.get(2)?.text);
            names.ty(&Subject::Property(event, property?))
        }
        name => match builtins::find(name)?.signatures.first()?.result {
            Kind::Is(ty) => Some(ty),
            Kind::Number => Some(Type::Float),
            _ => None,
        },
    }
}
