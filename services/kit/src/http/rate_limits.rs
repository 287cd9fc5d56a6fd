//! How often one caller may call: a window of time, and so many requests in it.
//!
//! Who holds a key is counted by the key, whichever of several processes is asked, if they count
//! together. Who holds none that is good is counted by address, so that guessing has an end; requests
//! with a key do not suffer from what others at the same address do.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::Problem;
use crate::clock::now;
use crate::metrics::{Counter, Metrics};

/// The time in which requests are counted together.
const WINDOW: Duration = Duration::from_mins(1);

/// How long a count may take. A request that nobody could count in time is let through: a limit is
/// there to keep the services up.
const COUNT_MAX: Duration = Duration::from_millis(100);

/// Counts in windows of time.
///
/// Several processes may count together: a window is the same for all whose clocks agree. What was
/// counted may be lost with its store, and is to be forgotten some time after its window has passed.
#[async_trait]
pub trait RateLimits: Debug + Send + Sync {
    /// Counts one request of `who`, the id of a key or an address, into a window, and says how many
    /// there are in it with this one. `who` is at most 100 bytes long.
    ///
    /// # Errors
    /// Why it could not be counted, in words.
    async fn count(&self, who: &str, window: Window) -> Result<u64, String>;
}

/// A window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Its begin, in milliseconds: a multiple of its length.
    pub start_ms: i64,
    /// Its length, in milliseconds.
    pub length_ms: i64,
}

impl Window {
    /// The window of that length that an instant is in; both in milliseconds.
    pub fn at(instant_ms: i64, length_ms: i64) -> Self {
        let length_ms = length_ms.max(1);
        Self {
            start_ms: instant_ms.div_euclid(length_ms) * length_ms,
            length_ms,
        }
    }

    /// The first instant after it, in milliseconds.
    pub fn end_ms(self) -> i64 {
        self.start_ms + self.length_ms
    }
}

/// How many requests a window has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of one key; 0 for any number.
    pub per_key: u64,
    /// Of one address, of requests that have no key which is good; 0 for any number.
    pub per_address: u64,
}

/// Holds callers to their rates.
#[derive(Debug, Clone)]
pub struct Throttle {
    limits: Arc<dyn RateLimits>,
    rates: Rates,
    limited: Counter,
    /// Whether the last request could not be counted.
    is_lost: Arc<AtomicBool>,
}

impl Throttle {
    /// Counts with these limits.
    pub fn new(limits: Arc<dyn RateLimits>, rates: Rates, metrics: &Metrics) -> Self {
        let help = "Requests refused because their caller had too many";
        let limited = metrics.counter("http_requests_limited", help);
        Self {
            limits,
            rates,
            limited,
            is_lost: Arc::default(),
        }
    }

    /// A request of who holds a key.
    pub(super) async fn key(&self, id: &str) -> Result<(), Problem> {
        self.admit(id, self.rates.per_key, "of one key").await
    }

    /// A request of who holds none that is good.
    pub(super) async fn address(&self, address: IpAddr) -> Result<(), Problem> {
        let who = household(address).to_string();
        let what = "without a good key of one address";
        self.admit(&who, self.rates.per_address, what).await
    }

    async fn admit(&self, who: &str, rate: u64, what: &str) -> Result<(), Problem> {
        if rate == 0 {
            return Ok(());
        }
        let at = now();
        let window = Window::at(at, WINDOW.as_millis() as i64);
        let counted = tokio::time::timeout(COUNT_MAX, self.limits.count(who, window));
        let counted = counted
            .await
            .unwrap_or_else(|_| Err("it took too long".to_owned()));
        let count = match counted {
            Ok(count) => count,
            Err(reason) => {
                // Once, not with each request.
                if !self.is_lost.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%reason, "requests are not counted");
                }
                return Ok(());
            }
        };
        self.is_lost.store(false, Ordering::Relaxed);
        if count <= rate {
            return Ok(());
        }
        self.limited.inc();
        let wait = Duration::from_millis((window.end_ms() - at).max(1) as u64);
        let detail = format!("more than {rate} requests {what} in a minute");
        Err(Problem::too_many_requests(detail, wait))
    }
}

/// What one caller has of addresses: of IPv6 it is a network of 64 bits, in which a machine takes as
/// many as it likes.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_in_one_window() {
        let window = Window::at(-1, 60_000);
        assert_eq!((window.start_ms, window.end_ms()), (-60_000, 0));
        assert_eq!(Window::at(119_999, 60_000).start_ms, 60_000);
        assert_eq!(Window::at(120_000, 60_000).start_ms, 120_000);
    }

    #[test]
    fn a_machine_does_not_escape_by_its_many_addresses() {
        let of = |text: &str| household(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
