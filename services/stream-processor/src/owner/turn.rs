//! One turn of an owner after another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::crash_point::crash_point;
use stores::{BuildProgress, Log, LogReader, NewRecord, StoreError};

use super::Owner;
use super::ticks::Ticks;
use super::view_writer::ViewWriter;
use crate::errand::Errand;
use crate::partition::Partition;
use crate::status::Progress;

/// Work on definitions between two looks at the log.
const WORK_SLICE: Duration = Duration::from_millis(4);
/// The longest wait for a record: how soon an owner hears that the process ends.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// After no fact came for so long, users are written whose entries are behind.
const QUIET: Duration = Duration::from_secs(1);
/// So many of them between two looks at the log.
const WRITE_SLICE: usize = 128;
/// How long that may take when the process ends; what is left the next start reads from the log.
const WRITE_AT_END_MAX: Duration = Duration::from_secs(5);
/// The longest wait while something is under way that the owner must take note of.
const WAIT_BUSY: Duration = Duration::from_millis(5);
/// Between two reports of a build's progress.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Between two reports that a build is ready or failed, where the first was not heard.
const RETRY_EVERY: Duration = Duration::from_millis(50);
/// Between two looks of others at the owner, at least, while it is busy.
const TELL_EVERY: Duration = Duration::from_millis(50);
/// Bytes of records for other partitions in one append, about.
const SEND_BYTES: usize = 512 * 1024;
/// Records for other partitions in one append.
const SEND_MAX: usize = 64;

type Sent = (Vec<Vec<u8>>, Result<(), StoreError>);
type Reported = Result<Vec<(String, BuildProgress)>, StoreError>;

/// An owner at work: the partition as it stands, and what is under way.
#[derive(Debug)]
pub(super) struct Turns<'a> {
    owner: &'a Owner,
    partition: Partition,
    reader: Box<dyn LogReader>,
    ticks: Ticks,
    view: ViewWriter,
    send: Errand<Sent>,
    /// The last key of the records for other partitions that were appended.
    sent: Option<Vec<u8>>,
    report: Errand<Reported>,
    /// Control records taken, and how many of them before the report that is under way.
    controls: u64,
    controls_reported: u64,
    reported_at: Option<Instant>,
    told_at: Option<Instant>,
    told: (u64, bool),
    /// When the last fact came.
    fact_at: Instant,
    /// The instant up to which every record was taken, as far as known.
    fresh_at: i64,
}

impl<'a> Turns<'a> {
    /// Begins at the last commit.
    pub(super) fn open(owner: &'a Owner) -> Result<Self, StoreError> {
        let (parts, number) = (&owner.parts, owner.number);
        let partition = Partition::open(&owner.shared, &*parts.journal, &*parts.events, number)?;
        let reader = parts.events.reader(number, partition.position())?;
        let runtime = &parts.runtime;
        let mut turns = Self {
            owner,
            reader,
            ticks: Ticks::new(number, Arc::clone(&parts.events), runtime),
            view: ViewWriter::new(number, Arc::clone(&parts.view), runtime),
            send: Errand::new(runtime),
            sent: None,
            report: Errand::new(runtime),
            controls: 0,
            controls_reported: 0,
            reported_at: None,
            told_at: None,
            told: (u64::MAX, false),
            fact_at: Instant::now(),
            fresh_at: i64::MIN,
            partition,
        };
        // Before others learn that it has begun: what it has read again they must ask for.
        let behind = turns.partition.behind();
        owner.status.tell_behind(behind > 0);
        turns.tell()?;
        Ok(turns)
    }

    /// Takes what is there, or waits a little for it, and works off what is due.
    pub(super) fn turn(&mut self) -> Result<(), StoreError> {
        let wait = self.wait()?;
        let records = self.reader.next(self.owner.options.batch_bytes, wait)?;
        let began = Instant::now();
        for record in &records {
            if record.key.is_empty() {
                self.ticks.came();
                self.controls += 1;
            } else {
                self.fact_at = began;
            }
            self.partition.take(record)?;
        }
        self.partition.note_seen();
        if !records.is_empty() {
            crash_point("after-append-before-commit");
        }
        if self.is_quiet() {
            self.partition.write_behind(WRITE_SLICE);
        }
        self.owner.status.tell_behind(self.partition.behind() > 0);
        self.partition.commit()?;
        if !records.is_empty() {
            let seconds = began.elapsed().as_secs_f64();
            self.owner.shared.metrics.batch(records.len(), seconds);
        }
        self.partition.fire_due()?;
        let until = Instant::now() + WORK_SLICE;
        self.partition.work(&mut || Instant::now() < until)?;
        self.partition.commit()?;
        self.answer();
        self.go_out(records.is_empty())
    }

    /// Whether no fact came for a while.
    fn is_quiet(&self) -> bool {
        self.fact_at.elapsed() >= QUIET
    }

    /// Answers who asked for users whose entries may be behind.
    fn answer(&self) {
        for asked in self.owner.status.take_asked() {
            let entry = self.partition.entry_ahead(asked.user());
            asked.answer(entry);
        }
    }

