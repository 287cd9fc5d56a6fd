//! What people say of a segment: the body of POST and PUT.

use kit::definitions::SEGMENT_ID_MAX;
use kit::http::{Fault, Problem};
use kit::schema::Rules;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use stores::catalog::{Segment, Version};

use crate::limits::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};

/// The body of `POST /api/segments` and `PUT /api/segments/{id}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentBody {
    /// A slug of the name where absent.
    #[schemars(length(min = 1, max = SEGMENT_ID_MAX), regex(pattern = "^[a-z0-9_-]+$"))]
    pub(crate) id: Option<String>,
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub(crate) name: String,
    #[serde(default)]
    #[schemars(length(max = DESCRIPTION_CHARS_MAX))]
    description: String,
    /// `DYNAMIC`, the one type there is.
    #[serde(rename = "type")]
    segment_type: Option<String>,
    #[schemars(with = "Rules")]
    rules: Value,
    /// Whether the rule is applied, if it is published; it is where absent.
    active: Option<bool>,
    /// Whether to publish later.
    pub(crate) draft: Option<bool>,
}

/// The contents of a version.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) rules: Value,
    pub(crate) is_active: bool,
}

/// The one type there is.
pub(crate) const DYNAMIC: &str = "DYNAMIC";

impl SegmentBody {
    /// The contents, if they keep to the limits.
    pub(crate) fn content(self) -> Result<Content, Problem> {
        let mut faults = vec![];
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let detail = format!("a name has 1 to {NAME_CHARS_MAX} characters");
            faults.push(Fault::new(detail).at("/name"));
        }
        if self.description.chars().count() > DESCRIPTION_CHARS_MAX {
            let detail = format!("a description has at most {DESCRIPTION_CHARS_MAX} characters");
            faults.push(Fault::new(detail).at("/description"));
        }
        if let Some(other) = self.segment_type.filter(|name| name != DYNAMIC) {
            let fault = Fault::new(format!("`{other}` is not a type of segment")).at("/type");
            faults.push(fault.suggestion(format!("use `{DYNAMIC}`, or leave it out")));
        }
        if let Some(first) = faults.first() {
            return Err(Problem::bad_request(first.detail.clone()).faults(faults));
        }
        Ok(Content {
            name,
            description: self.description,
            rules: self.rules,
            is_active: self.active.unwrap_or(true),
        })
    }
}

impl From<&Segment> for Content {
    fn from(segment: &Segment) -> Self {
        Self {
            name: segment.name.clone(),
            description: segment.description.clone(),
            rules: segment.rules.clone(),
            is_active: segment.is_active,
        }
    }
}

impl From<Version> for Content {
    fn from(version: Version) -> Self {
        Self {
            name: version.name,
            description: version.description,
            rules: version.rules,
            is_active: version.is_active,
        }
    }
}

/// Refuses what is no segment's id.
pub(crate) fn check_id(id: &str) -> Result<(), Problem> {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if (1..=SEGMENT_ID_MAX).contains(&id.len()) && id.bytes().all(is_allowed) {
        return Ok(());
    }
    let detail = format!("`{id}` is not a segment id");
    let help = format!("use 1 to {SEGMENT_ID_MAX} characters of a-z, 0-9, `_` and `-`");
    let fault = Fault::new(detail.clone()).at("/id").suggestion(help);
    Err(Problem::bad_request(detail).fault(fault))
}

/// An id made of a name, with room for a suffix.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().map(|it| it.to_ascii_lowercase()) {
        if character.is_ascii_alphanumeric() || character == '_' {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SEGMENT_ID_MAX - SUFFIX_BYTES);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "segment" } else { slug }.to_owned()
}

/// `-` and eight hexadecimal digits.
const SUFFIX_BYTES: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_an_id() {
        let check = |name: &str, expected: &str| {
            assert_eq!(slug(name), expected);
            assert!(check_id(&slug(name)).is_ok());
        };
        check("Demo VIP Users", "demo-vip-users");
        check("  50 % off — Größe! ", "50-off-gr-e");
        check("日本", "segment");
        check("", "segment");
        check("a_b-c", "a_b-c");
        check(&"x".repeat(300), &"x".repeat(41));
    }

    #[test]
    fn an_id_keeps_to_its_characters() {
        for id in ["", "Vip", "a b", "ä", &"x".repeat(51)] {
            assert!(check_id(id).is_err(), "{id}");
        }
        assert!(check_id(&"x".repeat(50)).is_ok());
    }
}
