//! SQLite's result codes.

use super::StoreError;

// Primary result codes, https://www.sqlite.org/rescode.html
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CONSTRAINT: u32 = 19;
const NOT_A_DATABASE: u32 = 26;

/// What an extended code means; its lowest byte is the primary one.
pub(super) fn store_error(code: &str, message: String) -> StoreError {
    let extended: Option<u32> = code.parse().ok();
    match extended.map(|extended| extended & 0xff) {
        Some(FULL) => StoreError::Full,
        Some(CONSTRAINT) => StoreError::Conflict(message),
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Corrupt(message),
        _ => StoreError::Unavailable(message),
    }
}
