//! Where the cursor stands, told by the tokens before it.
//!
//! It is no second grammar: it looks at the last words and at the operand before them. Where the
//! text is no rule and never will be, it says something all the same.

use rulelang::tokens::{Token, TokenKind};

use super::bracket::{Bracket, begin, filter, step};
use super::operand::{before_duration, ends_operand, operand, said, without};
use super::types::{IS, IS_NOT};

/// What may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Context<'a, 't> {
    /// What nobody can know: a number, a new name.
    Nothing,
    /// A condition.
    Condition,
    /// A value, beside the operand that it is compared with; that is empty where there is none.
    Value(&'t [Token<'a>]),
    /// A test of an operand; behind NOT, where it is negated.
    Test {
        operand: &'t [Token<'a>],
        negated: bool,
    },
    /// What follows a condition.
    Joint,
    /// The zone of a window, or what follows a condition.
    Zoned,
    /// An event.
    Event,
    /// A window, or a condition on the events.
    Window,
    /// The unit of a length of time; those of a calendar too.
    Unit { calendar: bool },
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of a segment, as a string.
    Segment,
    /// The name of a list, as a string.
    List,
    /// The name of a time zone, as a string.
    Zone,
    /// One of these constant strings.
    Constants(&'static [&'static str]),
}

const CALENDAR: &[&str] = &["DAYS", "WEEKS", "MONTHS", "YEARS"];

/// What may stand behind these tokens, of which the brackets at `open` are open.
pub(super) fn context<'a, 't>(tokens: &'t [Token<'a>], open: &[usize]) -> Context<'a, 't> {
    let start = open.last().map_or(0, |at| at + 1);
    let inner = tokens.get(start..).unwrap_or_default();
    let bracket = open.last().map(|at| Bracket::at(tokens, *at));
    if let Some(bracket @ (Bracket::Events | Bracket::Steps)) = bracket {
        let step = step(inner, bracket);
        return match (step, filter(step)) {
            ([], _) => Context::Event,
            (_, Some([])) => Context::Condition,
            (_, Some(filter)) => after(filter),
            ([_], _) => Context::Window,
            ([_, window @ ..], _) => after(window),
        };
    }
    if inner.last().is_none_or(|it| it.is_symbol(",")) {
        return begin(tokens, open);
    }
    after(inner)
}

/// What may stand behind some tokens that all stand in one bracket.
fn after<'a, 't>(tokens: &'t [Token<'a>]) -> Context<'a, 't> {
    let rest = without(tokens, 1);
    match tokens.last().map(|it| it.kind) {
        None => Context::Condition,
        Some(TokenKind::Symbol) => after_symbol(tokens, rest),
        Some(TokenKind::Word) => after_word(tokens, rest),
        Some(TokenKind::Number) => after_number(tokens, rest),
        Some(TokenKind::String) if matches!(&*said(rest, 0), "SEGMENT" | "LIST" | "IN") => {
            Context::Joint
        }
        Some(TokenKind::String | TokenKind::Date) => after_operand(tokens),
        Some(TokenKind::Curly | TokenKind::Stray) => Context::Nothing,
    }
}

fn after_symbol<'a, 't>(tokens: &'t [Token<'a>], rest: &'t [Token<'a>]) -> Context<'a, 't> {
    match &*said(tokens, 0) {
        "=>" | "&&" | "||" | "!" => Context::Condition,
        "==" | "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" => Context::Value(operand(rest)),
        // Of any event.
        "*" if !ends_operand(rest) => Context::Window,
        "+" | "-" | "*" | "/" | "%" => Context::Value(&[]),
        ")" | "]" => after_operand(tokens),
        _ => Context::Nothing,
    }
}

fn after_word<'a, 't>(tokens: &'t [Token<'a>], rest: &'t [Token<'a>]) -> Context<'a, 't> {
    let earlier = said(rest, 0);
    let is_test = ends_operand(rest) || earlier == "NOT" && ends_operand(without(rest, 1));
    match (&*earlier, &*said(tokens, 0)) {
        ("IN", "SEGMENT") => Context::Segment,
        ("IN", "LIST") => Context::List,
        ("IS", "NOT") => Context::Word(IS_NOT),
        ("DISTINCT", "FROM") => Context::Value(distinct(rest)),
        ("DID", "NOT") | (_, "DID") => Context::Event,
        (_, "NOT") if is_test => Context::Test {
            operand: operand(rest),
            negated: true,
        },
        (_, "AND") => match between(rest) {
            Some(operand) => Context::Value(operand),
            None => Context::Condition,
        },
        (_, "NOT" | "OR" | "WHEN") => Context::Condition,
        (_, "THEN" | "ELSE" | "DIV" | "EXISTS") => Context::Value(&[]),
        (_, "CASE") => Context::Word(&["WHEN"]),
        (_, "IN") if before_duration(rest).is_some() => Context::Zone,
        (_, "IN") if is_test => Context::Word(&["LIST"]),
        (_, "IN") => Context::Word(&["SEGMENT"]),
        (_, word) if is_test => after_test(word, rest).unwrap_or_else(|| after_time(tokens, rest)),
        _ => after_time(tokens, rest),
    }
}

