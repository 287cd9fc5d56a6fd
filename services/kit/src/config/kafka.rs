//! Where the log is, if it is not embedded, and how its brokers are spoken to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the log is, if it is not embedded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaConfig {
    /// Some brokers, as `host:port,host:port`; empty for the embedded log.
    pub brokers: String,
    /// The consumer group of the stream processors, who share the partitions.
    pub group: String,
    /// What stands before the name of each topic, on a cluster that others use too.
    pub topic_prefix: String,
    /// How many brokers keep each topic that `audience topics create` makes; 0 for as many as the
    /// brokers are set to.
    pub replication_factor: u16,
    /// How long topics that it makes keep records; 0 for ever. Of users' states the newest stays.
    pub retention_hours: u32,
    /// Whether connections are encrypted, and whether brokers ask who it is.
    pub security_protocol: SecurityProtocol,
    /// A file of the authorities that sign brokers' certificates; empty for the system's.
    pub ca_file: String,
    /// A file of the process's own certificate; empty for none.
    pub certificate_file: String,
    /// A file of its key.
    pub key_file: String,
    /// How it tells brokers who it is.
    pub sasl_mechanism: SaslMechanism,
    /// Who it is to brokers.
    pub user: String,
    /// The password.
    pub password: String,
}

/// How brokers are spoken to, in Kafka's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    /// In the clear.
    #[default]
    Plaintext,
    /// Encrypted.
    Ssl,
    /// In the clear, with user and password.
    SaslPlaintext,
    /// Encrypted, with user and password.
    SaslSsl,
}

impl SecurityProtocol {
    /// Kafka's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether connections are encrypted.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }

    /// Whether brokers ask for user and password.
    pub fn has_user(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }
}

/// How user and password are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaslMechanism {
    /// As they are.
    #[default]
    #[serde(rename = "PLAIN")]
    Plain,
    /// By a proof that the password is known.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// Likewise.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl SaslMechanism {
    /// Kafka's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            group: "stream-processor".to_owned(),
            topic_prefix: String::new(),
            replication_factor: 0,
            retention_hours: 7 * 24,
            security_protocol: SecurityProtocol::default(),
            ca_file: String::new(),
            certificate_file: String::new(),
            key_file: String::new(),
            sasl_mechanism: SaslMechanism::default(),
            user: String::new(),
            password: String::new(),
        }
    }
}

impl fmt::Debug for KafkaConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaConfig")
            .field("brokers", &self.brokers)
            .field("group", &self.group)
            .field("topic_prefix", &self.topic_prefix)
            .field("security_protocol", &self.security_protocol)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
