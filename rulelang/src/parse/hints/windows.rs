//! Windows that stand after the WHERE of an aggregate or after its brackets.

use super::super::lexer::TokenKind;
use super::Hint;
use super::place::Place;
use crate::Span;
use crate::diagnostic::Fix;

/// What takes events in brackets, and cannot itself be an instant that is tested against a window.
const AGGREGATES: &[&str] = &["count", "distinct", "sum", "avg", "min", "max", "did"];

const COMPARISONS: &[&str] = &["==", "=", "!=", "<>", "<", "<=", ">", ">="];

/// A window right after which a WHERE may be followed by anything.
struct Home {
    /// The token with which what is shown begins: `SUM`, or a step of a sequence.
    from: usize,
    /// The token before which the window belongs: the WHERE, or the bracket that closes.
    to: usize,
    is_step: bool,
}

/// Where the window at this place is, and what to do about it, if it belongs elsewhere.
pub(super) fn misplaced(place: &Place) -> Option<(Span, Hint)> {
    let within = window_start(place)?;
    let home = home_before(place, within).or_else(|| home_around(place, within))?;
    let window = window_span(place, within, home.is_step)?;
    let [start, from, to, before_to] = [within, home.from, home.to, home.to.checked_sub(1)?]
        .map(|index| place.tokens.get(index).map(|token| token.span));
    let (start, from, to, before_to) = (start?, from?, to?, before_to?);
    let after = place.tokens.get(within + 1)?.span.start;
    let text = format!("WITHIN {}", place.between(after, window.end));
    let head = place.between(from.start, before_to.end);
    let rest = place.between(to.start, start.start).trim_end();
    let is_where = place.is_word(home.to, "where");
    let help = match (is_where, home.is_step) {
        (true, true) => {
            format!("the `WITHIN` of a step stands before WHERE: `{head} {text} WHERE …`")
        }
        (true, false) => {
            format!("the window stands within the brackets, before WHERE: `{head} {text} WHERE …)`")
        }
        _ => format!("the window stands within the brackets: `{head} {text})`"),
    };
    let replacement = match is_where {
        true => format!("{text} {rest}"),
        false => format!(" {text}{rest}"),
    };
    let span = to.to(window);
    let fix = Some(Fix { span, replacement });
    Some((window, Hint { help, fix }))
}

/// Where the window that the place is at starts: `WITHIN`, or the `IN` of `IN LAST 30 DAYS`.
fn window_start(place: &Place) -> Option<usize> {
    let starts = [Some(place.at), place.at.checked_sub(1)];
    starts.into_iter().flatten().find(|start| {
        let is_in = place.is_word(*start, "in") && place.is_word(start + 1, "last");
        is_in || place.is_word(*start, "within")
    })
}

/// `WITHIN LAST 30 DAYS`, and `WITHIN 1h` of a step.
fn window_span(place: &Place, within: usize, is_step: bool) -> Option<Span> {
    let number = match (place.is_word(within + 1, "last"), is_step) {
        (true, _) => within + 2,
        (false, true) => within + 1,
        (false, false) => return None,
    };
    let kind = |index: usize| place.tokens.get(index).map(|token| token.kind);
    (kind(number)? == TokenKind::Number).then_some(())?;
    let mut last = number;
    let digits = place.tokens.get(number)?.text;
    if digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'_')
    {
        last += 1 + usize::from(place.is_word(number + 1, "calendar"));
        (kind(last)? == TokenKind::Word).then_some(())?;
    }
    if place.is_word(last + 1, "in") && kind(last + 2) == Some(TokenKind::String) {
        last += 2;
    }
    let start = place.tokens.get(within)?.span;
    Some(start.to(place.tokens.get(last)?.span))
}

/// That of `COUNT(e) WITHIN …`, or of `COUNT(e) > 3 WITHIN …`.
fn home_before(place: &Place, within: usize) -> Option<Home> {
    let before = within.checked_sub(1)?;
    let close = if place.is_symbol(before, ")") {
        before
    } else {
        let compares = |symbol: &&str| place.is_symbol(before.wrapping_sub(1), symbol);
        COMPARISONS.iter().find(|symbol| compares(symbol))?;
        before.checked_sub(2)?
    };
    place.is_symbol(close, ")").then_some(())?;
    let open = place.opening(close)?;
    let word = open.checked_sub(1)?;
    place.is_any_word(word, AGGREGATES).then_some(())?;
    let to = first_where(place, open, close)?.unwrap_or(close);
    let from = word - usize::from(place.is_word(word, "distinct"));
    Some(Home {
        from,
        to,
        is_step: false,
    })
}

/// That of `COUNT(e WHERE … WITHIN …`, or of a step of a sequence.
fn home_around(place: &Place, within: usize) -> Option<Home> {
    let open = place.bracket()?;
    let word = open.checked_sub(1)?;
    let is_step = place.is_word(word, "sequence");
    if !is_step && !place.is_any_word(word, &[AGGREGATES, &["first", "last"]].concat()) {
        return None;
    }
    let steps = (open + 1..within).filter(|index| place.is_word(*index, "then"));
    let step = if is_step { steps.last() } else { None };
    let to = first_where(place, step.unwrap_or(open), within)??;
    let from = if is_step {
        step.unwrap_or(open) + 1
    } else {
        word
    };
    Some(Home { from, to, is_step })
}

/// The WHERE of what starts after token `start`, if it has one; nothing where it has a window already.
fn first_where(place: &Place, start: usize, end: usize) -> Option<Option<usize>> {
    let found = (start + 1..end).find(|index| place.is_word(*index, "where"));
    let mut events = start + 1..found.unwrap_or(end);
    let has_window = events.any(|index| place.is_any_word(index, &["within", "from", "during"]));
    (!has_window).then_some(found)
}
