//! What may stand where somebody writes.

mod bracket;
mod context;
mod cursor;
mod edit;
mod entries;
mod names;
mod operand;
mod operands;
mod scope;
#[cfg(test)]
mod tests;
mod types;

use lsp_types::CompletionItem;
use rulelang::{Schema, Span};

use self::context::{Context, context};
use self::cursor::{Begun, Cursor};
use self::edit::Edit;
use self::entries::Entries;
use self::names::Names;
use self::scope::Scope;
use super::document::Document;

/// What may stand at a place; nothing in the JSON form.
pub(super) fn items(document: &Document, schema: &Schema, at: usize) -> Vec<CompletionItem> {
    let before = document.text.get(..at).unwrap_or_default();
    let cursor = Cursor::new(before);
    if !document.is_text() || cursor.begun == Begun::Other {
        return vec![];
    }
    let mut open = vec![];
    for (at, token) in cursor.tokens.iter().enumerate() {
        bracket::track(&mut open, at, token);
    }
    let head = before.get(cursor.start..).and_then(head);
    let start = cursor.start + head.map_or(0, |it| it.len() + 1);
    let edit = |start: usize| Edit {
        range: document.range(Span::new(start, cursor.end)),
        quote: match cursor.begun {
            Begun::String(quote) => Some(quote),
            Begun::Word | Begun::Other => None,
        },
    };
    let context = context(&cursor.tokens, &open);
    // What is asked of an operand is not known from the operand alone: `country` is a rule too, of
    // a boolean.
    let begun = match context {
        Context::Test {
            operand: [name], ..
        }
        | Context::Value([name]) => name.span.start as usize,
        _ => cursor.start,
    };
    let entries = Entries {
        names: Names::of(document, schema, &(begun..cursor.end)),
        scope: Scope::new(&cursor.tokens, &open),
        schema,
        tokens: &cursor.tokens,
        open: &open,
        word: edit(cursor.start),
        step: edit(start),
    };
    match (cursor.begun, head) {
        (Begun::String(_), _) => entries.strings(context),
        (_, Some(head)) => entries.behind_dot(context, head),
        _ => entries.all(context),
    }
}

/// What stands before the last dot of a path that is begun.
fn head(begun: &str) -> Option<&str> {
    let mut is_quoted = false;
    let mut dot = None;
    for (at, character) in begun.char_indices() {
        match character {
            '`' => is_quoted = !is_quoted,
            '.' if !is_quoted => dot = Some(at),
            _ => {}
        }
    }
    begun.get(..dot?)
}
