//! A view that is another one than before, or lost what it had, gets everything again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use stores::embedded::{Options, Store};
use stores::{Counted, Counter, Holding, Member, StoreError, UserView, View, ViewStore};

use crate::amount;
use crate::platform::Platform;

/// More than are written at once.
const USERS: usize = 600;

/// A view in a folder of its own, empty.
fn another_view() -> (tempfile::TempDir, Arc<dyn ViewStore>) {
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
        let spent = |view: &UserView| view.fields["totalSpent"] == json!(150.0);
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

/// A view on a server that may die and take along what it acknowledged lately.
#[derive(Debug)]
struct Mortal {
    /// What is answered.
    front: Mutex<Arc<dyn ViewStore>>,
    /// What is on disk.
    back: Arc<dyn ViewStore>,
    is_buffering: AtomicBool,
    life: AtomicU64,
}

impl Mortal {
    fn front(&self) -> Arc<dyn ViewStore> {
        Arc::clone(&self.front.lock().unwrap())
    }

    /// From here on nothing comes to its disk.
    fn buffer(&self) {
        self.is_buffering.store(true, Ordering::Relaxed);
    }

    /// Comes back with what is on its disk.
    fn die(&self) {
        *self.front.lock().unwrap() = Arc::clone(&self.back);
        self.life.fetch_add(1, Ordering::Relaxed);
    }

    fn back(&self) -> Option<&Arc<dyn ViewStore>> {
        let is_dead = self.life.load(Ordering::Relaxed) > 0;
        let is_on_disk = !is_dead && !self.is_buffering.load(Ordering::Relaxed);
        is_on_disk.then_some(&self.back)
    }
}

#[async_trait]
impl View for Mortal {
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError> {
        self.front().user(user_id).await
    }

    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        self.front().members(segment_id, after, limit).await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.front().counts().await
    }

    async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        self.front().counted(counter, begins_at).await
    }
}

#[async_trait]
impl ViewStore for Mortal {
    async fn write(&self, users: Vec<UserView>) -> Result<(), StoreError> {
        if let Some(back) = self.back() {
            back.write(users.clone()).await?;
        }
        self.front().write(users).await
    }

    async fn write_counts(
        &self,
        partition: u32,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        if let Some(back) = self.back() {
            back.write_counts(partition, counts.clone()).await?;
        }
        self.front().write_counts(partition, counts).await
    }

    async fn write_counted(&self, partition: u32, counted: Counted) -> Result<(), StoreError> {
        if let Some(back) = self.back() {
            back.write_counted(partition, counted.clone()).await?;
        }
        self.front().write_counted(partition, counted).await
    }

    async fn holding(&self, partition: u32) -> Result<Holding, StoreError> {
        let life = self.life.load(Ordering::Relaxed);
        let mark = self.front().holding(partition).await?.mark;
        Ok(Holding { mark, life })
    }

    async fn mark(&self, partition: u32, mark: u64) -> Result<(), StoreError> {
        if let Some(back) = self.back() {
            back.mark(partition, mark).await?;
        }
        self.front().mark(partition, mark).await
    }

    /// So that whatever this test writes, and however slow it is, none of it is there for sure.
    fn settles_in(&self) -> Duration {
        Duration::from_hours(1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_took_along_is_written_again() {
    let platform = Platform::start();
    platform.define("d1", "big", "totalSpent > 200").await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    let ((_front, front), (_back, back)) = (another_view(), another_view());
    let view = Arc::new(Mortal {
        front: Mutex::new(front),
        back,
        is_buffering: AtomicBool::new(false),
        life: AtomicU64::new(0),
    });
    let platform = platform.restart_on(Some(Arc::<Mortal>::clone(&view)));
    platform.view_of("ann", |view| view.exists).await;
    view.buffer();
    platform.fact("ann", "e2", "purchase", amount(150)).await;
    platform.count_of("big", 1).await;
    let on_disk = view.back.user("ann").await.unwrap().unwrap();
    assert!(on_disk.segments.is_empty());
    view.die();
    platform
        .view_of("ann", |view| !view.segments.is_empty())
        .await;
    platform.count_of("big", 1).await;
    platform.stop();
}
