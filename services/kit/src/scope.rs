//! What a caller may do: the scopes that keys are given and that routes ask for.

use std::collections::BTreeSet;
use std::fmt;

/// One kind of thing that a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Send events, traits and consent.
    EventsWrite,
    /// Read segments, their members and the changes of membership; check rules.
    SegmentsRead,
    /// Edit segments, their members and the schema, and try rules on everybody. Who may write them
    /// may read them: an edit begins with a look.
    SegmentsWrite,
    /// Read users: their fields, their segments, and why.
    ProfilesRead,
    /// Read, edit and send campaigns.
    CampaignsWrite,
    /// Everything, the deletion of users too.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EventsWrite,
        Self::SegmentsRead,
        Self::SegmentsWrite,
        Self::ProfilesRead,
        Self::CampaignsWrite,
        Self::Admin,
    ];

    /// Its name, on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventsWrite => "events:write",
            Self::SegmentsRead => "segments:read",
            Self::SegmentsWrite => "segments:write",
            Self::ProfilesRead => "profiles:read",
            Self::CampaignsWrite => "campaigns:write",
            Self::Admin => "admin",
        }
    }

    /// The scope of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Whether who has this one may do what the other asks for.
    fn covers(self, other: Self) -> bool {
        self == other
            || self == Self::Admin
            || (self == Self::SegmentsWrite && other == Self::SegmentsRead)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What one caller may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Reads names parted by spaces.
    ///
    /// # Errors
    /// The name that is no scope's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let scopes = text.split_whitespace().map(|name| {
            let scope = Scope::from_name(name);
            scope.ok_or_else(|| format!("`{name}` is no scope"))
        });
        scopes.collect::<Result<_, _>>().map(Self)
    }

    /// Whether they cover a scope.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.iter().any(|own| own.covers(scope))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.name())
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// As [`Scopes::parse`] reads them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.pad(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_itself_admin_all_and_writing_segments_reading_them() {
        let covered = |own: Scope| {
            let scopes = Scopes::from_iter([own]);
            let all = Scope::ALL.into_iter().filter(|it| scopes.allow(*it));
            all.collect::<Vec<_>>()
        };
        assert_eq!(covered(Scope::Admin), Scope::ALL);
        let write = [Scope::SegmentsRead, Scope::SegmentsWrite];
        assert_eq!(covered(Scope::SegmentsWrite), write);
        for scope in [
            Scope::EventsWrite,
            Scope::SegmentsRead,
            Scope::ProfilesRead,
            Scope::CampaignsWrite,
        ] {
            assert_eq!(covered(scope), [scope]);
        }
        assert!(!Scopes::default().allow(Scope::SegmentsRead));
    }

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let scopes = Scopes::from_iter(Scope::ALL);
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
        let error = Scopes::parse("admin event:write").unwrap_err();
        assert_eq!(error, "`event:write` is no scope");
    }
}
