//! The serving view, written behind the commits: many changes of a user are one write.
//!
//! Now and then the view is asked what it has. After a server's death what had not settled is written
//! again, and everything where the view has lost it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stores::{Counted, Holding, StoreError, UserView, ViewStore};
use tokio::runtime::Handle;

use super::restoration::Restoration;
use crate::errand::Errand;
use crate::partition::Partition;
use crate::serving::user_view;
use crate::tally::Tally;

/// Between two writes, at least: a lone change shows at once, many of one user are one write.
const WRITE_EVERY: Duration = Duration::from_millis(100);
/// Between two writes of the sizes, at least: all of them are one write.
const SIZES_EVERY: Duration = Duration::from_millis(200);
/// Between two questions what a view has, that may lose something.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After a failure.
const RETRY_EVERY: Duration = Duration::from_millis(500);
/// Users who changed in one write.
const USERS_MAX: usize = 1_000;

/// Writes one partition's users and sizes, one write at a time.
#[derive(Debug)]
pub(super) struct ViewWriter {
    partition: u32,
    view: Arc<dyn ViewStore>,
    errand: Errand<Result<Done, StoreError>>,
    next: Instant,
    /// When to ask the view what it has.
    next_look: Option<Instant>,
    /// As the view told last.
    life: Option<u64>,
    restoration: Restoration,
    written: Revisions,
    next_sizes: Instant,
}

/// Of what was written beside users, or is under way: 0 for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Revisions {
    sizes: u64,
    tallies: [u64; 2],
}

impl Revisions {
    fn of(partition: &Partition) -> Self {
        Self {
            sizes: partition.sizes_revision(),
            tallies: partition.tallies().all().map(Tally::revision),
        }
    }
}

/// What is written beside users.
#[derive(Debug)]
struct Numbers {
    sizes: Option<BTreeMap<String, u64>>,
    counted: Vec<Counted>,
}

impl Numbers {
    async fn write(self, view: &dyn ViewStore, partition: u32) -> Result<(), StoreError> {
        if let Some(sizes) = self.sizes {
            view.write_counts(partition, sizes).await?;
        }
        for counted in self.counted {
            view.write_counted(partition, counted).await?;
        }
        Ok(())
    }
}

/// What the view did.
#[derive(Debug)]
enum Done {
    /// It told what it has, asked at an instant.
    Told(Instant, Holding),
    /// It wrote users, of whom so many are written again.
    Written(usize),
    /// It marked the partition so.
    Marked(u64),
}

impl ViewWriter {
    pub(super) fn new(partition: u32, view: Arc<dyn ViewStore>, runtime: &Handle) -> Self {
        Self {
            partition,
            view,
            errand: Errand::new(runtime),
            next: Instant::now(),
            next_look: Some(Instant::now()),
            life: None,
            restoration: Restoration::default(),
            written: Revisions::default(),
            next_sizes: Instant::now(),
        }
    }

    /// Takes note of what was done, and starts what is next. Everything is committed; `now` is the
    /// wall's instant.
    pub(super) fn go_on(&mut self, partition: &mut Partition, now: i64) -> Result<(), StoreError> {
        match self.errand.outcome() {
            Some(Ok(Ok(done))) => self.note(partition, &done, now),
            Some(failed) => self.fail(partition, &failed),
            None => {}
        }
        if self.view.settles_in().is_zero() {
            self.settle(partition, Instant::now());
        }
        if self.errand.is_busy() || Instant::now() < self.next {
            return Ok(());
        }
        if self.next_look.is_some_and(|at| at <= Instant::now()) {
            self.look();
            return Ok(());
        }
        if let Some(mark) = self.restoration.due_mark() {
            self.mark(mark);
            return Ok(());
        }
        self.write(partition)
    }

    /// Has everything written again.
    pub(super) fn restore(&mut self, partition: &mut Partition, now: i64) {
        self.restoration.begin(partition, now);
        (self.written, self.next_look) = (Revisions::default(), Some(Instant::now()));
    }

    fn note(&mut self, partition: &mut Partition, done: &Done, now: i64) {
        match done {
            Done::Told(asked_at, holding) => self.hear(partition, *asked_at, holding, now),
            Done::Written(again) => {
                partition.unseen().written(Instant::now());
                self.restoration.written(*again);
            }
            Done::Marked(mark) => {
                if let Some(users) = self.restoration.end(*mark) {
                    tracing::info!(partition = self.partition, users, "the view has everything");
                }
            }
        }
    }

