//! The port of the directory: at which address the owner of each partition is asked.
//!
//! It may be behind: a process that is asked for what it does not own says so, and whoever owns a
//! partition puts its address back should another's still stand there.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;

use crate::StoreError;

/// Where the owners of partitions are.
#[async_trait]
pub trait Directory: Debug + Send + Sync {
    /// Notes the address, like `http://10.0.0.7:8085`, of the owners of some partitions.
    async fn claim(&self, partitions: &[u32], address: &str) -> Result<(), StoreError>;

    /// The address of each partition's owner, as it was claimed last; none of one that never had an
    /// owner.
    async fn addresses(&self) -> Result<BTreeMap<u32, String>, StoreError>;
}
