//! The port by which owners tell how far a definition's build has come.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::StoreError;

/// How far one partition's owner has come with a definition's build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildProgress {
    /// Users done.
    pub users_done: u64,
    /// Users there are, as far as known.
    pub users: u64,
    /// Whether everything is prepared, so that the switch may come.
    pub is_ready: bool,
    /// Why it cannot be built at all; then nothing is prepared, and nothing else follows.
    pub failure: Option<String>,
}

/// Hears how far builds have come.
#[async_trait]
pub trait BuildReports: Debug + Send + Sync {
    /// Notes an owner's progress; told again after a crash, the later counts.
    async fn report(
        &self,
        definition_id: &str,
        partition: u32,
        progress: BuildProgress,
    ) -> Result<(), StoreError>;
}