    /// Waits until nothing is under way that holds on to the stores, and writes users whose entries
    /// are behind, so that the next start has less to read.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        self.view.settle_down();
        self.send.settle();
        self.report.settle();
        self.ticks.settle();
        let until = Instant::now() + WRITE_AT_END_MAX;
        while Instant::now() < until && self.partition.write_behind(WRITE_SLICE) {
            self.partition.commit()?;
        }
        Ok(())
    }

    /// How long a turn may wait for a record.
    fn wait(&mut self) -> Result<Duration, StoreError> {
        let clock = self.partition.facts().clock;
        let next = self.partition.next_deadline()?;
        let is_working = self.partition.course().is_working();
        if is_working || next.is_some_and(|at| at < clock) {
            return Ok(Duration::ZERO);
        }
        let unseen = self.partition.unseen();
        let is_busy = self.view.is_busy() || unseen.is_waiting() || unseen.has_seen();
        let is_busy = is_busy || self.send.is_busy() || self.report.is_busy();
        let is_busy = is_busy || (self.partition.behind() > 0 && self.is_quiet());
        let wait = if is_busy { WAIT_BUSY } else { WAIT_MAX };
        let Some(at) = next else { return Ok(wait) };
        let left = at.saturating_sub(self.owner.options.wall.now());
        if left < 0 {
            // Due: a tick is out, or may go out soon.
            return Ok(wait.min(self.ticks.wait().max(Duration::from_millis(1))));
        }
        Ok(wait.min(Duration::from_millis(left as u64 + 1)))
    }

    /// Starts what is to be told and sent, and takes note of what was.
    fn go_out(&mut self, is_idle: bool) -> Result<(), StoreError> {
        let wall = self.owner.options.wall.now();
        if self.owner.status.take_restore() {
            self.view.restore(&mut self.partition, wall);
        }
        self.view.go_on(&mut self.partition, wall)?;
        self.send()?;
        self.report();
        if is_idle {
            let next = self.partition.next_deadline()?;
            let clock = self.partition.facts().clock;
            if next.is_some_and(|at| clock <= at && at < wall) {
                self.ticks.ask();
            }
        }
        let is_stale = self.told_at.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if is_idle || is_stale {
            self.tell()?;
        }
        Ok(())
    }

    /// Appends records for other partitions, in order, until each is acknowledged.
    fn send(&mut self) -> Result<(), StoreError> {
        if let Some(outcome) = self.send.outcome() {
            match outcome {
                Ok((keys, Ok(()))) => {
                    self.sent = keys.last().cloned();
                    self.partition.note_sent(keys);
                }
                failed => tracing::warn!(?failed, "records for other partitions wait"),
            }
        }
        if self.send.is_busy() || !self.partition.has_outgoing() {
            return Ok(());
        }
        let waiting = self.partition.outgoing(self.sent.as_deref(), SEND_MAX)?;
        let (mut keys, mut records, mut bytes) = (vec![], Vec::<NewRecord>::new(), 0);
        for (key, record) in waiting {
            bytes += record.value.len();
            if bytes > SEND_BYTES && !records.is_empty() {
                break;
            }
            keys.push(key);
            records.push(record);
        }
        if !records.is_empty() {
            crash_point("between-transfer-halves");
            let log: Arc<dyn Log> = Arc::clone(&self.owner.parts.events);
            self.send.start(async move {
                let outcome = log.append(records).await;
                (keys, outcome)
            });
        }
        Ok(())
    }

    /// Tells how far builds have come.
    fn report(&mut self) {
        if let Some(Ok(Ok(told))) = self.report.outcome() {
            // Who has asked meanwhile is told again: this may have been the answer to another.
            let is_answer = self.controls == self.controls_reported;
            for (id, progress) in told {
                if is_answer && is_final(&progress) {
                    self.partition.reported(&id);
                }
            }
        }
        let users = self.partition.facts().known;
        let progress = self.partition.course().progress(users);
        let is_urgent = progress.iter().any(|(_, progress)| is_final(progress));
        let every = if is_urgent { RETRY_EVERY } else { REPORT_EVERY };
        let is_due = self.reported_at.is_none_or(|at| at.elapsed() >= every);
        if progress.is_empty() || self.report.is_busy() || !is_due {
            return;
        }
        self.reported_at = Some(Instant::now());
        self.controls_reported = self.controls;
        let (reports, number) = (Arc::clone(&self.owner.parts.reports), self.owner.number);
        self.report.start(async move {
            for (id, progress) in &progress {
                reports.report(id, number, progress.clone()).await?;
            }
            Ok(progress)
        });
    }

    /// Lets others know how far it is.
    fn tell(&mut self) -> Result<(), StoreError> {
        self.told_at = Some(Instant::now());
        let owner = self.owner;
        let partition = &mut self.partition;
        let next_deadline = partition.next_deadline()?;
        let end = owner.parts.events.end(owner.number)?;
        let facts = partition.facts().clone();
        let unseen = partition.unseen().len();
        let course = partition.course();
        let standing = (course.switches(), course.is_switching());
        if self.told != standing {
            self.told = standing;
            owner.status.tell_standing(course.standing());
        }
        if end <= partition.position() {
            self.fresh_at = owner.options.wall.now();
        } else {
            self.fresh_at = self.fresh_at.max(facts.clock);
        }
        let fresh_at = self.fresh_at.min(next_deadline.unwrap_or(i64::MAX));
        let progress = Progress {
            position: partition.position(),
            end,
            clock: (facts.clock != i64::MIN).then_some(facts.clock),
            fresh_at: (fresh_at != i64::MIN).then_some(fresh_at),
            users: facts.users,
            deadlines: partition.deadlines().near(),
            next_deadline,
            unseen,
            is_view_whole: self.view.is_whole(),
            restored: self.view.restored(),
            behind: partition.behind(),
            dead_letters: facts.dead,
            builds: partition.course().builds(),
            is_switching: standing.1,
        };
        owner.shared.metrics.standing(owner.number, &progress);
        owner.status.tell(progress);
        Ok(())
    }
}

/// Whether nothing else will be told of a build.
fn is_final(progress: &BuildProgress) -> bool {
    progress.is_ready || progress.failure.is_some()
}
