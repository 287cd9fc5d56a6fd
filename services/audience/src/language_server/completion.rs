//! What may stand where somebody writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionTextEdit,
    Documentation, TextEdit,
};
use rulelang::builtins::{self, Builtin};
use rulelang::{
    Rule, Schema, Span, Value, continues_name, format_event, format_field, format_property,
};

use super::document::Document;

/// The operators and forms, as they are written; the editor leaves out what does not begin as what is
/// there already.
const FORMS: &str = "\
    AND, OR, NOT, IN, IS NULL, IS NOT NULL, IS TRUE, IS FALSE, IS EMPTY, IS NOT EMPTY, \
    IS DISTINCT FROM, IS NOT DISTINCT FROM, BETWEEN, LIKE, ILIKE, MATCHES, CONTAINS, CONTAINS ANY, \
    CONTAINS ALL, CONTAINS NONE, STARTS WITH, ENDS WITH, EXISTS, WITHIN LAST, WITHIN NEXT, \
    NOT WITHIN LAST, OLDER THAN, BEFORE, AFTER, DURING, ANNIVERSARY, IN SEGMENT, NOT IN SEGMENT, IN LIST, \
    NOT IN LIST, WHERE, CASE, WHEN, THEN, ELSE, END, TRUE, FALSE, NULL, DAYS, HOURS, MINUTES, WEEKS, TIMESTAMP, DATE";

/// What takes events.
const AGGREGATES: [&str; 10] = [
    "COUNT",
    "COUNT DISTINCT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "FIRST",
    "LAST",
    "DID",
    "SEQUENCE",
];

/// What takes a list, and asks a condition of its items.
const QUANTIFIERS: [&str; 4] = ["ANY", "ALL", "NONE", "COUNT_IF"];

/// What may stand at a place.
pub(super) fn items(document: &Document, schema: &Schema, at: usize) -> Vec<CompletionItem> {
    let before = document.text.get(..at).unwrap_or_default();
    let edit = Edit::new(document, at);
    match open_string(before) {
        Some(start) if names("SEGMENT", before.get(..start).unwrap_or_default()) => {
            segments(document, schema, &Edit::of(document, start + 1, at))
        }
        Some(start) if names("LIST", before.get(..start).unwrap_or_default()) => {
            lists(schema, &Edit::of(document, start + 1, at))
        }
        Some(_) => vec![],
        None => Names::of(document, schema, &edit.begun)
            .0
            .into_iter()
            .map(|(name, (kind, detail))| edit.item(&name, kind, Some(detail)))
            .chain(
                FORMS
                    .split(", ")
                    .map(|it| edit.item(it, CompletionItemKind::KEYWORD, None)),
            )
            .chain(AGGREGATES.iter().map(|it| edit.aggregate(it)))
            .chain(QUANTIFIERS.iter().map(|it| edit.quantifier(it)))
            .chain(builtins::all().map(|it| edit.function(it)))
            .collect(),
    }
}

/// Names as they are written, and what is known of each; what was told first stays.
#[derive(Default)]
struct Names(BTreeMap<String, (CompletionItemKind, String)>);

impl Names {
    /// Those of the schema, and those that the rule names beside what is begun.
    fn of(document: &Document, schema: &Schema, begun: &str) -> Self {
        let mut names = Self::default();
        names.declared(schema);
        if let Some(rule) = document.last_good() {
            names.used(rule, begun);
        }
        names
    }

    fn tell(&mut self, written: String, kind: CompletionItemKind, detail: impl Into<String>) {
        self.0
            .entry(written)
            .or_insert_with(|| (kind, detail.into()));
    }

    /// The computed traits, fields and events that are declared.
    fn declared(&mut self, schema: &Schema) {
        for (name, body) in &schema.traits {
            let body = format!("= {body}");
            self.tell(format_field(name), CompletionItemKind::CONSTANT, body);
        }
        for (name, declared) in &schema.fields {
            let ty = declared.ty.to_string();
            self.tell(format_field(name), CompletionItemKind::FIELD, ty);
        }
        for ((event, property), declared) in &schema.properties {
            let path = format_property(event, property);
            self.tell(format_event(event), CompletionItemKind::EVENT, "event");
            self.tell(path, CompletionItemKind::PROPERTY, declared.ty.to_string());
        }
    }

