//! The keys that are good, in memory: no request waits for a database.
//!
//! They are looked up again every two seconds, so that a revocation is noticed in that time. A key that
//! nobody knows yet may have been made just now, so it is looked for at once; but however many come,
//! there are at most four such looks a second. While the database does not answer, the keys known last
//! go on: whoever had one may still call.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use kit::clock::now;
use kit::http::{Caller, KeyRefusal, Keys};
use kit::shutdown::Shutdown;
use subtle::ConstantTimeEq;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{ApiKey, ApiKeys};
use crate::StoreError;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two looks for keys that nobody knows.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// How long one look may take.
const LOOK_MAX: Duration = Duration::from_secs(5);
/// How coarse it is known when a key was last used.
const USE_NOTED_EVERY_MS: i64 = 5 * 60_000;

/// The keys that are good, in memory.
#[derive(Debug)]
pub struct KeyRing {
    store: Arc<dyn ApiKeys>,
    known: RwLock<Arc<HashMap<String, Known>>>,
    /// When the last look began; held while one is under way.
    looked_at: tokio::sync::Mutex<Instant>,
    /// Keys whose use is to be noted.
    used: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
struct Known {
    hash: [u8; 32],
    caller: Caller,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl KeyRing {
    /// Reads the keys, and again and again until shutdown.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn start(
        store: Arc<dyn ApiKeys>,
        shutdown: Shutdown,
    ) -> Result<Arc<Self>, StoreError> {
        let ring = Arc::new(Self {
            store,
            known: RwLock::default(),
            looked_at: tokio::sync::Mutex::new(Instant::now()),
            used: Mutex::default(),
        });
        ring.look().await?;
        let kept = Arc::clone(&ring);
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.requested() => {}
                () = kept.keep_up() => {}
            }
        });
        Ok(ring)
    }

    /// Whether no key is good.
    pub fn is_empty(&self) -> bool {
        self.known().is_empty()
    }

    async fn keep_up(&self) {
        let mut was_fine = true;
        loop {
            sleep(LOOK_EVERY).await;
            // On a full disk nothing can be noted, and a revocation is to be seen all the same.
            if let Err(error) = self.note_used().await {
                tracing::debug!(%error, "the use of keys was not noted");
            }
            let looked = self.look_since(Instant::now()).await;
            if let (true, Err(error)) = (was_fine, &looked) {
                tracing::warn!(%error, "keys cannot be read: those known last go on");
            }
            was_fine = looked.is_ok();
        }
    }

    /// Looks, unless somebody has since then.
    async fn look_since(&self, asked: Instant) -> Result<(), StoreError> {
        let mut looked_at = self.looked_at.lock().await;
        if *looked_at >= asked {
            return Ok(());
        }
        sleep_until(*looked_at + LOOK_AGAIN_AFTER).await;
        *looked_at = Instant::now();
        self.look().await
    }

    async fn look(&self) -> Result<(), StoreError> {
        let late = |_| StoreError::Unavailable("keys were not read in time".to_owned());
        let keys = timeout(LOOK_MAX, self.store.good_keys(now()));
        let keys = keys.await.map_err(late)??;
        let known = keys.into_iter().map(|key| {
            let caller = Caller {
                key_id: key.id.as_str().into(),
                scopes: Arc::new(key.scopes),
            };
            let known = Known {
                hash: key.hash,
                caller,
                expires_at: key.expires_at,
                last_used_at: key.last_used_at,
            };
            (key.id, known)
        });
        let known = Arc::new(known.collect());
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    fn known(&self) -> Arc<HashMap<String, Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known)
    }

    /// Who holds a key; `None` of one that nobody knows.
    fn find(&self, key: &ApiKey) -> Option<Result<Caller, KeyRefusal>> {
        let known = self.known();
        let found = known.get(key.id())?;
        let (hash, now) = (key.hash(), now());
        // As long for a guess that is nearly right as for any other.
        let is_same = bool::from(hash.ct_eq(&found.hash));
        if !is_same || found.expires_at.is_some_and(|end| end <= now) {
            return Some(Err(KeyRefusal::Unknown));
        }
        let is_noted = |at: i64| now - at < USE_NOTED_EVERY_MS;
        if !found.last_used_at.is_some_and(is_noted) {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.insert(key.id().to_owned());
        }
        Some(Ok(found.caller.clone()))
    }

    async fn note_used(&self) -> Result<(), StoreError> {
        let used = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *used)
        };
        if used.is_empty() {
            return Ok(());
        }
        let used: Vec<String> = used.into_iter().collect();
        self.store.note_used(&used, now()).await
    }
}

#[async_trait]
impl Keys for KeyRing {
    async fn holder(&self, key: &str) -> Result<Caller, KeyRefusal> {
        let asked = Instant::now();
        let key = ApiKey::parse(key).ok_or(KeyRefusal::Malformed)?;
        if let Some(found) = self.find(&key) {
            return found;
        }
        let looked = self.look_since(asked).await;
        looked.map_err(|error| KeyRefusal::Unavailable(error.to_string()))?;
        self.find(&key).unwrap_or(Err(KeyRefusal::Unknown))
    }
}
