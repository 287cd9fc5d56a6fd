//! The port of API keys: who may call the services, and how far.
//!
//! INVARIANT: a key itself is nowhere but with its holder. What is kept of it is its SHA-256: a key
//! has 160 random bits, which nobody guesses, so there is nothing that a slow hash would protect.

mod ring;
mod secret;

use std::fmt::Debug;

use async_trait::async_trait;
use kit::scope::Scopes;

pub use ring::KeyRing;
pub use secret::ApiKey;
pub(crate) use secret::hex;

use crate::StoreError;

/// Keys that are good at one time: every process has all of them in memory.
pub const KEYS_MAX: usize = 1_000;

/// What is kept of a key. Instants are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Names it, in the key too.
    pub id: String,
    /// What it is for, for people; not unique.
    pub name: String,
    /// [`ApiKey::hash`].
    pub hash: [u8; 32],
    /// What it is good for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: i64,
    /// From when on it is no good; `None` for one that does not end by itself.
    pub expires_at: Option<i64>,
    /// When it was last seen, to some minutes; `None` of one that never was.
    pub last_used_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

impl StoredKey {
    /// Whether it is good at an instant.
    pub fn is_good(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Keys and what became of them.
#[async_trait]
pub trait ApiKeys: Debug + Send + Sync {
    /// Keeps a new key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where [`KEYS_MAX`] others are good, or the id is taken.
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError>;

    /// Up to `limit` keys, revoked ones last, else the newest first.
    async fn keys(&self, limit: usize) -> Result<Vec<StoredKey>, StoreError>;

    /// Those that are good at `now`, in any order.
    async fn good_keys(&self, now: i64) -> Result<Vec<StoredKey>, StoreError>;

    /// Revokes a key and gives back what it is then; `None` where there is none. One that was revoked
    /// stays as it is.
    async fn revoke_key(&self, id: &str, now: i64) -> Result<Option<StoredKey>, StoreError>;

    /// Notes that keys were used then; what is known to be later stays.
    async fn note_used(&self, ids: &[String], at: i64) -> Result<(), StoreError>;
}
