//! Definitions on their way from the outbox into force.

use kit::control::DefinitionChange;
use serde_json::Value;

/// What is to be told of an edit: one row of the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// The message for `segment-updates`; `None` where no segment was edited.
    pub update: Option<Value>,
    /// What becomes another for the owners; `None` where nothing does.
    pub change: Option<DefinitionChange>,
    /// When, in milliseconds.
    pub created_at: i64,
}

/// A definition on its way into force: one or several publications in order.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenDefinition {
    /// Names it in the log.
    pub definition_id: String,
    /// The messages for `segment-updates`, in order.
    pub updates: Vec<Value>,
    /// All its publications as one change, the schema the last one's; `None` where nothing becomes
    /// another for the owners.
    pub change: Option<DefinitionChange>,
    /// How many publications it is made of.
    pub publications: usize,
    /// The declared schema in force, where it makes another.
    pub declared_before: Option<Value>,
    /// When it was opened, in milliseconds.
    pub created_at: i64,
}
