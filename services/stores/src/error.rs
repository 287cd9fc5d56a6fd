//! Why a store did not do what it was asked.

mod database;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use kit::http::Problem;
use thiserror::Error;

/// Why a store did not do what it was asked. Nothing of the request was done, unless it is in doubt.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The disk is full. Reads go on; writes work again when there is space.
    #[error("the disk is full")]
    Full,
    /// The store does not answer now; it may later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What was to be changed is not what the caller thought it was.
    #[error("{0}")]
    Conflict(String),
    /// What is stored cannot be read.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// What went wrong, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Unavailable(_) => "unavailable",
            Self::Conflict(_) => "conflict",
            Self::Corrupt(_) => "corrupt",
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::unavailable("the disk is full", &error),
            StoreError::Unavailable(_) => {
                Self::unavailable("a store does not answer; try again", &error)
            }
            StoreError::Conflict(detail) => Self::conflict(detail),
            StoreError::Corrupt(_) => Self::internal(error),
        }
    }
}
