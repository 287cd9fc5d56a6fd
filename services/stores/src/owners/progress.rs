//! How far an owner is, for those who look after the platform.

use kit::schema::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far the owner of a partition is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Partition")]
pub struct PartitionProgress {
    /// The partition.
    pub partition: u32,
    /// The offset of the next record to take.
    pub position: u64,
    /// The offset that the next record of the log gets.
    pub end: u64,
    /// Records that were not taken yet.
    pub lag: u64,
    /// The greatest stamp that was read; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Timestamp>")]
    pub clock: Option<String>,
    /// Users who exist.
    pub users: u64,
    /// How late the earliest deadline is, in milliseconds; 0 if none is due.
    pub deadline_lag_ms: u64,
    /// How many users were written to the serving view again, while all of them are; absent else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resynced_users: Option<u64>,
    /// Records that could not be used.
    pub dead_letters: u64,
    /// Definitions that are being prepared.
    pub builds: Vec<BuildUsers>,
    /// Whether a switch of definitions is being taken.
    pub is_switching: bool,
    /// Why the owner does not get on; absent while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A definition that is being prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Build")]
pub struct BuildUsers {
    /// The definition.
    pub definition_id: String,
    /// Users done.
    pub users_done: u64,
}
