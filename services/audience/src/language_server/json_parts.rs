//! Where the parts of a rule's JSON form stand in its text.

use std::collections::BTreeMap;

use kit::json_pointer::reference_token;
use rulelang::Span;
use serde_json::Value;
use serde_json::value::RawValue;

/// The places of all parts by their JSON pointers (RFC 6901).
#[derive(Debug, Default)]
pub(super) struct JsonParts(BTreeMap<String, Span>);

impl JsonParts {
    /// Reads a JSON text.
    ///
    /// # Errors
    /// The place of what is malformed.
    pub(super) fn read(text: &str) -> Result<Self, Span> {
        // This bounds the depth of what is read below.
        serde_json::from_str::<Value>(text).map_err(|error| malformed(text, &error))?;
        let mut parts = Self::default();
        parts.take(text, String::new(), text.trim());
        Ok(parts)
    }

    /// The place of a part; of one that is not there, the place of the nearest around it.
    pub(super) fn span(&self, pointer: &str) -> Span {
        let mut pointer = pointer;
        loop {
            match (self.0.get(pointer), pointer.rsplit_once('/')) {
                (Some(span), _) => return *span,
                (None, Some((outer, _))) => pointer = outer,
                (None, None) => return Span::default(),
            }
        }
    }

    /// `part` is a slice of `text`.
    fn take(&mut self, text: &str, pointer: String, part: &str) {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(part) {
            for (index, item) in items.iter().enumerate() {
                self.take(text, format!("{pointer}/{index}"), item.get());
            }
        } else if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(part) {
            for (name, member) in members {
                let name = reference_token(&name);
                self.take(text, format!("{pointer}/{name}"), member.get());
            }
        }
        self.0.insert(pointer, Span::new(start, start + part.len()));
    }
}

/// The character at which a text stops being JSON; at its end the last one.
fn malformed(text: &str, error: &serde_json::Error) -> Span {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(error.line() - 1).map(str::len).sum();
    let at = before + error.column().saturating_sub(1);
    let at = text.floor_char_boundary(at.min(text.len().saturating_sub(1)));
    let character = text.get(at..).and_then(|rest| rest.chars().next());
    Span::new(at, at + character.map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part<'t>(text: &'t str, pointer: &str) -> &'t str {
        JsonParts::read(text).unwrap().span(pointer).text(text)
    }

    #[test]
    fn a_pointer_names_a_place_in_the_text() {
        let text = r#" {"all": [ {"field": "é"}, {"a/b~": [1, 2.50]} ]}"#;
        assert_eq!(part(text, "/all/0/field"), r#""é""#);
        assert_eq!(part(text, "/all/1/a~1b~0/1"), "2.50");
        assert_eq!(part(text, ""), text.trim());
    }

    #[test]
    fn what_is_not_there_is_marked_at_what_lacks_it() {
        let text = r#"{"all": [{"field": "plan"}]}"#;
        assert_eq!(part(text, "/all/0/value/2"), r#"{"field": "plan"}"#);
    }

    #[test]
    fn malformed_json_is_marked_where_it_stops_being_json() {
        let place = |text: &str| JsonParts::read(text).unwrap_err();
        assert_eq!(place("{\n  \"a\": é}"), Span::new(9, 11));
        assert_eq!(place("{\"a\": 1"), Span::new(6, 7));
    }
}
