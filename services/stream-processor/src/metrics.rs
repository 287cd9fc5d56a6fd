//! What the processor counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use rule_runtime::{Action, Applied, Change};

use crate::status::Progress;

/// The job's name, as Flink has it.
const JOB: &str = "audience-step";

/// The processor's metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    /// A counter under the name that Flink gives it, which says no `_total`.
    records: Family<JobLabels, Gauge>,
    accepted_to_published: Histogram,
    evaluation: Histogram,
    compile: Histogram,
    deadline_lag: Histogram,
    size: Family<MemberLabels, Gauge>,
    added: Family<SegmentLabels, Counter>,
    removed: Family<SegmentLabels, Counter>,
    dead_letters: Family<PartitionLabels, Counter>,
    users: Family<PartitionLabels, Gauge>,
    behind: Family<PartitionLabels, Gauge>,
    unseen: Family<PartitionLabels, Gauge>,
    cache_hits: Counter,
    cache_misses: Counter,
    duplicates: Counter,
    left_out: Counter,
    given_up: Counter,
    errors: Family<PartitionLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    job_name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SegmentLabels {
    segment: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MemberLabels {
    segment: String,
    partition: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartitionLabels {
    partition: u32,
}

impl Metrics {
    /// Registers everything.
    pub(crate) fn new(metrics: &kit::metrics::Metrics) -> Self {
        let records: Family<JobLabels, Gauge> = metrics.family(
            "flink_taskmanager_job_task_operator_numRecordsInPerSecond",
            "Records taken since the start; ask for the rate",
        );
        // A rate needs a beginning.
        drop(records.get_or_create(&JobLabels { job_name: JOB }));
        Self {
            records,
            accepted_to_published: metrics.seconds(
                "audience_accepted_to_published_seconds",
                "From a fact's stamp until its change is committed",
            ),
            compile: metrics.seconds(
                "audience_definitions_compile_seconds",
                "Checking, planning and compiling all definitions as one",
            ),
            evaluation: metrics.seconds(
                "audience_batch_evaluation_seconds",
                "Working a batch of records through",
            ),
            deadline_lag: metrics.seconds(
                "audience_deadline_lag_seconds",
                "From a deadline's instant to its step",
            ),
            size: metrics.family("audience_segment_members", "Members of a segment"),
            added: metrics.family("audience_segment_added", "Memberships that began"),
            removed: metrics.family("audience_segment_removed", "Memberships that ended"),
            dead_letters: metrics.family("audience_dead_letters", "Records that cannot be used"),
            users: metrics.family("audience_users", "Users who exist"),
            behind: metrics.family(
                "audience_users_behind",
                "Users whose entries in the journal are behind them",
            ),
            unseen: metrics.family(
                "audience_users_unseen",
                "Users whose serving view is not surely written",
            ),
            cache_hits: metrics.counter("audience_user_cache_hits", "Users found in memory"),
            cache_misses: metrics.counter("audience_user_cache_misses", "Users read"),
            duplicates: metrics.counter("audience_duplicates", "Copies of facts"),
            left_out: metrics.counter(
                "audience_profile_values_left_out",
                "Profile values beyond the limits",
            ),
            given_up: metrics.counter(
                "audience_aggregates_given_up",
                "Times an aggregate became NULL because a user had too many events for it",
            ),
            errors: metrics.family("audience_owner_errors", "Times an owner began anew"),
        }
    }

    /// Begins to count for a partition: what has not happened yet happened 0 times.
    pub(crate) fn begin(&self, partition: u32) {
        let labels = PartitionLabels { partition };
        drop(self.dead_letters.get_or_create(&labels));
        drop(self.errors.get_or_create(&labels));
    }

    /// Metrics that nobody reads: for replays and tests.
    pub(crate) fn unread() -> Self {
        Self::new(&kit::metrics::Metrics::new())
    }

    pub(crate) fn changed(&self, change: &Change, segment: &str) {
        let labels = SegmentLabels {
            segment: segment.to_owned(),
        };
        match change.action {
            Action::Added => self.added.get_or_create(&labels).inc(),
            Action::Removed => self.removed.get_or_create(&labels).inc(),
        };
    }

    pub(crate) fn applied(&self, applied: Applied) {
        if applied == Applied::Duplicate {
            self.duplicates.inc();
        }
    }

    pub(crate) fn published(&self, latency_ms: i64) {
        let seconds = latency_ms.max(0) as f64 / 1e3;
        self.accepted_to_published.observe(seconds);
    }

    pub(crate) fn compiled(&self, seconds: f64) {
        self.compile.observe(seconds);
    }

    pub(crate) fn dead_letter(&self, partition: u32) {
        self.dead_letters
            .get_or_create(&PartitionLabels { partition })
            .inc();
    }

    pub(crate) fn cache(&self, is_hit: bool) {
        let counter = if is_hit {
            &self.cache_hits
        } else {
            &self.cache_misses
        };
        counter.inc();
    }

    pub(crate) fn profile_overflow(&self, left_out: u64) {
        self.left_out.inc_by(left_out);
    }

    pub(crate) fn given_up(&self, aggregates: u64) {
        self.given_up.inc_by(aggregates);
    }

    pub(crate) fn fired(&self, lag_ms: i64) {
        self.deadline_lag.observe(lag_ms.max(0) as f64 / 1e3);
    }

    pub(crate) fn batch(&self, records: usize, seconds: f64) {
        let taken = self.records.get_or_create(&JobLabels { job_name: JOB });
        taken.inc_by(records as i64);
        self.evaluation.observe(seconds);
    }

    pub(crate) fn standing(&self, partition: u32, progress: &Progress) {
        let labels = PartitionLabels { partition };
        let users_of = self.users.get_or_create(&labels);
        users_of.set(progress.users as i64);
        let behind = self.behind.get_or_create(&labels);
        behind.set(progress.behind as i64);
        let unseen = self.unseen.get_or_create(&labels);
        unseen.set(progress.unseen as i64);
    }

    pub(crate) fn size(&self, partition: u32, segment: &str, members: u64) {
        let segment = segment.to_owned();
        let labels = MemberLabels { segment, partition };
        let size = self.size.get_or_create(&labels);
        size.set(members as i64);
    }

    pub(crate) fn error(&self, partition: u32) {
        self.errors
            .get_or_create(&PartitionLabels { partition })
            .inc();
    }
}