/// What a test asks for behind its first words.
fn after_test<'a, 't>(word: &str, rest: &'t [Token<'a>]) -> Option<Context<'a, 't>> {
    Some(match word {
        "LIKE" | "ILIKE" | "MATCHES" | "CONTAINS" | "BETWEEN" | "BEFORE" | "AFTER" | "DURING" => {
            Context::Value(tested(rest))
        }
        "IS" => Context::Word(IS),
        "STARTS" | "ENDS" => Context::Word(&["WITH"]),
        "WITHIN" => Context::Word(&["LAST", "NEXT"]),
        "OLDER" => Context::Word(&["THAN"]),
        "FROM" => Context::Nothing,
        "TO" if before_duration(rest).is_some() => Context::Nothing,
        "TO" => Context::Value(&[]),
        "WITH" if matches!(&*said(rest, 0), "STARTS" | "ENDS") => {
            Context::Value(tested(without(rest, 1)))
        }
        "CALENDAR" if rest.last().is_some_and(|it| it.kind == TokenKind::Number) => {
            Context::Word(CALENDAR)
        }
        _ => return None,
    })
}

/// The rest of the forms of time and of IS, and operands.
fn after_time<'a, 't>(tokens: &'t [Token<'a>], rest: &'t [Token<'a>]) -> Context<'a, 't> {
    match (&*said(rest, 0), &*said(tokens, 0)) {
        ("IS" | "NOT", "DISTINCT") => Context::Word(&["FROM"]),
        // Of events.
        (_, "WITHIN") => Context::Word(&["LAST"]),
        ("WITHIN", "LAST" | "NEXT") | ("OLDER", "THAN") | (_, "FROM") => Context::Nothing,
        ("IS" | "NOT", "NULL" | "TRUE" | "FALSE" | "EMPTY") | (_, "AGO") | ("EXISTS", _) => {
            Context::Joint
        }
        ("DID", _) => Context::Window,
        ("NOT", _) if said(rest, 1) == "DID" => Context::Window,
        _ => match before_duration(tokens) {
            Some((before, calendar)) => after_duration(tokens, before, calendar),
            None => after_operand(tokens),
        },
    }
}

fn after_number<'a, 't>(tokens: &'t [Token<'a>], rest: &'t [Token<'a>]) -> Context<'a, 't> {
    if let Some((before, calendar)) = before_duration(tokens) {
        return after_duration(tokens, before, calendar);
    }
    match &*said(rest, 0) {
        "LAST" => Context::Unit { calendar: true },
        "NEXT" | "THAN" | "FROM" | "WITHIN" => Context::Unit { calendar: false },
        "+" | "-"
            if operand(without(rest, 1))
                .first()
                .is_some_and(|it| it.is_word("NOW")) =>
        {
            Context::Unit { calendar: false }
        }
        "TO" if before_duration(without(rest, 1)).is_some() => Context::Unit { calendar: false },
        _ => after_operand(tokens),
    }
}

/// `before` is what stands before the length of time at the end.
fn after_duration<'a, 't>(
    tokens: &'t [Token<'a>],
    before: &'t [Token<'a>],
    calendar: bool,
) -> Context<'a, 't> {
    let anniversary = tested(without(before, 2)).first();
    match &*said(before, 0) {
        "LAST" | "NEXT" if calendar || anniversary.is_some_and(|it| it.is_word("ANNIVERSARY")) => {
            Context::Zoned
        }
        "LAST" | "NEXT" | "THAN" | "WITHIN" => Context::Joint,
        "FROM" => Context::Word(&["TO"]),
        "TO" => Context::Word(&["AGO"]),
        _ => after_operand(tokens),
    }
}

/// Behind an operand: its tests, or what follows where it is the end of one.
fn after_operand<'a, 't>(tokens: &'t [Token<'a>]) -> Context<'a, 't> {
    let operand = operand(tokens);
    let before = without(tokens, operand.len());
    match &*said(before, 0) {
        "BETWEEN" => Context::Word(&["AND"]),
        "DURING" => Context::Word(&["TO"]),
        "AND" if between(without(before, 1)).is_some() => Context::Joint,
        "==" | "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "LIKE" | "ILIKE" | "MATCHES"
        | "CONTAINS" | "WITH" | "BEFORE" | "AFTER" | "FROM" | "TO" | "IN" | "ESCAPE" => {
            Context::Joint
        }
        _ => Context::Test {
            operand,
            negated: false,
        },
    }
}

/// The operand of a BETWEEN whose lower end is at the end.
fn between<'a, 't>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let before = without(tokens, operand(tokens).len());
    (said(before, 0) == "BETWEEN").then(|| tested(without(before, 1)))
}

/// The operand before the words of a test, of which a NOT may remain.
fn tested<'a, 't>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    operand(without(tokens, usize::from(said(tokens, 0) == "NOT")))
}

/// The left side of `IS [NOT] DISTINCT`.
fn distinct<'a, 't>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let words = if said(tokens, 1) == "NOT" { 3 } else { 2 };
    operand(without(tokens, words))
}
