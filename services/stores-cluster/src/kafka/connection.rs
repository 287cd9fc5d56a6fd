//! Where the cluster is, and the settings that all clients share.

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use stores::Topic;

/// The name of the topic that holds what journals commit.
const CHANGELOG: &str = "audience-changelog";

/// Where the cluster is, and which of its topics are the platform's.
#[derive(Debug, Clone)]
pub struct Connection {
    brokers: String,
    prefix: String,
}

impl Connection {
    /// Connects by some of the brokers: `host:port`, separated by commas. Nothing is asked yet.
    pub fn new(brokers: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: String::new(),
        }
    }

    /// Puts something before the name of each topic, for a cluster that others use too.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// The name of a topic on this cluster.
    pub fn topic(&self, topic: Topic) -> String {
        format!("{}{}", self.prefix, topic.name())
    }

    /// The name of the changelog on this cluster.
    pub fn changelog(&self) -> String {
        format!("{}{CHANGELOG}", self.prefix)
    }

    /// What all clients have in common.
    pub(super) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "audience")
            .set("socket.keepalive.enable", "true")
            // A broker that comes back is found within a second, not within ten.
            .set("reconnect.backoff.max.ms", "1000")
            .set("allow.auto.create.topics", "false")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// A consumer that sees what is committed, and nothing that an application commits by itself.
    /// `group` is only a name where partitions are assigned by hand.
    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.config();
        config
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // What retention took is an error, never skipped in silence.
            .set("auto.offset.reset", "error")
            .set("fetch.wait.max.ms", "100")
            // After an error a partition is asked again at once.
            .set("fetch.error.backoff.ms", "50");
        config
    }
}

/// Hands what the client library says to our log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logged;

impl ClientContext for Logged {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        report(&error, reason);
    }
}

impl ConsumerContext for Logged {}

/// Logs a line of the library. It tries again by itself, so none is worse than a warning.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => tracing::warn!(facility, "kafka: {message}"),
        RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => {
            tracing::info!(facility, "kafka: {message}");
        }
        _ => tracing::debug!(facility, "kafka: {message}"),
    }
}

/// Logs an error that the library reports beside any call.
pub(super) fn report(error: &KafkaError, reason: &str) {
    if !matches!(error, KafkaError::PartitionEOF(_)) {
        tracing::warn!(%error, "kafka: {reason}");
    }
}
