//! What comes out: a user entered or left a segment.

use std::fmt;
use std::sync::Arc;

/// A user entered or left a segment. The user is the one whose state was stepped.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Index of the segment in its [`crate::RuleSet`].
    pub segment: u32,
    /// Entered or left.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The instant, in milliseconds: `now` of the step.
    pub timestamp: i64,
    /// The user's contiguous counter of changes, from 1.
    pub seq: u64,
    /// Rises when a deleted user returns.
    pub epoch: u32,
    /// What made the step happen.
    pub cause: Cause,
}

/// Entered or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Entered.
    Added,
    /// Left.
    Removed,
}

/// Why a membership changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A fact or a definition changed the rule's answer, or time alone started the membership.
    RuleEvaluation,
    /// An override.
    Manual,
    /// Time alone ended the membership.
    Expired,
}

/// What made a step happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A fact, by its id.
    Fact(Arc<str>),
    /// A deadline.
    Timer,
    /// A switch of definitions: by the segment that is new, edited or removed, at its version.
    Definition {
        /// The segment's id.
        segment: Arc<str>,
        /// Its version.
        version: u32,
    },
}

impl fmt::Display for Cause {
    /// As on the wire: the fact's id, `timer` or `definition:<segment>@<version>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(id) => f.write_str(id),
            Self::Timer => f.write_str("timer"),
            Self::Definition { segment, version } => write!(f, "definition:{segment}@{version}"),
        }
    }
}

impl Action {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

impl Reason {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::RuleEvaluation => "rule_evaluation",
            Self::Manual => "manual",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
