//! Days and instants without quotes, which would otherwise be subtractions.
//!
//! INVARIANT: what the formatter prints has blanks around `-`, so it never has one of these.

use super::lexer::Token;
use crate::time::{parse_date, parse_timestamp};
use crate::words::continues_name;
use crate::{Code, Diagnostic};

/// Bytes of the day or instant that `rest` starts with: `2026-01-31`, `2026-01-31T10:00:00Z`, also with
/// a blank before the time; `None` where it starts with none.
pub(super) fn length(rest: &str) -> Option<usize> {
    let after = after_shape(rest, "0000-00-00")?;
    let end = match after.strip_prefix(['T', 't', ' ']).map(after_time) {
        Some(Some(end)) => end,
        _ => after,
    };
    (!end.starts_with(continues_name)).then_some(rest.len() - end.len())
}

/// What follows a time, its fraction of a second and its offset.
fn after_time(text: &str) -> Option<&str> {
    let mut rest = after_shape(text, "00:00")?;
    rest = after_shape(rest, ":00").unwrap_or(rest);
    if let Some(fraction) = after_shape(rest, ".0") {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let offset = rest.strip_prefix(['Z', 'z']).or_else(|| {
        let offset = rest.strip_prefix(['+', '-'])?;
        after_shape(offset, "00:00")
    });
    Some(offset.unwrap_or(rest))
}

/// What follows `shape`, in which `0` stands for any digit.
fn after_shape<'s>(text: &'s str, shape: &str) -> Option<&'s str> {
    let fits = |(byte, shape): (u8, u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == shape,
    };
    let start = text.get(..shape.len())?;
    start.bytes().zip(shape.bytes()).all(fits).then_some(())?;
    text.get(shape.len()..)
}

/// What such a token can be.
struct Literal {
    /// The word before its quotes.
    word: &'static str,
    is_read: fn(&str) -> bool,
    /// What to do where it cannot be read.
    help: &'static str,
}

const DAY: Literal = Literal {
    word: "DATE",
    is_read: |text| parse_date(text).is_some(),
    help: "there is no such day; dates are written `DATE '2026-12-31'`",
};
const INSTANT: Literal = Literal {
    word: "TIMESTAMP",
    is_read: |text| parse_timestamp(text).is_some(),
    help: "instants are written with their offset from UTC: `TIMESTAMP '2026-12-31T10:00:00Z'`",
};

/// The error for such a token, after the token `last`.
pub(super) fn unquoted(token: &Token, last: Option<&Token>) -> Diagnostic {
    let text = token.text.replace(' ', "T");
    let (literal, message) = if text.contains(['T', 't']) {
        (INSTANT, String::from("an instant stands in quotes"))
    } else {
        (DAY, format!("`{text}` is a subtraction, not a date"))
    };
    let error = Diagnostic::error(Code::BadLiteral, token.span, message);
    let Literal {
        word,
        is_read,
        help,
    } = literal;
    if !is_read(&text) {
        return error.with_help(help);
    }
    let quoted = format!("'{text}'");
    let whole = format!("{word} {quoted}");
    let has_word = last.is_some_and(|last| last.is_word(word));
    error
        .with_help(format!("write `{whole}`"))
        .with_fix(token.span, if has_word { quoted } else { whole })
}
