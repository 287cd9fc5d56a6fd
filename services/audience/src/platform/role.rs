//! The services that a process runs.

use std::collections::BTreeSet;

use clap::ValueEnum;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Segments, the schema, and what brings them into force; the console
    SegmentApi,
    /// Events into the log
    IngestionApi,
    /// Campaigns, and what sends them
    CommunicationApi,
    /// Rules and users
    RuleEngine,
    /// The log to memberships
    StreamProcessor,
}

impl Role {
    /// The service's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SegmentApi => "segment-api",
            Self::IngestionApi => "ingestion-api",
            Self::CommunicationApi => "communication-api",
            Self::RuleEngine => "rule-engine",
            Self::StreamProcessor => "stream-processor",
        }
    }
}

/// The services of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    /// All of them.
    pub(crate) fn all() -> Self {
        Self(Role::value_variants().iter().copied().collect())
    }

    /// Those that are named; all where none is.
    pub(crate) fn named(roles: &[Role]) -> Self {
        match roles {
            [] => Self::all(),
            some => Self(some.iter().copied().collect()),
        }
    }

    /// What traces call the process: its service where it runs one alone.
    pub(crate) fn name(&self) -> &'static str {
        let mut roles = self.iter();
        match (roles.next(), roles.next()) {
            (Some(role), None) => role.name(),
            _ => "audience",
        }
    }

    /// Whether all services run in this process.
    pub(crate) fn are_all(&self) -> bool {
        *self == Self::all()
    }

    /// Whether a service runs in this process.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// One after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}
