//! What pest reports, in the words of whoever writes rules: `expected …, found …`.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::Rule;
use super::lexer::{Lexer, Token, TokenKind};
use super::{hints, operators};
use crate::words::{RESERVED, is_one_of};
use crate::{Code, Diagnostic, Span};

/// Expectations named in one message; beyond that the list helps nobody.
const EXPECTED_MAX: usize = 6;

/// The byte at which the grammar knew no further; `None` where it was stopped instead.
pub(super) fn place(error: &Error<Rule>) -> Option<usize> {
    match (&error.variant, &error.location) {
        (ErrorVariant::ParsingError { .. }, InputLocation::Pos(at)) => Some(*at),
        _ => None,
    }
}

/// What is wrong with a source that the grammar refuses.
pub(super) fn syntax(source: &str, error: &Error<Rule>) -> Diagnostic {
    let (Some(at), ErrorVariant::ParsingError { positives, .. }) = (place(error), &error.variant)
    else {
        let span = Span::new(0, source.len());
        let message = "the rule takes too many steps to parse; make it simpler";
        return Diagnostic::error(Code::TooLarge, span, message);
    };
    let found = Lexer::new(source, at).next().and_then(Result::ok);
    let expects_operator = positives.iter().any(|rule| class(*rule) == Class::Operator);
    if let Some(token) = found.filter(|token| expects_operator && token.kind == TokenKind::Word)
        && let Some(error) = operators::unknown_word(&token)
    {
        return error;
    }
    let end = source.trim_end().len();
    let span = found.map_or(Span::new(end, end), |token| token.span);
    let found_text = found.map_or("the end of the rule".to_owned(), |token| describe(&token));
    let expected = expected(positives);
    let message = if expected.is_empty() {
        format!("unexpected {found_text}")
    } else {
        format!("expected {expected}, found {found_text}")
    };
    let diagnostic = Diagnostic::error(Code::Syntax, span, message);
    let before = last_before(source, at);
    let words = keywords(positives, before.as_ref());
    if let Some(word) = found.and_then(|token| operators::misspelled(&token, words)) {
        return diagnostic
            .with_help(format!("did you mean `{word}`?"))
            .with_fix(span, word);
    }
    if let Some(hint) = hints::find(source, at) {
        return hint.beside(diagnostic);
    }
    match found.and_then(|token| help(&token, before.as_ref(), positives)) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

fn describe(token: &Token) -> String {
    const SHOWN_MAX: usize = 30;
    let (text, more) = match token.text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => (token.text.get(..end).unwrap_or(""), "…"),
        None => (token.text, ""),
    };
    let text = text.replace(char::is_control, " ");
    if text.contains('`') {
        format!("{text}{more}")
    } else {
        format!("`{text}{more}`")
    }
}

fn last_before(source: &str, at: usize) -> Option<Token<'_>> {
    Lexer::new(source, 0)
        .map_while(Result::ok)
        .take_while(|token| (token.span.end as usize) <= at)
        .last()
}

/// How an expectation is worded.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Class {
    /// One of the many ways in which a value starts.
    Value,
    /// One of the many operators that may follow a value.
    Operator,
    /// By itself.
    Named(&'static str),
    /// Not at all: something else says it.
    Silent,
}

fn class(rule: Rule) -> Class {
    match rule {
        Rule::number_text
        | Rule::number
        | Rule::string
        | Rule::constant
        | Rule::brackets
        | Rule::array
        | Rule::open_square
        | Rule::field
        | Rule::sign
        | Rule::arithmetic
        | Rule::primary
        | Rule::expr
        | Rule::term
        | Rule::not_op
        | Rule::exists
        | Rule::did
        | Rule::in_segment
        | Rule::case
        | Rule::dated
        | Rule::aggregate
        | Rule::sequence
        | Rule::kw_sequence
        | Rule::call
        | Rule::kw_exists
        | Rule::kw_did
        | Rule::kw_case
        | Rule::aggregate_function
        | Rule::aggregate_word
        | Rule::date_word
        | Rule::quantified
        | Rule::quantity
        | Rule::function => Class::Value,
        Rule::arith_op | Rule::compare_op | Rule::compare | Rule::is | Rule::test | Rule::kw_is => {
            Class::Operator
        }
        Rule::open => Class::Named("`(`"),
        Rule::close => Class::Named("`)`"),
        Rule::close_square => Class::Named("`]`"),
        Rule::comma => Class::Named("`,`"),
        Rule::EOI => Class::Named("the end of the rule"),
        Rule::event | Rule::segment | Rule::sequence_step => Class::Named("an event"),
        Rule::property => Class::Named("a property"),
        Rule::item => Class::Named("a name for the item"),
        Rule::arrow => Class::Named("`=>`"),
        Rule::list => Class::Named("a list in brackets"),
        Rule::kw_and => Class::Named("the `AND` of BETWEEN"),
        Rule::and_op => Class::Named("`AND`"),
        Rule::or_op => Class::Named("`OR`"),
        Rule::window => Class::Named("a window (`WITHIN LAST 30 DAYS`)"),
        _ => word_class(rule),
    }
}

