//! The port of users' sessions, as events tell of them, and its adapter in memory.
//!
//! A session is what comes with one `context.sessionId`. It begins with the first access that is told of
//! and ends by itself, some time after the last. A convenience, never the truth: accesses may be lost.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kit::clock::now;
use lru::LruCache;

use crate::StoreError;

/// Sessions in memory at once; the one that was told of least lately goes first.
const SESSIONS_MAX: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// A session that goes on. Instants are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is: the user of the last access.
    pub user_id: String,
    /// The instant of the access that began it.
    pub created: i64,
    /// The instant of the last access.
    pub last_access: i64,
}

/// What a user did in a session, gathered. Instants are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The user of the last access.
    pub user_id: String,
    /// The instant of the first.
    pub first_at: i64,
    /// The instant of the last.
    pub last_at: i64,
}

/// Where sessions are kept.
#[async_trait]
pub trait Sessions: Debug + Send + Sync {
    /// Tells of accesses, by session. Told again they change nothing, nor do those before the last one.
    async fn note(&self, accesses: &BTreeMap<String, Access>) -> Result<(), StoreError>;

    /// A session; `None` of one that has ended or was never heard of.
    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError>;
}

/// Sessions that this process alone heard of, forgotten with it.
#[derive(Debug)]
pub struct MemorySessions {
    ttl_ms: i64,
    kept: Mutex<LruCache<String, Session>>,
}

impl MemorySessions {
    /// Sessions that end so long after their last access.
    pub fn new(ttl: Duration) -> Self {
        Self {
            ttl_ms: i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX),
            kept: Mutex::new(LruCache::new(SESSIONS_MAX)),
        }
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<String, Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self, session: &Session) -> bool {
        session.last_access.saturating_add(self.ttl_ms) > now()
    }
}

fn begun_by(access: &Access) -> Session {
    Session {
        user_id: access.user_id.clone(),
        created: access.first_at,
        last_access: access.last_at,
    }
}

#[async_trait]
impl Sessions for MemorySessions {
    async fn note(&self, accesses: &BTreeMap<String, Access>) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for (id, access) in accesses {
            match kept.get_mut(id).filter(|session| self.goes_on(session)) {
                Some(session) if session.last_access > access.last_at => {}
                Some(session) => {
                    session.user_id.clone_from(&access.user_id);
                    session.last_access = access.last_at;
                }
                None => drop(kept.put(id.clone(), begun_by(access))),
            }
        }
        Ok(())
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let found = self.kept().peek(id).cloned();
        Ok(found.filter(|session| self.goes_on(session)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_has_a_bound_and_who_was_not_told_of_goes_first() {
        let sessions = MemorySessions::new(Duration::from_hours(1));
        let access = Access {
            user_id: "ann".to_owned(),
            first_at: now(),
            last_at: now(),
        };
        let note = async |id: String| {
            let accesses = BTreeMap::from([(id, access.clone())]);
            sessions.note(&accesses).await.unwrap();
        };
        for number in 0..SESSIONS_MAX.get() {
            note(number.to_string()).await;
        }
        note("0".to_owned()).await;
        note("more".to_owned()).await;
        let mut is_there = vec![];
        for id in ["0", "1", "2", "more"] {
            is_there.push(sessions.session(id).await.unwrap().is_some());
        }
        assert_eq!(is_there, [true, false, true, true]);
    }
}
