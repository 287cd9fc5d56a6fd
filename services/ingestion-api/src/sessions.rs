//! Users' sessions, as accepted events tell of them, and the writing of them behind the answers.
//!
//! INVARIANT: no event waits for the store of sessions or is refused because of it. What waits to be
//! written is bounded; what finds no room there is dropped, and counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map::Entry};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kit::metrics::{Counter, Metrics};
use kit::shutdown::Shutdown;
use kit::wire::ID_BYTES_MAX;
use serde::Deserialize;
use stores::{Access, Session, Sessions, StoreError};
use tokio::sync::Notify;

/// Sessions that wait to be written: many events of one are one write.
const WAITING_MAX: usize = 10_000;
/// How long to gather after the first.
const GATHER: Duration = Duration::from_millis(200);
/// After a failure.
const RETRY: Duration = Duration::from_secs(1);

/// An access, and the session that it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InSession {
    pub(crate) session_id: String,
    pub(crate) access: Access,
}

/// What is read of an event's context.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
}

/// The session that an event's context names by its `sessionId`, where that is a text of 1 to
/// [`ID_BYTES_MAX`] bytes; what is none is no mistake of the event.
pub(crate) fn in_session(context: Option<&str>, user_id: &str, at: i64) -> Option<InSession> {
    // Most contexts have none: they are not read once more for it.
    let context = context.filter(|context| context.contains("\"sessionId\""))?;
    let context: Context<'_> = serde_json::from_str(context).ok()?;
    let id = context.session_id?;
    (1..=ID_BYTES_MAX).contains(&id.len()).then(|| InSession {
        session_id: id.into_owned(),
        access: Access {
            user_id: user_id.to_owned(),
            first_at: at,
            last_at: at,
        },
    })
}

/// What all requests of ingestion share of sessions.
#[derive(Debug)]
pub(crate) struct KeptSessions {
    store: Arc<dyn Sessions>,
    ttl_ms: i64,
    waiting: Mutex<BTreeMap<String, Access>>,
    has_waiting: Notify,
    dropped: Counter,
}

impl KeptSessions {
    pub(crate) fn new(store: Arc<dyn Sessions>, ttl_ms: i64, metrics: &Metrics) -> Self {
        let help = "Accesses of sessions that were not written: too many waited";
        Self {
            store,
            ttl_ms,
            waiting: Mutex::default(),
            has_waiting: Notify::new(),
            dropped: metrics.counter("sessions_dropped", help),
        }
    }

    /// Takes what events that were accepted at `now` tell, to be written later. An event of a session
    /// that has ended by then, as those of an import, begins none; one of the future is one of now.
    pub(crate) fn note(&self, accesses: Vec<InSession>, now: i64) {
        let oldest = now.saturating_sub(self.ttl_ms);
        let mut accesses = accesses
            .into_iter()
            .filter(|it| it.access.last_at > oldest)
            .peekable();
        if accesses.peek().is_none() {
            return;
        }
        for InSession { session_id, access } in accesses {
            let (first_at, last_at) = (access.first_at.min(now), access.last_at.min(now));
            let user_id = access.user_id;
            let access = Access {
                user_id,
                first_at,
                last_at,
            };
            self.wait(session_id, access);
        }
        self.has_waiting.notify_one();
    }

    fn wait(&self, session_id: String, access: Access) {
        let mut waiting = self.waiting();
        let has_room = waiting.len() < WAITING_MAX;
        match waiting.entry(session_id) {
            Entry::Occupied(mut entry) => unite(entry.get_mut(), access),
            Entry::Vacant(entry) if has_room => {
                entry.insert(access);
            }
            Entry::Vacant(_) => {
                self.dropped.inc();
            }
        }
    }

    /// Writes what waits until the process is to end, and what is left then.
    pub(crate) async fn write(&self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                () = self.has_waiting.notified() => {}
                () = shutdown.requested() => {}
            }
            pause(GATHER, shutdown).await;
            let is_last = shutdown.is_requested();
            if let Err(error) = self.write_waiting().await {
                tracing::warn!(%error, "sessions are not written");
                self.has_waiting.notify_one();
                pause(RETRY, shutdown).await;
            }
            if is_last {
                return;
            }
        }
    }

    /// Writes what waits; what fails waits again.
    async fn write_waiting(&self) -> Result<(), StoreError> {
        let accesses = std::mem::take(&mut *self.waiting());
        if accesses.is_empty() {
            return Ok(());
        }
        let written = self.store.note(&accesses).await;
        if written.is_err() {
            for (session_id, access) in accesses {
                self.wait(session_id, access);
            }
        }
        written
    }

    pub(crate) async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        self.store.session(id).await
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, Access>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds what else is known of a session's accesses.
fn unite(known: &mut Access, other: Access) {
    known.first_at = known.first_at.min(other.first_at);
    if other.last_at >= known.last_at {
        (known.user_id, known.last_at) = (other.user_id, other.last_at);
    }
}

/// Waits, unless the process is to end.
async fn pause(time: Duration, shutdown: &Shutdown) {
    // Either way there is nothing more to know.
    let _ = tokio::time::timeout(time, shutdown.requested()).await;
}

#[cfg(test)]
mod tests;