fn word_class(rule: Rule) -> Class {
    Class::Named(match rule {
        Rule::r#where | Rule::kw_where => "`WHERE`",
        Rule::kw_then => "`THEN`",
        Rule::kw_else => "`ELSE`",
        Rule::kw_end => "`END`",
        Rule::when | Rule::kw_when => "`WHEN`",
        Rule::kw_in | Rule::r#in => "`IN`",
        Rule::kw_not => "`NOT`",
        Rule::kw_null => "`NULL`",
        Rule::kw_true => "`TRUE`",
        Rule::kw_false => "`FALSE`",
        Rule::kw_empty => "`EMPTY`",
        Rule::distinct | Rule::kw_distinct => "`DISTINCT FROM`",
        Rule::kw_from | Rule::from_to => "`FROM`",
        Rule::kw_to => "`TO`",
        Rule::kw_ago => "`AGO`",
        Rule::kw_last => "`LAST`",
        Rule::kw_next => "`NEXT`",
        Rule::kw_than => "`THAN`",
        Rule::kw_with => "`WITH`",
        Rule::kw_segment => "`SEGMENT`",
        Rule::kw_between | Rule::between => "`BETWEEN`",
        Rule::kw_like | Rule::kw_ilike | Rule::like => "`LIKE`",
        Rule::kw_matches | Rule::matches => "`MATCHES`",
        Rule::kw_contains | Rule::contains => "`CONTAINS`",
        Rule::kw_within | Rule::within | Rule::sequence_within => "`WITHIN`",
        Rule::kw_escape => "`ESCAPE`",
        _ => return Class::Silent,
    })
}

/// The words among what is expected, where `before` is the token before it.
fn keywords(rules: &[Rule], before: Option<&Token>) -> impl Iterator<Item = &'static str> {
    const UNITS: &[&str] = &["SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS"];
    const WINDOWS: &[&str] = &["WITHIN", "DURING"];
    let after_number = before.is_some_and(|token| token.kind == TokenKind::Number);
    let units = after_number.then_some(UNITS);
    let windows = rules.contains(&Rule::window).then_some(WINDOWS);
    let named = rules.iter().filter_map(|rule| match class(*rule) {
        Class::Named(name) => name.strip_prefix('`')?.strip_suffix('`'),
        _ => None,
    });
    let others = units.into_iter().chain(windows).flatten().copied();
    others.chain(named)
}

/// `a value`, ``an operator or `)` ``, …; empty where nothing helps.
fn expected(rules: &[Rule]) -> String {
    let classes: Vec<Class> = rules.iter().map(|rule| class(*rule)).collect();
    let has_value = classes.contains(&Class::Value);
    let has_operator = classes.contains(&Class::Operator);
    let mut names: Vec<&str> = vec![];
    if has_value {
        names.push("a value");
    }
    if has_operator {
        names.push("an operator");
    }
    for class in classes {
        // A value may start with a bracket, and words are operators among others.
        let Class::Named(name) = class else { continue };
        let is_covered = (has_value && name == "`(`")
            || (has_operator && closing_rank(name).is_none())
            || (has_value && matches!(name, "`IN`" | "`NOT`" | "`NULL`" | "an event"));
        if !is_covered && !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| closing_rank(name).map_or(0, |rank| rank + 1));
    names.truncate(EXPECTED_MAX);
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Whether what is named ends a part of the rule, so that it is worth naming beside operators:
/// its place among them, or none.
fn closing_rank(name: &str) -> Option<usize> {
    const CLOSING: &[&str] = &[
        "the `AND` of BETWEEN",
        "`TO`",
        "`THEN`",
        "`WHEN`",
        "`ELSE`",
        "`END`",
        "`,`",
        "`)`",
        "`]`",
        "the end of the rule",
    ];
    CLOSING.iter().position(|closing| *closing == name)
}

fn help(found: &Token, before: Option<&Token>, expected: &[Rule]) -> Option<&'static str> {
    let after_word = before.is_some_and(|token| token.kind == TokenKind::Word);
    let expects_value = expected.iter().any(|rule| class(*rule) == Class::Value);
    let expects_end = expected
        .iter()
        .any(|rule| matches!(rule, Rule::EOI | Rule::close | Rule::close_square));
    if found.is_symbol("(") && before.is_some_and(|token| token.text.contains('.')) {
        return Some("there are no methods: write `LOWER(name)`, not `name.lower()`");
    }
    if found.is_word("where") && expects_end {
        return Some("a WHERE needs brackets: `DID(event WHERE condition)`");
    }
    if found.is_word("not") && expects_value {
        return Some("put brackets around it: `x == (NOT y)`");
    }
    if is_one_of(found.text, RESERVED) && expects_value && found.kind == TokenKind::Word {
        return Some("a field with the name of a reserved word is written in backticks");
    }
    if found.kind == TokenKind::Word && after_word && expects_end {
        return Some("a name with blanks or special characters is written in backticks");
    }
    None
}
