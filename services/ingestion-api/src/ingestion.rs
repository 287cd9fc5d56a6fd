//! What all requests share: the log, the clock, the ids seen lately.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kit::config::EventsConfig;
use kit::metrics::{Counter, Histogram, Metrics};
use kit::shutdown::Shutdown;
use stores::{Log, NewRecord, Sessions, StoreError, append_traced};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::UNDER_WAY_BYTES_MAX;
use crate::recent::Recent;
use crate::sessions::KeptSessions;
use crate::timestamp::Now;

/// How ingestion works.
#[derive(Clone)]
pub struct Options {
    /// How far ahead of now a timestamp may be, in milliseconds.
    pub clock_skew_max_ms: i64,
    /// Event ids that are remembered to tell duplicates at once.
    pub recent_ids: usize,
    /// How long after its last event a user's session ends, in milliseconds.
    pub session_ttl_ms: i64,
    /// The present, in milliseconds.
    pub clock: fn() -> i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock_skew_max_ms: 3_600_000,
            recent_ids: 100_000,
            session_ttl_ms: 1_800_000,
            clock: kit::clock::now,
        }
    }
}

impl From<&EventsConfig> for Options {
    fn from(config: &EventsConfig) -> Self {
        Self {
            clock_skew_max_ms: config.clock_skew_max_ms as i64,
            recent_ids: config.recent_ids,
            session_ttl_ms: config.session_ttl_ms as i64,
            ..Self::default()
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("clock_skew_max_ms", &self.clock_skew_max_ms)
            .field("recent_ids", &self.recent_ids)
            .field("session_ttl_ms", &self.session_ttl_ms)
            .finish_non_exhaustive()
    }
}

/// What all requests of ingestion share.
#[derive(Debug, Clone)]
pub struct Ingestion {
    log: Arc<dyn Log>,
    options: Options,
    recent: Arc<Mutex<Recent>>,
    sessions: Arc<KeptSessions>,
    /// Permits are KiB.
    under_way: Arc<Semaphore>,
    counts: Counts,
}

/// What is counted.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    pub(crate) accepted: Counter,
    pub(crate) duplicates: Counter,
    pub(crate) rejected: Counter,
    append_seconds: Histogram,
}

impl Ingestion {
    /// Ingestion into that log, which is that of `user-events`; what events tell of sessions goes to
    /// `sessions` as long as [`Self::keep_sessions`] runs.
    pub fn new(
        log: Arc<dyn Log>,
        sessions: Arc<dyn Sessions>,
        options: Options,
        metrics: &Metrics,
    ) -> Self {
        let recent = Recent::new(options.recent_ids);
        let counts = Counts {
            accepted: metrics.counter("events_accepted", "Events that are in the log"),
            duplicates: metrics.counter("events_duplicate", "Events that were known at once"),
            rejected: metrics.counter("events_rejected", "Events that were refused by a verdict"),
            append_seconds: metrics.seconds(
                "events_append_duration_seconds",
                "Until the events of a request are durable",
            ),
        };
        let sessions = KeptSessions::new(sessions, options.session_ttl_ms, metrics);
        Self {
            log,
            options,
            sessions: Arc::new(sessions),
            recent: Arc::new(Mutex::new(recent)),
            under_way: Arc::new(Semaphore::new(UNDER_WAY_BYTES_MAX / 1024)),
            counts,
        }
    }

    /// Writes sessions behind the answers until the process is to end.
    pub fn keep_sessions(&self, shutdown: Shutdown) -> impl Future<Output = ()> + Send + 'static {
        let sessions = Arc::clone(&self.sessions);
        async move { sessions.write(&shutdown).await }
    }

    pub(crate) fn sessions(&self) -> &KeptSessions {
        &self.sessions
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            received_at: (self.options.clock)(),
            skew_max_ms: self.options.clock_skew_max_ms,
        }
    }

    pub(crate) fn partitions(&self) -> u32 {
        self.log.partitions()
    }

    pub(crate) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A share of the bytes under way; `None` where too many are.
    pub(crate) fn share(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = bytes.div_ceil(1024) as u32;
        Arc::clone(&self.under_way).try_acquire_many_owned(kib).ok()
    }

    /// Appends the records of the request under way; they are durable when this returns.
    pub(crate) async fn append(&self, records: Vec<NewRecord>) -> Result<(), StoreError> {
        let start = std::time::Instant::now();
        append_traced(&*self.log, records).await?;
        let seconds = start.elapsed().as_secs_f64();
        self.counts.append_seconds.observe(seconds);
        Ok(())
    }
}
