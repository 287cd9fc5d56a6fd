//! Servers of the test's own, and a platform that is to stand on them.

use std::process::{Command, Output};
use std::sync::Arc;

use store_contracts::aerospike::{self, Kept};
use store_contracts::broker::Broker;
use store_contracts::postgres::Server;
use stores::{Log, Topic};
use stores_cluster::kafka::{Connection, KafkaLog, LogOptions};

use crate::platform::FREE_PORTS;
use crate::verify::Deployment;

/// The parts, and the platform on them.
pub(super) struct Parts {
    pub(super) broker: Broker,
    pub(super) database: Server,
    /// The serving view's; without it the view is in the platform's folder.
    pub(super) aerospike: Option<aerospike::Server>,
    pub(super) deployment: Deployment,
    /// Holds the platform's folder.
    _folder: tempfile::TempDir,
}

impl Parts {
    /// Starts the parts and makes the topics; `None`, with a word about it, where a part is not here.
    pub(super) async fn start() -> Option<Self> {
        Self::make(2, true).await
    }

    /// The same with topics of so many partitions, and perhaps without Aerospike.
    pub(super) async fn make(partitions: usize, has_aerospike: bool) -> Option<Self> {
        let database = Server::new()?;
        let broker = Broker::start()?;
        let folder = tempfile::tempdir().unwrap();
        let brokers = broker.address().to_owned();
        let mut environment = vec![
            ("AUDIENCE_KAFKA_BROKERS", brokers.clone()),
            ("AUDIENCE_CATALOG_URL", database.new_database().await),
            ("AUDIENCE_LOG_PARTITIONS", partitions.to_string()),
        ];
        let aerospike = has_aerospike.then(|| aerospike::Server::start(Kept::Nothing));
        let aerospike = aerospike.flatten();
        let hosts = aerospike.iter().map(|server| server.address().to_owned());
        environment.extend(hosts.map(|hosts| ("AUDIENCE_AEROSPIKE_HOSTS", hosts)));
        let parts = Self {
            broker,
            database,
            aerospike,
            deployment: Deployment {
                data: folder.path().join("data"),
                environment,
                replayed: vec!["--brokers".to_owned(), brokers],
                is_on_kafka: true,
            },
            _folder: folder,
        };
        let made = parts.audience(&["topics", "create"], &[]);
        assert!(made.status.success(), "{made:?}");
        Some(parts)
    }

    /// A topic, as another program on the cluster has it.
    pub(super) fn log(&self, topic: Topic) -> Arc<dyn Log> {
        let connection = Connection::new(self.broker.address());
        Arc::new(KafkaLog::open(&connection, topic, LogOptions::default()).unwrap())
    }

    /// Runs a command with the parts, and more of the environment.
    pub(super) fn audience(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        let own = self.deployment.environment.iter();
        command.envs(own.map(|(name, value)| (*name, value)));
        command.envs(FREE_PORTS).envs(environment.iter().copied());
        command.current_dir(self.deployment.data.parent().unwrap());
        command.args(arguments).output().unwrap()
    }
}
