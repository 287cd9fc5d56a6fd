//! The wall's clock. Nothing that a log decides depends on it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC. It may step back.
pub fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}
