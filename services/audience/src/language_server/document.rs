//! An open document: its text, what was found in it, and places in it as editors count them.

use kit::rules::RuleSource;
use lsp_types::{Position, Range};
use rulelang::{Checked, Diagnostic, Diagnostics, Expected, Rule, Schema, Span};

use super::json_parts::JsonParts;

/// A document as it stands.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: String,
    form: Form,
    /// What is wrong with it, and what may be.
    pub(super) found: Diagnostics,
    /// The rule, where it is one, else the last one that it was.
    good: Option<Rule>,
    is_good: bool,
}

/// How a rule is written, and so how the places that are told of it become places in the document.
#[derive(Debug)]
enum Form {
    Text,
    /// In JSON: spans point into the text that the JSON stands for.
    Json {
        source: RuleSource,
        parts: JsonParts,
    },
    /// In JSON that is none, because of what stands here.
    Malformed(Span),
}

impl Form {
    fn of(text: &str, source: Option<&RuleSource>) -> Self {
        if !text.trim_start().starts_with('{') {
            return Self::Text;
        }
        match JsonParts::read(text) {
            Ok(parts) => Self::Json {
                source: source.cloned().unwrap_or_default(),
                parts,
            },
            Err(place) => Self::Malformed(place),
        }
    }
}

impl Document {
    /// Looks at a text; `good` is the last rule that the document was.
    pub(super) fn new(text: String, schema: &Schema, good: Option<Rule>) -> Self {
        let source = RuleSource::from_either(&text);
        let form = Form::of(&text, source.as_ref().ok());
        let checked = source.and_then(|source| source.check(schema, Expected::Condition));
        let (found, good, is_good) = match checked {
            Ok(Checked { rule, warnings }) => (warnings, Some(rule), true),
            Err(found) => (found, good, false),
        };
        Self {
            text,
            form,
            found,
            good,
            is_good,
        }
    }

    /// Whether it is a rule in the rule language, not in its JSON form.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.form, Form::Text)
    }

    /// The place in the document of what stands at a place in the rule's text.
    pub(super) fn written(&self, span: Span) -> Span {
        match &self.form {
            Form::Text => span,
            Form::Json { source, parts } => parts.span(source.pointer(span).unwrap_or_default()),
            Form::Malformed(place) => *place,
        }
    }

    /// The place of what was found.
    pub(super) fn place(&self, found: &Diagnostic) -> Span {
        match (&self.form, &found.pointer) {
            (Form::Json { parts, .. }, Some(pointer)) => parts.span(pointer),
            _ => self.written(found.span),
        }
    }

    /// The rule, where the text is one.
    pub(super) fn rule(&self) -> Option<&Rule> {
        self.good.as_ref().filter(|_| self.is_good)
    }

    /// The last rule that the document was.
    pub(super) fn last_good(&self) -> Option<&Rule> {
        self.good.as_ref()
    }

    pub(super) fn into_good(self) -> Option<Rule> {
        self.good
    }

    /// A place as editors count: lines, and UTF-16 code units in a line.
    pub(super) fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count();
        let column = before.get(line_start..).unwrap_or_default();
        Position::new(line as u32, column.encode_utf16().count() as u32)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        let (start, end) = (span.start as usize, span.end as usize);
        Range::new(self.position(start), self.position(end))
    }

    /// The range of the whole text.
    pub(super) fn whole(&self) -> Range {
        Range::new(Position::new(0, 0), self.position(self.text.len()))
    }

    /// The byte at which a place is; a place beyond a line is its end, one beyond the text its.
    pub(super) fn offset(&self, position: Position) -> usize {
        let mut start = 0;
        for _ in 0..position.line {
            let rest = self.text.get(start..).unwrap_or_default();
            let Some(end) = rest.find('\n') else {
                return self.text.len();
            };
            start += end + 1;
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let mut units = 0;
        for (at, character) in line.char_indices() {
            if units >= position.character as usize {
                return start + at;
            }
            units += character.len_utf16();
        }
        start + line.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::new(text.to_owned(), &Schema::default(), None)
    }

    #[test]
    fn places_are_counted_in_utf16_units_both_ways() {
        let document = document("name == '🎈é'\nAND x > 1");
        for (offset, line, character) in
            [(0, 0, 0), (9, 0, 9), (13, 0, 11), (15, 0, 12), (17, 1, 0)]
        {
            let position = Position::new(line, character);
            assert_eq!(document.position(offset), position);
            assert_eq!(document.offset(position), offset);
        }
    }

    #[test]
    fn a_place_beyond_a_line_is_its_end() {
        let document = document("a > 1\nAND b > 2");
        assert_eq!(document.offset(Position::new(0, 99)), 5);
        assert_eq!(document.offset(Position::new(9, 0)), document.text.len());
    }

    #[test]
    fn the_last_good_rule_outlives_mistakes() {
        let schema = Schema::default();
        let good = Document::new("plan == 'pro'".to_owned(), &schema, None);
        assert!(good.rule().is_some());
        let bad = Document::new("plan == ".to_owned(), &schema, good.into_good());
        assert!(bad.rule().is_none() && bad.last_good().is_some());
    }
}
