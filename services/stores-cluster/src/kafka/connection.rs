//! Where the cluster is, and the settings that all clients share.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kit::config::{KafkaConfig, SaslMechanism, SecurityProtocol};
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use stores::{StoreError, Topic};

/// The name of the topic that holds what journals commit.
const CHANGELOG: &str = "audience-changelog";

/// The port of a broker that names none.
const PORT: u16 = 9092;

/// What the library calls lines about connections.
const CONNECTION_FACILITIES: [&str; 3] = ["FAIL", "ERROR", "REQTMOUT"];
/// Between two words about a cluster that does not answer.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Where the cluster is, and which of its topics are the platform's.
#[derive(Clone)]
pub struct Connection {
    brokers: String,
    prefix: String,
    /// The client library's settings of how brokers are spoken to; a password is among them.
    security: Vec<(&'static str, String)>,
    by_hand: ByHand,
}

/// How a connection is made without the client library.
#[derive(Clone)]
pub(super) enum ByHand {
    Clear,
    /// User and password are told as they are.
    Plain(String, String),
    /// It cannot be made.
    Never,
}

impl Connection {
    /// Connects by some of the brokers, in the clear: `host:port`, separated by commas. Nothing is
    /// asked yet.
    pub fn new(brokers: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: String::new(),
            security: vec![],
            by_hand: ByHand::Clear,
        }
    }

    /// Connects as a configuration says. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// `Conflict` for what does not fit together, or is not in this build.
    pub fn configured(config: &KafkaConfig) -> Result<Self, StoreError> {
        let (protocol, mechanism) = (config.security_protocol, config.sasl_mechanism);
        let mut connection = Self::new(&config.brokers).with_prefix(&config.topic_prefix);
        let has_user = protocol.has_user();
        let is_plain = mechanism == SaslMechanism::Plain;
        if has_user && (config.user.is_empty() || config.password.is_empty()) {
            return Err(StoreError::Conflict(format!(
                "with `{}` brokers ask who it is: set `kafka.user` and `kafka.password`",
                protocol.name()
            )));
        }
        if config.certificate_file.is_empty() != config.key_file.is_empty() {
            return Err(StoreError::Conflict(
                "a certificate needs its key: set both `kafka.certificate_file` and \
                 `kafka.key_file`, or none"
                    .to_owned(),
            ));
        }
        let needs_tls = protocol.is_encrypted() || (has_user && !is_plain);
        if needs_tls && !cfg!(feature = "tls") {
            return Err(StoreError::Conflict(
                "this build speaks to brokers in the clear, with PLAIN at most: build it with \
                 `cargo build --release --features kafka-tls`"
                    .to_owned(),
            ));
        }
        connection.by_hand = match protocol {
            SecurityProtocol::Plaintext => ByHand::Clear,
            SecurityProtocol::SaslPlaintext if is_plain => {
                ByHand::Plain(config.user.clone(), config.password.clone())
            }
            _ => ByHand::Never,
        };
        if protocol != SecurityProtocol::Plaintext {
            connection.security = security(config);
        }
        Ok(connection)
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

    /// Some of the brokers' addresses, as the client library reads them: a protocol may stand before
    /// each, and the port may be missing.
    pub(super) fn addresses(&self) -> impl Iterator<Item = String> {
        let brokers = self.brokers.split(',').map(str::trim);
        let brokers = brokers.filter(|broker| !broker.is_empty());
        brokers.map(|broker| {
            let (_, place) = broker.rsplit_once("://").unwrap_or(("", broker));
            let has_port = place
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.ends_with(']'));
            if has_port {
                place.to_owned()
            } else {
                format!("{place}:{PORT}")
            }
        })
    }

    /// How a connection is made without the client library.
    pub(super) fn by_hand(&self) -> &ByHand {
        &self.by_hand
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
        for (name, value) in &self.security {
            config.set(*name, value);
        }
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

impl fmt::Debug for Connection {
    /// Without how brokers are spoken to: there is a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("brokers", &self.brokers)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The client library's settings; what is empty stays as it has it.
fn security(config: &KafkaConfig) -> Vec<(&'static str, String)> {
    let mut all = vec![(
        "security.protocol",
        config.security_protocol.name().to_owned(),
    )];
    if config.security_protocol.has_user() {
        all.push(("sasl.mechanism", config.sasl_mechanism.name().to_owned()));
        all.push(("sasl.username", config.user.clone()));
        all.push(("sasl.password", config.password.clone()));
    }
    if config.security_protocol.is_encrypted() {
        let files = [
            ("ssl.ca.location", &config.ca_file),
            ("ssl.certificate.location", &config.certificate_file),
            ("ssl.key.location", &config.key_file),
        ];
        let files = files.into_iter().filter(|(_, file)| !file.is_empty());
        all.extend(files.map(|(name, file)| (name, file.clone())));
    }
    all
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

/// Logs a line of the library. It tries again by itself, so none is worse than a warning; that a
/// connection failed it tells by the hundred, and [`report`] once in a while.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        _ if CONNECTION_FACILITIES.contains(&facility) => {
            tracing::debug!(facility, "kafka: {message}");
        }
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
    let code = error.rdkafka_error_code();
    let is_connection = matches!(
        code,
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve)
    );
    // An end is what some readers ask to be told of.
    if code == Some(Code::PartitionEOF) || (is_connection && !is_first_in_a_while()) {
        return;
    }
    tracing::warn!(%error, "kafka: {reason}");
}

/// Whether no client of the process has told of its connection for a while.
fn is_first_in_a_while() -> bool {
    static TOLD_AT: Mutex<Option<Instant>> = Mutex::new(None);
    let mut told_at = TOLD_AT.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = told_at.is_none_or(|at| at.elapsed() >= TELL_EVERY);
    if is_first {
        *told_at = Some(Instant::now());
    }
    is_first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_read_as_the_client_library_does() {
        let connection = Connection::new("one:1, PLAINTEXT://two:2,three,[::1]:4,[::1],");
        let addresses: Vec<_> = connection.addresses().collect();
        let expected = ["one:1", "two:2", "three:9092", "[::1]:4", "[::1]:9092"];
        assert_eq!(addresses, expected);
    }
}
