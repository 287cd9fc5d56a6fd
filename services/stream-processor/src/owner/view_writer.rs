//! The serving view, written behind the commits: many changes of a user are one write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stores::{StoreError, UserView, View};
use tokio::runtime::Handle;

use crate::errand::Errand;
use crate::partition::Partition;
use crate::serving::user_view;

/// Between two writes, at least: a lone change shows at once, many of one user are one write.
const WRITE_EVERY: Duration = Duration::from_millis(100);
/// Between two writes of the sizes, at least: all of them are one write.
const SIZES_EVERY: Duration = Duration::from_millis(200);
/// After a failure.
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// Users in one write.
const USERS_MAX: usize = 1_000;

/// Writes one partition's users and sizes, one write at a time.
#[derive(Debug)]
pub(super) struct ViewWriter {
    partition: u32,
    view: Arc<dyn View>,
    errand: Errand<Result<(), StoreError>>,
    next: Instant,
    /// The revision of the sizes that were written, or are under way.
    sizes: u64,
    next_sizes: Instant,
}

impl ViewWriter {
    pub(super) fn new(partition: u32, view: Arc<dyn View>, runtime: &Handle) -> Self {
        Self {
            partition,
            view,
            errand: Errand::new(runtime),
            next: Instant::now(),
            sizes: 0,
            next_sizes: Instant::now(),
        }
    }

    /// Takes note of what was written, and writes what is waiting. Everything is committed.
    pub(super) fn go_on(&mut self, partition: &mut Partition) -> Result<(), StoreError> {
        if let Some(outcome) = self.errand.outcome() {
            let is_written = matches!(outcome, Ok(Ok(())));
            partition.unseen().end(is_written);
            if !is_written {
                tracing::warn!(
                    partition = self.partition,
                    ?outcome,
                    "the view was not written"
                );
                self.sizes = 0;
                self.next = Instant::now() + RETRY_EVERY;
            }
        }
        let now = Instant::now();
        let is_due = now >= self.next;
        let is_new = self.sizes != partition.sizes_revision() && now >= self.next_sizes;
        if self.errand.is_busy() || !is_due || !(is_new || partition.unseen().is_waiting()) {
            return Ok(());
        }
        let mut users: Vec<UserView> = vec![];
        for id in partition.unseen().begin(USERS_MAX) {
            users.extend(partition.look_at(&id, |user, plan| user_view(&id, user, plan))?);
        }
        let sizes = partition.sizes().iter();
        let sizes = sizes.map(|(segment, size)| (segment.to_string(), *size));
        let sizes: Option<BTreeMap<String, u64>> = is_new.then(|| sizes.collect());
        let (view, number) = (Arc::clone(&self.view), self.partition);
        self.errand.start(async move {
            if !users.is_empty() {
                view.write(users).await?;
            }
            match sizes {
                Some(sizes) => view.write_counts(number, sizes).await,
                None => Ok(()),
            }
        });
        self.next = now + WRITE_EVERY;
        if is_new {
            self.sizes = partition.sizes_revision();
            self.next_sizes = now + SIZES_EVERY;
        }
        Ok(())
    }

    /// Waits until no write is under way.
    pub(super) fn settle(&mut self) {
        self.errand.settle();
    }

    /// Whether a write is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.errand.is_busy()
    }
}
