//! Which property names are kept, and as what.

use rule_runtime::{NameId, RuleSet};

/// Decides which properties of a message are kept.
pub trait Names {
    /// What a kept name becomes.
    type Id: PartialEq;
    /// Whether a name that comes twice is replaced on the spot, so that each is there once. Cheap
    /// only where few names are kept.
    const ONCE: bool;

    /// What `name` (dotted where it was nested) becomes; `None` where it is not kept.
    fn id(&self, name: &str) -> Option<Self::Id>;
}

/// Keeps what some rule of the set reads.
impl Names for RuleSet {
    type Id = NameId;
    const ONCE: bool = true;

    fn id(&self, name: &str) -> Option<NameId> {
        self.name(name)
    }
}

/// Keeps everything, a name that comes twice twice: the last one counts.
#[derive(Debug, Clone, Copy)]
pub struct EveryName;

impl Names for EveryName {
    type Id = String;
    const ONCE: bool = false;

    fn id(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

/// Keeps nothing: for validating and for reading headers.
#[derive(Debug, Clone, Copy)]
pub struct NoName;

impl Names for NoName {
    type Id = std::convert::Infallible;
    const ONCE: bool = false;

    fn id(&self, _: &str) -> Option<Self::Id> {
        None
    }
}
