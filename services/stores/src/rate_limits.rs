//! The port of rate limits, whose trait stands with HTTP, which asks it, and its adapter in memory.
//!
//! An adapter that processes share keeps one record a caller, named `ratelimit:api:<who>`, of the
//! window's start and the count in it; one operation of the store counts and reads, so that no request
//! is lost. The record ends by itself, at the window's end or within ten windows after it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
pub use kit::http::{RateLimits, Window};

/// Callers counted at once. Beyond them nobody new is counted until a window has passed: who floods
/// under many names would only fill memory.
const CALLERS_MAX: usize = 100_000;

/// Counts of this process alone, forgotten with it.
#[derive(Debug, Default)]
pub struct MemoryRateLimits {
    counts: Mutex<HashMap<String, (Window, u64)>>,
}

#[async_trait]
impl RateLimits for MemoryRateLimits {
    async fn count(&self, who: &str, window: Window) -> Result<u64, String> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((counted_in, count)) = counts.get_mut(who) {
            if *counted_in != window {
                (*counted_in, *count) = (window, 0);
            }
            *count += 1;
            return Ok(*count);
        }
        if counts.len() >= CALLERS_MAX {
            counts.retain(|_, (counted_in, _)| counted_in.end_ms() > window.start_ms);
        }
        if counts.len() >= CALLERS_MAX {
            return Err(format!("{CALLERS_MAX} callers are counted already"));
        }
        counts.insert(who.to_owned(), (window, 1));
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_has_a_bound_and_room_again_in_the_next_window() {
        let limits = MemoryRateLimits::default();
        let (now, next) = (Window::at(0, 10), Window::at(10, 10));
        for caller in 0..CALLERS_MAX {
            let counted = limits.count(&caller.to_string(), now).await;
            assert_eq!(counted, Ok(1));
        }
        assert!(limits.count("more", now).await.is_err());
        assert_eq!(limits.count("7", now).await, Ok(2));
        assert_eq!(limits.count("more", next).await, Ok(1));
        assert_eq!(limits.counts.lock().unwrap().len(), 1);
    }
}
