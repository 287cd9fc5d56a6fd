//! What the catalog holds of segments.

use serde_json::Value;

/// A segment as it is now. Its contents are those of the published version, or of the newest draft
/// while none was ever published.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its id: 1 to 50 characters of a-z, 0-9, `_` and `-`.
    pub id: String,
    /// Its name for people; not unique.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// `DYNAMIC`: its rule decides.
    pub segment_type: String,
    /// The rule as handed in, in any of its forms.
    pub rules: Value,
    /// The rule as canonical text.
    pub expression: String,
    /// Whether it has, or once published will have, members.
    pub is_active: bool,
    /// Where it stands.
    pub status: Status,
    /// The version that the contents are of.
    pub version: u32,
    /// The newest version; greater than `version` where a draft waits.
    pub newest_version: u32,
    /// The last attempt to publish, if that failed.
    pub failure: Option<Failure>,
    /// Counts its edits up from 1, also over a deletion and return.
    pub revision: u64,
    /// Milliseconds.
    pub created_at: i64,
    /// Milliseconds.
    pub updated_at: i64,
}

/// A version that could not be brought into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub version: u32,
    /// Why, for people.
    pub reason: String,
}

/// Where a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Never published.
    Draft,
    /// Published; owners prepare it, and the version before goes on answering.
    Building,
    /// In force.
    Active,
    /// Published, but switched off: no members.
    Inactive,
    /// Published, but owners could not build it, nor was any version of it in force before: no
    /// members.
    Failed,
    /// Gone; only its history is kept.
    Deleted,
}

impl Status {
    /// Its name, in the tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Building => "building",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
        }
    }

    /// The status of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Draft,
            Self::Building,
            Self::Active,
            Self::Inactive,
            Self::Failed,
            Self::Deleted,
        ];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// One version of a segment's contents; never changes once written.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Counts up from 1.
    pub version: u32,
    /// As in [`Segment::name`].
    pub name: String,
    /// As in [`Segment::description`].
    pub description: String,
    /// As in [`Segment::rules`].
    pub rules: Value,
    /// As in [`Segment::expression`].
    pub expression: String,
    /// Whether the segment has members under this version.
    pub is_active: bool,
    /// When it was saved, in milliseconds.
    pub created_at: i64,
    /// When it was first published, in milliseconds; `None` for a draft.
    pub published_at: Option<i64>,
    /// Why owners could not build it when it was published last; `None` where they could, or never
    /// had to.
    pub failure: Option<String>,
}

/// Something that a rule in force uses. Of fields and properties the type is known from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Use {
    /// Another segment, by id.
    Segment(String),
    /// A computed trait, by name.
    Trait(String),
    /// A profile field or a property of an event, with its type.
    Typed {
        /// The event type, `*` for any; `None` for a profile field.
        event: Option<String>,
        /// The field's or the property's name.
        name: String,
        /// The type's name in the language.
        type_name: String,
    },
}

/// A segment that looks like another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// Its id.
    pub id: String,
    /// Whether its name is the same.
    pub is_same_name: bool,
    /// Whether its rule is the same.
    pub is_same_rule: bool,
}

/// Who refers to a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependent {
    /// A published segment, by id.
    Segment(String),
    /// A campaign that is not over, by id.
    Campaign(String),
}
