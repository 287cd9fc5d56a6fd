//! The configuration of a process: one file of TOML, and the environment over it.
//!
//! `docs/configuration.md` documents each key; a test holds it to these types. INVARIANT: what is
//! not known, of another type or out of range is refused at start, with its place and the fix.

mod kafka;
mod ranges;
mod read;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use kafka::{KafkaConfig, SaslMechanism, SecurityProtocol};
pub use read::ConfigError;

use crate::http::{Limits, Rates};

/// The configuration of a process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where embedded stores are.
    pub data: DataConfig,
    /// Where segments and campaigns are.
    pub catalog: CatalogConfig,
    /// Where the log is, if it is not embedded.
    pub kafka: KafkaConfig,
    /// Where the serving view is, if it is not embedded.
    pub aerospike: AerospikeConfig,
    /// Where services listen.
    pub listen: ListenConfig,
    /// How processes that share a deployment reach one another.
    pub peers: PeersConfig,
    /// Where the console finds services in other processes.
    pub console: ConsoleConfig,
    /// What a server takes from its callers.
    pub http: HttpConfig,
    /// How often callers may call.
    pub limits: LimitsConfig,
    /// How the log is laid out.
    pub log: LogConfig,
    /// What ingestion takes.
    pub events: EventsConfig,
    /// What the stream processor keeps.
    pub state: StateConfig,
    /// What the process says of itself.
    pub telemetry: TelemetryConfig,
}

/// Where embedded stores are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Their folder; made where it is missing.
    pub dir: PathBuf,
}

impl Default for DataConfig {
    fn default() -> Self {
        let dir = PathBuf::from("./data");
        Self { dir }
    }
}

/// Where segments and campaigns are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogConfig {
    /// A PostgreSQL database, as `postgres://user:password@host:port/name`; empty for SQLite in the
    /// folder of the embedded stores.
    pub url: String,
    /// Connections to it, of this process.
    pub connections_max: u32,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            connections_max: 10,
        }
    }
}

impl fmt::Debug for CatalogConfig {
    /// Without the URL: there is a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogConfig")
            .field("connections_max", &self.connections_max)
            .finish_non_exhaustive()
    }
}

/// Where the serving view is, if it is not embedded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AerospikeConfig {
    /// Some servers, as `host:port,host:port`; empty for the embedded view.
    pub hosts: String,
    /// Who the process is to a cluster that asks; empty where it does not.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// Where users are, as `namespace` or `namespace/set`.
    pub user_profiles: String,
    /// Where the sizes of segments and what is counted is, likewise.
    pub analytics: String,
    /// Where callers are counted, and sessions and rules are, likewise.
    pub cache: String,
}

impl Default for AerospikeConfig {
    /// In the two namespaces that a node of the Community Edition may have.
    fn default() -> Self {
        Self {
            hosts: String::new(),
            user: String::new(),
            password: String::new(),
            user_profiles: "user_profiles".to_owned(),
            analytics: "cache/analytics".to_owned(),
            cache: "cache".to_owned(),
        }
    }
}

impl fmt::Debug for AerospikeConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AerospikeConfig")
            .field("hosts", &self.hosts)
            .field("user_profiles", &self.user_profiles)
            .field("analytics", &self.analytics)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Where services listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenConfig {
    /// The address of all of them.
    pub address: std::net::IpAddr,
    /// The port of segment-api; 0 takes any that is free, here as below.
    pub segment_api_port: u16,
    /// The port of ingestion-api.
    pub ingestion_api_port: u16,
    /// The port of communication-api.
    pub communication_api_port: u16,
    /// The port of rule-engine.
    pub rule_engine_port: u16,
    /// The port of stream-processor.
    pub stream_processor_port: u16,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            segment_api_port: 8081,
            ingestion_api_port: 8082,
            communication_api_port: 8083,
            rule_engine_port: 8084,
            stream_processor_port: 8085,
        }
    }
}

