//! What every view keeps to, and every adapter of rate limits and of sessions.

use std::sync::Arc;
use std::time::Duration;

use store_contracts::aerospike::shared;
use stores::{RateLimits, Sessions};

use crate::world::{World, view};

macro_rules! view_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            if let Some(view) = view().await {
                store_contracts::view::$name(view).await;
            }
        }
    )*};
}

view_keeps_to! {
    a_user_comes_back_as_written
    an_older_record_never_replaces_a_newer_one
    of_one_users_records_in_a_call_the_newest_counts
    members_follow_the_records
    members_come_once_each_over_pages
    sizes_are_summed_over_partitions
    what_is_counted_is_of_its_span_alone
    a_mark_is_there_until_the_view_is_lost
}

macro_rules! rate_limits_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some(address) = shared() else { return };
            let world = World::on(address);
            // Each of them has a client of its own.
            let views = [world.view().await, world.view().await];
            let opened = std::sync::atomic::AtomicUsize::new(0);
            let open = || -> Arc<dyn RateLimits> {
                let next = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Arc::new(views[next % views.len()].rate_limits())
            };
            store_contracts::rate_limits::$name(open).await;
        }
    )*};
}

store_contracts::rate_limits_suite!(rate_limits_keep_to);
store_contracts::shared_rate_limits_suite!(rate_limits_keep_to);

macro_rules! sessions_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some(address) = shared() else { return };
            let world = World::on(address);
            // Each of them has a client of its own.
            let views = [world.view().await, world.view().await];
            let opened = std::sync::atomic::AtomicUsize::new(0);
            let open = |ttl: Duration| -> Arc<dyn Sessions> {
                let next = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Arc::new(views[next % views.len()].sessions(ttl))
            };
            store_contracts::sessions::$name(open).await;
        }
    )*};
}

store_contracts::sessions_suite!(sessions_keep_to);
store_contracts::shared_sessions_suite!(sessions_keep_to);
