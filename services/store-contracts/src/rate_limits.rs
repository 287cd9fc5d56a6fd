//! What every adapter of rate limits keeps to. Each function takes what opens the adapter on one empty
//! store, as often as it is called: each that is opened stands for a process of its own. What an
//! adapter in memory cannot keep to is in a suite of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::clock::now;
use stores::{RateLimits, Window};
use tokio::task::JoinSet;

/// A window in which nothing ends while a test runs.
const LENGTH_MS: i64 = 3_600_000;

/// Every function for any adapter, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! rate_limits_suite {
    ($tests:ident) => {
        $tests! {
            each_request_counts_one_more
            callers_and_windows_are_counted_apart
            no_request_is_lost_or_counted_twice_among_many
        }
    };
}

/// Every function for an adapter that several processes share.
#[macro_export]
macro_rules! shared_rate_limits_suite {
    ($tests:ident) => {
        $tests! {
            processes_count_together
            a_window_that_has_passed_is_forgotten
        }
    };
}

fn window() -> Window {
    Window::at(now(), LENGTH_MS)
}

async fn count(limits: &dyn RateLimits, who: &str, window: Window) -> u64 {
    limits.count(who, window).await.unwrap()
}

pub async fn each_request_counts_one_more(open: impl Fn() -> Arc<dyn RateLimits>) {
    let limits = open();
    for expected in 1..=20 {
        assert_eq!(
            count(&*limits, "key:3f2a9c81d04e", window()).await,
            expected
        );
    }
}

pub async fn callers_and_windows_are_counted_apart(open: impl Fn() -> Arc<dyn RateLimits>) {
    let limits = open();
    let window = window();
    let next = Window::at(window.end_ms(), LENGTH_MS);
    let long = "x".repeat(100);
    for who in ["key:a", "key:b", "address:2001:db8::", &long] {
        assert_eq!(count(&*limits, who, window).await, 1, "{who}");
    }
    assert_eq!(count(&*limits, "key:a", window).await, 2);
    assert_eq!(count(&*limits, "key:a", next).await, 1);
    assert_eq!(count(&*limits, "key:b", window).await, 2);
}

/// Counts from many tasks; each of the numbers up to the last is told once.
async fn count_many(processes: &[Arc<dyn RateLimits>]) {
    const EACH: usize = 50;
    let window = window();
    let mut counting = JoinSet::new();
    for limits in processes.iter().cycle().take(8) {
        let limits = Arc::clone(limits);
        counting.spawn(async move {
            let mut told = vec![];
            for _ in 0..EACH {
                told.push(count(&*limits, "key:a", window).await);
            }
            told
        });
    }
    let told: BTreeSet<u64> = counting.join_all().await.into_iter().flatten().collect();
    assert_eq!(told, (1..=8 * EACH as u64).collect());
}

pub async fn no_request_is_lost_or_counted_twice_among_many(
    open: impl Fn() -> Arc<dyn RateLimits>,
) {
    count_many(&[open()]).await;
}

pub async fn processes_count_together(open: impl Fn() -> Arc<dyn RateLimits>) {
    count_many(&[open(), open()]).await;
}

/// As far as a suite can see: its count does not go on when its name comes again.
pub async fn a_window_that_has_passed_is_forgotten(open: impl Fn() -> Arc<dyn RateLimits>) {
    const SHORT_MS: i64 = 1_000;
    let limits = open();
    let short = Window::at(now(), SHORT_MS);
    assert_eq!(count(&*limits, "key:a", short).await, 1);
    // An adapter keeps what it counted at least to the window's end, and at most ten times as long.
    while now() < short.end_ms() + 10 * SHORT_MS {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(count(&*limits, "key:a", short).await, 1);
}
