//! The keys in memory, over those in a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kit::clock::now;
use kit::http::{KeyRefusal, Keys};
use kit::scope::{Scope, Scopes};
use kit::shutdown::Shutdown;
use stores::{ApiKey, ApiKeys, KeyRing, SqliteCatalog, StoreError, StoredKey};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::tempdir;

/// How long anything that is waited for may take.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// A database that counts how often it is asked for keys.
#[derive(Debug)]
struct Counting {
    catalog: SqliteCatalog,
    looks: AtomicU64,
}

#[async_trait]
impl ApiKeys for Counting {
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        self.catalog.add_key(key).await
    }

    async fn keys(&self, limit: usize) -> Result<Vec<StoredKey>, StoreError> {
        self.catalog.keys(limit).await
    }

    async fn good_keys(&self, now: i64) -> Result<Vec<StoredKey>, StoreError> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.catalog.good_keys(now).await
    }

    async fn revoke_key(&self, id: &str, now: i64) -> Result<Option<StoredKey>, StoreError> {
        self.catalog.revoke_key(id, now).await
    }

    async fn note_used(&self, ids: &[String], at: i64) -> Result<(), StoreError> {
        self.catalog.note_used(ids, at).await
    }
}

struct Fixture {
    store: Arc<Counting>,
    ring: Arc<KeyRing>,
    shutdown: Shutdown,
    _dir: TempDir,
}

async fn fixture() -> Fixture {
    let dir = tempdir();
    let store = Arc::new(Counting {
        catalog: SqliteCatalog::open(dir.path()).await.unwrap(),
        looks: AtomicU64::new(0),
    });
    let shutdown = Shutdown::new();
    let keys: Arc<dyn ApiKeys> = Arc::<Counting>::clone(&store);
    Fixture {
        ring: KeyRing::start(keys, shutdown.clone()).await.unwrap(),
        store,
        shutdown,
        _dir: dir,
    }
}

impl Fixture {
    /// A key that ends then.
    async fn made(&self, expires_at: Option<i64>) -> ApiKey {
        let key = ApiKey::generate().unwrap();
        let stored = StoredKey {
            id: key.id().to_owned(),
            name: String::new(),
            hash: key.hash(),
            scopes: Scopes::from_iter([Scope::ProfilesRead]),
            created_at: now(),
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        self.store.add_key(&stored).await.unwrap();
        key
    }

    async fn is_good(&self, key: &ApiKey) -> bool {
        match self.ring.holder(key.text()).await {
            Ok(caller) => {
                assert_eq!(&*caller.key_id, key.id());
                assert!(caller.scopes.allow(Scope::ProfilesRead));
                true
            }
            Err(refusal) => {
                assert_eq!(refusal, KeyRefusal::Unknown);
                false
            }
        }
    }
}

/// Looks again until it is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < WAIT_MAX);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_key_is_good_from_the_first_request_until_it_is_revoked() {
    let fixture = fixture().await;
    assert!(fixture.ring.is_empty());
    let (key, other) = (fixture.made(None).await, fixture.made(None).await);
    assert!(fixture.is_good(&key).await);
    assert!(fixture.is_good(&other).await);
    fixture.store.revoke_key(key.id(), now()).await.unwrap();
    until(async || !fixture.is_good(&key).await).await;
    assert!(fixture.is_good(&other).await);
    fixture.shutdown.request();
}

#[tokio::test]
async fn neither_an_expired_key_nor_one_with_anothers_name_is_good() {
    let fixture = fixture().await;
    let expired = fixture.made(Some(now() - 1)).await;
    assert!(!fixture.is_good(&expired).await);
    let soon = fixture.made(Some(now() + 60_000)).await;
    assert!(fixture.is_good(&soon).await);
    // Its hash belongs to another: as if a key were guessed for an id that is known.
    let key = ApiKey::generate().unwrap();
    let stored = StoredKey {
        id: key.id().to_owned(),
        hash: soon.hash(),
        ..fixture.store.keys(1).await.unwrap().swap_remove(0)
    };
    fixture.store.add_key(&stored).await.unwrap();
    assert!(!fixture.is_good(&key).await);
    let refused = fixture.ring.holder("aud_0_1").await.unwrap_err();
    assert_eq!(refused, KeyRefusal::Malformed);
    fixture.shutdown.request();
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_no_flood_of_looks() {
    let fixture = fixture().await;
    let known = fixture.made(None).await;
    assert!(fixture.is_good(&known).await);
    let before = fixture.store.looks.load(Ordering::Relaxed);
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..500 {
        let ring = Arc::clone(&fixture.ring);
        asking.spawn(async move {
            let key = ApiKey::generate().unwrap();
            assert!(ring.holder(key.text()).await.is_err());
            assert!(ring.holder(key.text()).await.is_err());
        });
    }
    // One that was made just now is found among them, and one that is known does not wait.
    let new = fixture.made(None).await;
    assert!(fixture.is_good(&new).await);
    assert!(fixture.is_good(&known).await);
    asking.join_all().await;
    let looks = fixture.store.looks.load(Ordering::Relaxed) - before;
    let most = 2 + started.elapsed().as_millis() as u64 / 250;
    assert!((1..=most).contains(&looks), "{looks} of at most {most}");
    fixture.shutdown.request();
}

#[tokio::test]
async fn the_first_use_of_a_key_is_noted_soon() {
    let fixture = fixture().await;
    let key = fixture.made(None).await;
    let last_used = async || fixture.store.keys(1).await.unwrap()[0].last_used_at;
    assert_eq!(last_used().await, None);
    assert!(fixture.is_good(&key).await);
    until(async || last_used().await.is_some()).await;
    fixture.shutdown.request();
}

#[tokio::test]
async fn keys_that_are_known_go_on_while_the_database_does_not_answer() {
    let fixture = fixture().await;
    let key = fixture.made(None).await;
    assert!(fixture.is_good(&key).await);
    fixture.store.catalog.close().await;
    let unknown = ApiKey::generate().unwrap();
    let refused = fixture.ring.holder(unknown.text()).await.unwrap_err();
    assert!(matches!(refused, KeyRefusal::Unavailable(_)), "{refused:?}");
    assert!(fixture.is_good(&key).await);
    fixture.shutdown.request();
}