/// How processes that share a deployment reach one another.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeersConfig {
    /// The name or address under which others reach this one's stream-processor; empty for
    /// [`ListenConfig::address`].
    pub host: String,
    /// The key by which services ask the stream-processors of others; it needs the scope
    /// `profiles:read`.
    pub key: String,
}

impl fmt::Debug for PeersConfig {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeersConfig")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Where the console finds services in other processes: addresses like `http://rule-engine:8084`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleConfig {
    /// Of ingestion-api.
    pub ingestion_api_url: String,
    /// Of communication-api.
    pub communication_api_url: String,
    /// Of rule-engine.
    pub rule_engine_url: String,
    /// Of a stream-processor.
    pub stream_processor_url: String,
}

/// What a server takes from its callers; as [`Limits`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// [`Limits::connections_max`], for each service.
    pub connections_max: usize,
    /// [`Limits::header_timeout`], in milliseconds.
    pub header_timeout_ms: u64,
    /// [`Limits::body_timeout`], in milliseconds.
    pub body_timeout_ms: u64,
    /// [`Limits::request_timeout`], in milliseconds.
    pub request_timeout_ms: u64,
    /// [`Limits::drain_timeout`], in milliseconds.
    pub drain_timeout_ms: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        let limits = Limits::default();
        let ms = |time: Duration| time.as_millis() as u64;
        Self {
            connections_max: limits.connections_max,
            header_timeout_ms: ms(limits.header_timeout),
            body_timeout_ms: ms(limits.body_timeout),
            request_timeout_ms: ms(limits.request_timeout),
            drain_timeout_ms: ms(limits.drain_timeout),
        }
    }
}

impl From<&HttpConfig> for Limits {
    fn from(config: &HttpConfig) -> Self {
        Self {
            connections_max: config.connections_max,
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            body_timeout: Duration::from_millis(config.body_timeout_ms),
            request_timeout: Duration::from_millis(config.request_timeout_ms),
            drain_timeout: Duration::from_millis(config.drain_timeout_ms),
        }
    }
}

/// How often callers may call, in any minute; not the demo's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// [`Rates::per_key`].
    pub per_key: u64,
    /// [`Rates::per_address`].
    pub per_address: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            per_key: 600_000,
            per_address: 600,
        }
    }
}

impl From<&LimitsConfig> for Rates {
    fn from(config: &LimitsConfig) -> Self {
        Self {
            per_key: config.per_key,
            per_address: config.per_address,
        }
    }
}

/// How the log is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Partitions of each topic, from the first start on: another number is refused later.
    pub partitions: u32,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { partitions: 2 }
    }
}

/// What ingestion takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// How far ahead of now a timestamp may be, in milliseconds.
    pub clock_skew_max_ms: u64,
    /// Event ids that are remembered to tell duplicates early. The exact answer does not depend on
    /// it.
    pub recent_ids: usize,
    /// How long after its last event a user's session ends, in milliseconds.
    pub session_ttl_ms: u64,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self {
            clock_skew_max_ms: 3_600_000,
            recent_ids: 100_000,
            session_ttl_ms: 1_800_000,
        }
    }
}

/// What the stream processor keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StateConfig {
    /// Memory for users' states, for the whole process, in bytes; the rest is read from disk.
    pub cache_bytes: u64,
}

impl Default for StateConfig {
    fn default() -> Self {
        Self {
            cache_bytes: 256 * 1024 * 1024,
        }
    }
}

/// What the process says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What is logged, as in `RUST_LOG`, which wins over it.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
    /// What metrics say in their label `namespace`, and traces in `service.namespace`.
    pub namespace: String,
    /// An OpenTelemetry collector that takes OTLP over HTTP, like `http://collector:4318`; empty for
    /// none, so that no traces are exported.
    pub otlp_endpoint: String,
    /// Of the traces that begin here, the share that is sampled, from 0 to 1. What a caller began is
    /// sampled as the caller says.
    pub sample_ratio: f64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Auto,
            namespace: "audience-manager-demo".to_owned(),
            otlp_endpoint: String::new(),
            sample_ratio: 0.01,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests;
