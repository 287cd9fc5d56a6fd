//! What the processor counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use rule_runtime::{Action, Applied, Change};
use stores::Topic;

use crate::status::Progress;

/// The consumer group's name, as on Kafka.
const GROUP: &str = "stream-processor";
/// The job's name, as Flink has it.
const JOB: &str = "audience-step";

/// The processor's metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    lag: Family<LagLabels, Gauge>,
    /// Counters under the names that Kafka's and Flink's exporters give them, which say no `_total`.
    messages: Family<TopicLabels, Gauge>,
    records: Family<JobLabels, Gauge>,
    accepted_to_published: Histogram,
    evaluation: Histogram,
    deadline_lag: Histogram,
    size: Family<MemberLabels, Gauge>,
    added: Family<SegmentLabels, Counter>,
    removed: Family<SegmentLabels, Counter>,
    dead_letters: Family<PartitionLabels, Counter>,
    users: Family<PartitionLabels, Gauge>,
    behind: Family<PartitionLabels, Gauge>,
    cache_hits: Counter,
    cache_misses: Counter,
    duplicates: Counter,
    left_out: Counter,
    errors: Family<PartitionLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LagLabels {
    topic: &'static str,
    partition: u32,
    group: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TopicLabels {
    topic: &'static str,
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
        Self {
            lag: metrics.family("kafka_consumer_lag_sum", "Records not taken yet"),
            messages: metrics.family(
                "kafka_server_brokertopicmetrics_messagesinpersec_count",
                "Records that came in",
            ),
            records: metrics.family(
                "flink_taskmanager_job_task_operator_numRecordsInPerSecond",
                "Records taken; ask for the rate",
            ),
            accepted_to_published: metrics.seconds(
                "audience_accepted_to_published_seconds",
                "From a fact's stamp to its change",
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
            cache_hits: metrics.counter("audience_user_cache_hits", "Users found in memory"),
            cache_misses: metrics.counter("audience_user_cache_misses", "Users read"),
            duplicates: metrics.counter("audience_duplicates", "Copies of facts"),
            left_out: metrics.counter(
                "audience_profile_values_left_out",
                "Profile values beyond the limits",
            ),
            errors: metrics.family("audience_owner_errors", "Times an owner began anew"),
        }
    }

    /// Metrics that nobody reads: for replays and tests.
    pub(crate) fn unread() -> Self {
        Self::new(&kit::metrics::Metrics::new())
    }

    pub(crate) fn changed(&self, change: &Change, latency_ms: i64, segment: &str) {
        let seconds = latency_ms as f64 / 1e3;
        self.accepted_to_published.observe(seconds);
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

    pub(crate) fn published(&self, changes: usize) {
        let topic = Topic::UserSegments.name();
        let messages = self.messages.get_or_create(&TopicLabels { topic });
        messages.inc_by(changes as i64);
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

    pub(crate) fn fired(&self, lag_ms: i64) {
        self.deadline_lag.observe(lag_ms.max(0) as f64 / 1e3);
    }

    pub(crate) fn batch(&self, records: usize, seconds: f64) {
        let topic = Topic::UserEvents.name();
        let messages = self.messages.get_or_create(&TopicLabels { topic });
        messages.inc_by(records as i64);
        let taken = self.records.get_or_create(&JobLabels { job_name: JOB });
        taken.inc_by(records as i64);
        self.evaluation.observe(seconds);
    }

    pub(crate) fn standing(&self, partition: u32, progress: &Progress) {
        let lag = progress.end.saturating_sub(progress.position);
        let labels = LagLabels {
            topic: Topic::UserEvents.name(),
            partition,
            group: GROUP,
        };
        self.lag.get_or_create(&labels).set(lag as i64);
        let users_of = self.users.get_or_create(&PartitionLabels { partition });
        users_of.set(progress.users as i64);
        let behind = self.behind.get_or_create(&PartitionLabels { partition });
        behind.set(progress.behind as i64);
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
