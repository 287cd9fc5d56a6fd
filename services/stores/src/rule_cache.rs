//! The port of the rules in force, for programs that read them beside the platform, in any language.
//!
//! The platform's own processes do not ask it: each has the definitions in memory and asks the catalog
//! only whether they have moved. So there is none where the stores are embedded: nobody else could
//! open those.

use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::keys::hex;

/// A segment's rule in its portable form. It was checked, and is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedRule {
    /// The segment.
    pub segment_id: String,
    /// Its version.
    pub version: u32,
    /// The canonical text.
    pub expression: String,
    /// The JSON form.
    pub json: Value,
    /// When the segment was saved last, in milliseconds.
    pub updated_at: i64,
}

impl CachedRule {
    /// The same of equal rules alone: the SHA-256 of the canonical text, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.expression.as_bytes()))
    }
}

/// Where the rules in force are for others. Each goes by itself some time after it was put last.
#[async_trait]
pub trait RuleCache: Debug + Send + Sync {
    /// Puts rules, in place of what is there of their segments.
    async fn put(&self, rules: Vec<CachedRule>) -> Result<(), StoreError>;

    /// Removes the rules of segments; one that has none is no mistake.
    async fn remove(&self, segment_ids: Vec<String>) -> Result<(), StoreError>;

    /// As it was marked last; `None` where it was not, or has lost what it had.
    async fn marked(&self) -> Result<Option<u64>, StoreError>;

    /// Marks it.
    async fn mark(&self, mark: u64) -> Result<(), StoreError>;
}
