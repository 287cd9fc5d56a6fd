//! Operands, read backwards from where they end.

use rulelang::tokens::{Token, TokenKind};

/// Words that end no operand: one may follow them.
const BEFORE_OPERANDS: &[&str] = &[
    "AND", "OR", "NOT", "IN", "IS", "WHEN", "THEN", "ELSE", "CASE", "BETWEEN", "LIKE", "ILIKE",
    "MATCHES", "CONTAINS", "WITH", "FROM", "TO", "BEFORE", "AFTER", "DURING", "WHERE", "EXISTS",
    "DID", "DIV", "ESCAPE", "THAN",
];

/// Units of durations, without the `S` of the plural.
const UNITS: &[&str] = &[
    "MILLISECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "MONTH",
    "YEAR",
];

/// The word or symbol that stands so many tokens before the end, in upper case; `""` for a
/// constant, and where there is none.
pub(super) fn said(tokens: &[Token<'_>], back: usize) -> String {
    let token = tokens.iter().rev().nth(back);
    token
        .filter(|it| matches!(it.kind, TokenKind::Word | TokenKind::Symbol))
        .map_or_else(String::new, |it| it.text.to_ascii_uppercase())
}

/// All but so many tokens at the end.
pub(super) fn without<'a, 't>(tokens: &'t [Token<'a>], last: usize) -> &'t [Token<'a>] {
    tokens
        .get(..tokens.len().saturating_sub(last))
        .unwrap_or_default()
}

/// Whether an operand may end at the end.
pub(super) fn ends_operand(tokens: &[Token<'_>]) -> bool {
    tokens.last().is_some_and(|it| match it.kind {
        TokenKind::Word => !BEFORE_OPERANDS.iter().any(|word| it.is_word(word)),
        TokenKind::String | TokenKind::Number | TokenKind::Date => true,
        _ => it.is_symbol(")") || it.is_symbol("]"),
    })
}

/// Whether a length of time ends at the end: `30 DAYS`, `30d`, `2 CALENDAR MONTHS`. Gives the tokens
/// before it, and whether it is a calendar's.
pub(super) fn before_duration<'a, 't>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], bool)> {
    let is_number = |back: usize| {
        let token = tokens.iter().rev().nth(back);
        token.is_some_and(|it| it.kind == TokenKind::Number)
    };
    let last = tokens.last()?;
    let word = said(tokens, 0);
    let is_unit = UNITS.contains(&word.strip_suffix('S').unwrap_or(&word));
    if is_unit && is_number(1) {
        return Some((without(tokens, 2), false));
    }
    if is_unit && said(tokens, 1) == "CALENDAR" && is_number(2) {
        return Some((without(tokens, 3), true));
    }
    let has_unit = is_number(0) && last.text.ends_with(|it: char| it.is_ascii_alphabetic());
    has_unit.then(|| (without(tokens, 1), false))
}

/// The operand that ends at the end, arithmetic and all; none where none does.
pub(super) fn operand<'a, 't>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut start = tokens.len();
    loop {
        let before = tokens.get(..start).unwrap_or_default();
        if !ends_operand(before) {
            break;
        }
        start -= primary(before);
        let before = tokens.get(..start).unwrap_or_default();
        let is_joined = matches!(&*said(before, 0), "+" | "-" | "*" | "/" | "%" | "DIV");
        if !is_joined || !ends_operand(without(before, 1)) {
            break;
        }
        start -= 1;
    }
    tokens.get(start..).unwrap_or_default()
}

/// How many tokens the primary has that ends at the end.
fn primary(tokens: &[Token<'_>]) -> usize {
    let last = said(tokens, 0);
    if let Some((before, _)) = before_duration(tokens) {
        return tokens.len() - before.len();
    }
    let is_dated = matches!(&*said(tokens, 1), "TIMESTAMP" | "DATE");
    match &*last {
        ")" | "]" => bracketed(tokens),
        "END" => {
            let case = tokens.iter().rev().position(|it| it.is_word("CASE"));
            case.map_or(1, |back| back + 1)
        }
        "" if is_dated => 2,
        _ => 1,
    }
}

/// How many tokens the bracket has that closes at the end, with the word that it belongs to.
fn bracketed(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    let opening = tokens.iter().rev().position(|it| {
        match it.text {
            ")" | "]" => depth += 1,
            "(" | "[" => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let length = opening.map_or(tokens.len(), |back| back + 1);
    let before = without(tokens, length);
    let is_applied = before.last().is_some_and(|it| it.kind == TokenKind::Word)
        && tokens
            .iter()
            .rev()
            .nth(length - 1)
            .is_some_and(|it| it.is_symbol("("))
        && (ends_operand(before) || said(before, 0) == "DID");
    match &*said(before, 0) {
        "DISTINCT" if said(before, 1) == "COUNT" => length + 2,
        _ => length + usize::from(is_applied),
    }
}
