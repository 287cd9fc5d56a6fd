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
    const DAY: &str = "0000-00-00";
    let after = after_shape(rest, DAY)?;
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

/// The error for such a token, after the token `last`.
pub(super) fn unquoted(token: &Token, last: Option<&Token>) -> Diagnostic {
    let text = token.text.replace(' ', "T");
    let is_day = !text.contains(['T', 't']);
    let message = match is_day {
        true => format!("`{text}` is a subtraction, not a date"),
        false => String::from("an instant stands in quotes"),
    };
    let error = Diagnostic::error(Code::BadLiteral, token.span, message);
    let (word, is_read) = match is_day {
        true => ("DATE", parse_date(&text).is_some()),
        false => ("TIMESTAMP", parse_timestamp(&text).is_some()),
    };
    if is_read {
        let literal = format!("{word} '{text}'");
        let has_word = last.is_some_and(|last| last.is_word(word));
        let fix = match has_word {
            true => format!("'{text}'"),
            false => literal.clone(),
        };
        return error
            .with_help(format!("write `{literal}`"))
            .with_fix(token.span, fix);
    }
    error.with_help(match is_day {
        true => "there is no such day; dates are written `DATE '2026-12-31'`",
        false => {
            "instants are written with their offset from UTC: `TIMESTAMP '2026-12-31T10:00:00Z'`"
        }
    })
}