    /// The fields and events that a rule names, but for a name that is just begun.
    fn used(&mut self, rule: &Rule, begun: &str) {
        for field in rule.fields.iter().filter(|it| *it.name != *begun) {
            let ty = field.ty.to_string();
            self.tell(format_field(&field.name), CompletionItemKind::FIELD, ty);
        }
        for event in rule.events().filter_map(|it| it.event.as_ref()) {
            self.tell(format_event(event), CompletionItemKind::EVENT, "event");
        }
    }
}

fn segments(document: &Document, schema: &Schema, edit: &Edit) -> Vec<CompletionItem> {
    let known = schema.segments.iter().flatten();
    let named = document
        .last_good()
        .into_iter()
        .flat_map(|rule| &rule.segments);
    let mut all: Vec<_> = known.chain(named).collect();
    all.sort();
    all.dedup();
    let items = all.into_iter();
    items
        .map(|name| {
            edit.item(
                name,
                CompletionItemKind::REFERENCE,
                Some("segment".to_owned()),
            )
        })
        .collect()
}

/// Where the string begins that is open at the end of a text.
fn open_string(text: &str) -> Option<usize> {
    let mut open = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (open, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some((_, quote)), _) if quote == character => open = None,
            (None, '\'' | '"') => open = Some((at, character)),
            _ => {}
        }
    }
    open.map(|(at, _)| at)
}

/// Whether a string that comes next names a segment (`SEGMENT`) or a list (`LIST`).
fn names(what: &str, before: &str) -> bool {
    let mut words = before.split_whitespace().rev();
    let mut is_next = |word: &str| words.next().is_some_and(|it| it.eq_ignore_ascii_case(word));
    is_next(what) && is_next("IN")
}

fn lists(schema: &Schema, edit: &Edit) -> Vec<CompletionItem> {
    let item = |(name, items): (&String, &Arc<[Value]>)| {
        let detail = format!("list of {}", items.len());
        edit.item(name, CompletionItemKind::REFERENCE, Some(detail))
    };
    schema.lists.iter().map(item).collect()
}

/// What an accepted item replaces: the name that is begun, dots and all.
struct Edit {
    begun: String,
    range: lsp_types::Range,
}

impl Edit {
    fn new(document: &Document, at: usize) -> Self {
        let before = document.text.get(..at).unwrap_or_default();
        let name =
            before.trim_end_matches(|it: char| continues_name(it) || matches!(it, '.' | '`'));
        Self::of(document, name.len(), at)
    }

    fn of(document: &Document, start: usize, end: usize) -> Self {
        let span = Span::new(start, end);
        Self {
            begun: span.text(&document.text).to_owned(),
            range: document.range(span),
        }
    }

    fn item(&self, text: &str, kind: CompletionItemKind, detail: Option<String>) -> CompletionItem {
        let edit = TextEdit::new(self.range, text.to_owned());
        CompletionItem {
            label: text.to_owned(),
            kind: Some(kind),
            detail,
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            ..CompletionItem::default()
        }
    }

    fn aggregate(&self, name: &str) -> CompletionItem {
        let arguments = match name {
            "COUNT" | "DID" => "(event [window] [WHERE condition])",
            "SEQUENCE" => "(event [window] THEN event [WITHIN duration] [THEN NOT event …])",
            _ => "(event.property [window] [WHERE condition])",
        };
        self.call(name, arguments.to_owned(), None)
    }

    fn quantifier(&self, name: &str) -> CompletionItem {
        self.call(name, "(list, item => condition)".to_owned(), None)
    }

    fn function(&self, builtin: &Builtin) -> CompletionItem {
        let signatures = builtin.signatures.iter();
        let mut arguments = signatures.map(|it| it.text(""));
        let doc = Documentation::String(builtin.doc.to_owned());
        self.call(
            builtin.name,
            arguments.next().unwrap_or_default(),
            Some(doc),
        )
    }

    fn call(&self, name: &str, arguments: String, doc: Option<Documentation>) -> CompletionItem {
        let details = CompletionItemLabelDetails {
            detail: Some(arguments),
            description: None,
        };
        CompletionItem {
            label_details: Some(details),
            documentation: doc,
            ..self.item(name, CompletionItemKind::FUNCTION, None)
        }
    }
}
