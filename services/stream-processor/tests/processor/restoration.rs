//! A view that is another one than before, or lost what it had, gets everything again.

use std::sync::Arc;

use serde_json::json;
use stores::View;
use stores::embedded::{Options, Store};

use crate::amount;
use crate::platform::Platform;

/// More than are written at once.
const USERS: usize = 600;

/// A view in a folder of its own, empty.
fn another_view() -> (tempfile::TempDir, Arc<dyn View>) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        reserve_bytes: 0,
        ..Options::default()
    };
    let store = Store::open(dir.path(), options).unwrap();
    (dir, store.view())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_is_empty_gets_everything() {
    let platform = Platform::start();
    platform.define("d1", "big", "totalSpent > 1").await;
    for user in 0..USERS {
        let user = format!("user-{user}");
        platform.fact(&user, "e1", "purchase", amount(150)).await;
    }
    platform.fact("gone", "e1", "$delete", json!({})).await;
    platform.count_of("big", USERS as u64).await;
    let (_dir, view) = another_view();
    let platform = platform.restart_on(Some(Arc::clone(&view)));
    platform.count_of("big", USERS as u64).await;
    for user in 0..USERS {
        let spent = |view: &stores::UserView| view.fields["totalSpent"] == json!(150.0);
        platform.view_of(&format!("user-{user}"), spent).await;
    }
    let members = view.members("big", None, 2 * USERS).await.unwrap();
    assert_eq!(members.len(), USERS);
    // Marked, so that the next start has nothing to do.
    for partition in 0..2 {
        platform.marked(&*view, partition).await;
    }
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_was_not_written_for_a_while_gets_what_it_missed() {
    let platform = Platform::start();
    platform.define("d1", "big", "totalSpent > 200").await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    platform.view_of("ann", |view| view.exists).await;
    let (_dir, view) = another_view();
    let platform = platform.restart_on(Some(Arc::clone(&view)));
    platform.fact("ann", "e2", "purchase", amount(150)).await;
    platform
        .view_of("ann", |view| !view.segments.is_empty())
        .await;
    for partition in 0..2 {
        platform.marked(&*view, partition).await;
    }
    let platform = platform.restart_on(None);
    let ann = platform
        .view_of("ann", |view| !view.segments.is_empty())
        .await;
    assert_eq!(ann.fields["totalSpent"], json!(300.0));
    platform.count_of("big", 1).await;
    platform.stop();
}
