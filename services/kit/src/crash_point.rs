//! Places at which a test can end the process as a power cut would.
//!
//! With the feature `crash-points`, `AUDIENCE_CRASH_POINT=name:n` aborts the process when the
//! place `name` is passed the `n`th time. Without the feature there is nothing here.

/// Passes a place.
#[cfg(not(feature = "crash-points"))]
pub fn crash_point(_name: &'static str) {}

/// Passes a place.
#[cfg(feature = "crash-points")]
pub fn crash_point(name: &'static str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let wanted = std::env::var("AUDIENCE_CRASH_POINT").unwrap_or_default();
    let Some((place, count)) = wanted.split_once(':') else {
        return;
    };
    if place != name {
        return;
    }
    let passed = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if count.parse() == Ok(passed) {
        std::process::abort();
    }
}
