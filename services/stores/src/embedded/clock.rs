//! Where stamps come from.

use std::fmt::Debug;

/// The clock that stamps records.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since 1970, UTC. It may step back: stamps never do.
    fn now(&self) -> i64;
}

/// The clock on the wall.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        kit::clock::now()
    }
}
