//! Ticks: a record appended where a deadline is due and no other record comes, so that the log
//! says how far time has come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kit::control::Control;
use stores::{Log, NewRecord, StoreError};
use tokio::runtime::Handle;

use crate::errand::Errand;

/// Between two ticks, at least.
const TICK_EVERY: Duration = Duration::from_millis(200);

/// Appends ticks to one partition, one at a time.
#[derive(Debug)]
pub(super) struct Ticks {
    partition: u32,
    log: Arc<dyn Log>,
    errand: Errand<Result<(), StoreError>>,
    /// Whether one is on its way to be read back.
    is_outstanding: bool,
    last: Option<Instant>,
}

impl Ticks {
    pub(super) fn new(partition: u32, log: Arc<dyn Log>, runtime: &Handle) -> Self {
        Self {
            partition,
            log,
            errand: Errand::new(runtime),
            is_outstanding: false,
            last: None,
        }
    }

    /// Waits until no append is under way.
    pub(super) fn settle(&mut self) {
        self.errand.settle();
    }

    /// A control record was read back: what was outstanding is not any more.
    pub(super) fn came(&mut self) {
        self.is_outstanding = false;
    }

    /// Appends a tick unless one is outstanding or the last one was just now.
    pub(super) fn ask(&mut self) {
        if let Some(outcome) = self.errand.outcome()
            && !matches!(outcome, Ok(Ok(())))
        {
            tracing::warn!(partition = self.partition, "a tick was not appended");
            self.is_outstanding = false;
        }
        if self.is_outstanding || !self.wait().is_zero() {
            return;
        }
        let Ok(value) = serde_json::to_vec(&Control::Tick) else {
            return;
        };
        let tick = NewRecord {
            partition: self.partition,
            key: String::new(),
            value: Bytes::from(value),
            headers: vec![],
        };
        let log = Arc::clone(&self.log);
        self.errand
            .start(async move { log.append(vec![tick]).await });
        self.is_outstanding = true;
        self.last = Some(Instant::now());
    }

    /// How long until the next one may be appended.
    pub(super) fn wait(&self) -> Duration {
        let since = self.last.map(|last| last.elapsed());
        since.map_or(Duration::ZERO, |since| TICK_EVERY.saturating_sub(since))
    }
}