    /// The view told what it has.
    fn hear(&mut self, partition: &mut Partition, asked_at: Instant, holding: &Holding, now: i64) {
        let settles_in = self.view.settles_in();
        self.next_look = (!settles_in.is_zero()).then(|| asked_at + LOOK_EVERY);
        let before = self.life.replace(holding.life);
        if before.is_some_and(|before| before != holding.life) {
            partition.unseen().not_written();
            self.restoration.begin_anew();
            self.written = Revisions::default();
        } else {
            self.settle(partition, asked_at);
        }
        let is_whole = holding.mark.is_some() && holding.mark == partition.view_mark();
        if !is_whole && !self.restoration.is_going_on() {
            let number = self.partition;
            tracing::info!(
                partition = number,
                "the view lacks something: everybody is written"
            );
            self.restoration.begin(partition, now);
            self.written = Revisions::default();
        }
    }

    /// Counts as sure what was written long enough before an instant, since when no server died.
    fn settle(&mut self, partition: &mut Partition, asked_at: Instant) {
        let settles_in = self.view.settles_in();
        if let Some(until) = asked_at.checked_sub(settles_in) {
            partition.unseen().settle(until);
        }
        self.restoration.settle(asked_at, settles_in);
    }

    fn fail(&mut self, partition: &mut Partition, failed: &impl std::fmt::Debug) {
        let number = self.partition;
        tracing::warn!(partition = number, ?failed, "the view did not do its work");
        partition.unseen().not_written();
        self.restoration.not_written();
        self.written = Revisions::default();
        self.next = Instant::now() + RETRY_EVERY;
        // Perhaps a server died.
        self.next_look = Some(self.next);
    }

    fn look(&mut self) {
        let (view, number, asked_at) = (Arc::clone(&self.view), self.partition, Instant::now());
        let look = async move { Ok(Done::Told(asked_at, view.holding(number).await?)) };
        self.errand.start(look);
    }

    fn mark(&mut self, mark: u64) {
        let (view, number) = (Arc::clone(&self.view), self.partition);
        let mark = async move { view.mark(number, mark).await.map(|()| Done::Marked(mark)) };
        self.errand.start(mark);
    }

    /// Writes what is waiting.
    fn write(&mut self, partition: &mut Partition) -> Result<(), StoreError> {
        let now = Instant::now();
        // When everything is written, the sizes are part of it.
        let is_due = now >= self.next_sizes || self.restoration.has_users();
        let revisions = Revisions::of(partition);
        let is_new = is_due && self.written != revisions;
        let again = self.restoration.users(partition)?;
        if !is_new && again.is_empty() && !partition.unseen().is_waiting() {
            return Ok(());
        }
        let changed = partition.unseen().begin(USERS_MAX);
        let mut users: Vec<UserView> = vec![];
        for id in changed.iter().chain(&again) {
            users.extend(partition.look_at(id, |user, plan| user_view(id, user, plan))?);
        }
        let numbers = is_new.then(|| self.numbers(partition, revisions));
        let (view, number) = (Arc::clone(&self.view), self.partition);
        self.errand.start(async move {
            if !users.is_empty() {
                view.write(users).await?;
            }
            if let Some(numbers) = numbers {
                numbers.write(&*view, number).await?;
            }
            Ok(Done::Written(again.len()))
        });
        if !self.restoration.has_users() {
            self.next = now + WRITE_EVERY;
        }
        if is_new {
            (self.written, self.next_sizes) = (revisions, now + SIZES_EVERY);
        }
        Ok(())
    }

    /// What is new beside users.
    fn numbers(&self, partition: &Partition, revisions: Revisions) -> Numbers {
        let sizes = partition.sizes().iter();
        let sizes = sizes.map(|(segment, size)| (segment.to_string(), *size));
        let tallies = partition.tallies().all().into_iter();
        let tallies = tallies.zip(self.written.tallies);
        Numbers {
            sizes: (revisions.sizes != self.written.sizes).then(|| sizes.collect()),
            counted: tallies
                .map(|(tally, written)| tally.since(written))
                .filter(|counted| !counted.counts.is_empty())
                .collect(),
        }
    }

    /// Waits until no write is under way.
    pub(super) fn settle_down(&mut self) {
        self.errand.settle();
    }

    /// Whether something is under way, or will be at once.
    pub(super) fn is_busy(&self) -> bool {
        self.errand.is_busy()
            || self.restoration.has_users()
            || self.restoration.due_mark().is_some()
    }

    /// Whether the view has told that it has everything of before, and nothing is being restored.
    pub(super) fn is_whole(&self) -> bool {
        self.life.is_some() && !self.restoration.is_going_on()
    }

    /// How many users were written again, while everything is.
    pub(super) fn restored(&self) -> Option<u64> {
        self.restoration.progress()
    }
}
