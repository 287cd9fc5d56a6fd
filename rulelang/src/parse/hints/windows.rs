//! Windows that stand after the WHERE of an aggregate or after its brackets.

use super::super::lexer::TokenKind;
use super::Hint;
use super::place::Place;
use crate::Span;
use crate::diagnostic::Fix;

/// What takes events in brackets, and cannot itself be an instant that is tested against a window.
const AGGREGATES: &[&str] = &["count", "distinct", "sum", "avg", "min", "max", "did"];

const COMPARISONS: &[&str] = &["==", "=", "!=", "<>", "<", "<=", ">", ">="];

/// Where a window belongs. All are indexes of tokens.
struct Home {
    /// With what the help begins: `SUM`, or a step of a sequence.
    from: usize,
    /// The first after the bracket, or after THEN.
    events: usize,
    /// Before what the window belongs: the WHERE, or the bracket that closes.
    to: usize,
    is_step: bool,
}

/// Where the window at this place is, and what to do about it, if it belongs elsewhere.
pub(super) fn misplaced(place: &Place) -> Option<(Span, Hint)> {
    let within = window_start(place)?;
    let home = home_before(place, within).or_else(|| home_around(place, within))?;
    let has_window = |index| place.is_any_word(index, &["within", "from", "during"]);
    if (home.events..home.to).any(has_window) {
        return None;
    }
    let window = window_span(place, within, home.is_step)?;
    let span_of = |index: usize| place.tokens.get(index).map(|token| token.span);
    let length = span_of(within + 1)?.start;
    let text = format!("WITHIN {}", place.between(length, window.end));
    let fix = moved(place, &home, within, window, &text)?;
    let head = span_of(home.from)?.to(span_of(home.to.checked_sub(1)?)?);
    let head = place.between(head.start, head.end);
    let help = match (place.is_word(home.to, "where"), home.is_step) {
        (true, true) => {
            format!("the `WITHIN` of a step stands before WHERE: `{head} {text} WHERE …`")
        }
        (true, false) => {
            format!("the window stands within the brackets, before WHERE: `{head} {text} WHERE …)`")
        }
        _ => format!("the window stands within the brackets: `{head} {text})`"),
    };
    let fix = Some(fix);
    Some((window, Hint { help, fix }))
}

/// The change that brings the window home: what stands between comes after it.
fn moved(place: &Place, home: &Home, within: usize, window: Span, text: &str) -> Option<Fix> {
    let to = place.tokens.get(home.to)?.span;
    // Not up to the window: a comment may end there.
    let last = place.tokens.get(within.checked_sub(1)?)?.span;
    let passed = place.between(to.start, last.end);
    let replacement = if place.is_word(home.to, "where") {
        format!("{text} {passed}")
    } else {
        format!(" {text}{passed}")
    };
    let span = to.to(window);
    Some(Fix { span, replacement })
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
    let events = open + 1;
    Some(Home {
        from: word - usize::from(place.is_word(word, "distinct")),
        events,
        to: first_where(place, events, close).unwrap_or(close),
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
    let mut steps = (open + 1..within).filter(|index| place.is_word(*index, "then"));
    let then = if is_step { steps.next_back() } else { None };
    let events = then.unwrap_or(open) + 1;
    Some(Home {
        from: if is_step { events } else { word },
        events,
        to: first_where(place, events, within)?,
        is_step,
    })
}

fn first_where(place: &Place, start: usize, end: usize) -> Option<usize> {
    (start..end).find(|index| place.is_word(*index, "where"))
}
