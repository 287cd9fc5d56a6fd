//! What people write in place of what the language has, and what to write instead: one table, looked
//! up in the tokens around the place that could not be read.
//!
//! INVARIANT: a hint is looked for after the parse has failed and is no part of the grammar, so that
//! what is read stays the same and takes the same time with or without it.

mod place;
mod table;
mod windows;

use place::Place;
use table::{HINTS, Row};

use crate::diagnostic::Fix;
use crate::format::format_string;
use crate::{Code, Diagnostic};

/// What to do about an error.
pub(super) struct Hint {
    help: String,
    fix: Option<Fix>,
}

impl Hint {
    /// The error with this as its help, and its fix where there is one.
    pub(super) fn beside(self, error: Diagnostic) -> Diagnostic {
        let error = error.with_help(self.help);
        match self.fix {
            Some(fix) => error.with_fix(fix.span, fix.replacement),
            None => error,
        }
    }
}

/// What to do about an error at byte `at`, where what stands around it is a known mistake.
pub(super) fn find(source: &str, at: usize) -> Option<Hint> {
    let place = Place::new(source, at);
    windows::misplaced(&place)
        .map(|(_, hint)| hint)
        .or_else(|| HINTS.iter().find_map(|row| look_up(row, &place)))
}

/// The error of a test that starts at byte `at`, if it is a window that belongs to an aggregate.
pub(super) fn misplaced_window(source: &str, at: usize) -> Option<Diagnostic> {
    let (window, hint) = windows::misplaced(&Place::new(source, at))?;
    let message = "the window does not stand right after its event";
    Some(hint.beside(Diagnostic::error(Code::Misplaced, window, message)))
}

fn look_up(row: &Row, place: &Place) -> Option<Hint> {
    let matched = place.matched(row.inside, row.pattern)?;
    let fix = row.fix.and_then(|(first, last, template)| {
        let first = place.tokens.get(*matched.get(first)?)?.span;
        let last = place.tokens.get(*matched.get(last)?)?.span;
        Some(Fix {
            span: first.to(last),
            replacement: filled(template, place, &matched),
        })
    });
    let help = filled(row.help, place, &matched);
    Some(Hint { help, fix })
}

/// A template with what was matched in its holes: see [`table::Row`].
fn filled(template: &str, place: &Place, matched: &[usize]) -> String {
    let mut out = String::new();
    for part in template.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(hole) => out.push_str(&filling(hole, place, matched).unwrap_or_default()),
            None => out.push_str(part.trim_end_matches('{')),
        }
    }
    out
}

fn filling(hole: &str, place: &Place, matched: &[usize]) -> Option<String> {
    match hole {
        "<" => {
            let word = place.tokens.get(place.bracket()?.checked_sub(1)?)?;
            let first = place.tokens.get(*matched.first()?)?;
            Some(shortened(place.between(word.span.start, first.span.start)))
        }
        ">" => {
            let last = place.tokens.get(*matched.last()?)?;
            let end = place.closing()?.span.end;
            Some(shortened(place.between(last.span.end, end)))
        }
        _ => {
            let index = hole.trim_end_matches(['\'', '^', '.']);
            let token = place
                .tokens
                .get(*matched.get(index.parse::<usize>().ok()?)?)?;
            Some(match hole.strip_prefix(index)? {
                "'" => format_string(&token.text.replace('`', "")),
                "^" => token.text.to_ascii_uppercase(),
                "." => token.text.split('.').next().unwrap_or("").to_owned(),
                _ => token.text.to_owned(),
            })
        }
    }
}

/// As much of a source as a line of help has room for.
fn shortened(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}
