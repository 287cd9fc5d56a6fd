//! The real parts that the configuration names, opened.

use std::sync::Arc;
use std::time::Duration;

use kit::config::{AerospikeConfig, CatalogConfig, Config, KafkaConfig};
use stores::embedded::Store;
use stores::{Log, PostgresCatalog, PostgresOptions, StoreError, Topic};
use stores_cluster::aerospike::{AerospikeOptions, AerospikeView, Place};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaGroup, KafkaJournal, KafkaLog, LogOptions};

use super::MadeTopic;
use super::streams::{Partitions, Share, Streams};
use crate::failure::Failure;

/// How long an owner may take to end when its partition goes to another process. It writes what is
/// behind first, for some seconds.
const RELEASE_MAX: Duration = Duration::from_secs(10);

/// The catalog's database.
pub(super) async fn postgres(config: &CatalogConfig) -> Result<PostgresCatalog, Failure> {
    let options = PostgresOptions {
        connections_max: config.connections_max,
        ..PostgresOptions::new(&config.url)
    };
    PostgresCatalog::open(&options).await.map_err(|error| {
        let message = format!("cannot open the catalog: {error}");
        Failure::new(message, "is `catalog.url` right, and PostgreSQL running?")
    })
}

/// The serving view's servers.
pub(super) async fn aerospike(config: &AerospikeConfig) -> Result<AerospikeView, Failure> {
    let options = AerospikeOptions {
        hosts: config.hosts.clone(),
        user: config.user.clone(),
        password: config.password.clone(),
        user_profiles: place("aerospike.user_profiles", &config.user_profiles)?,
        analytics: place("aerospike.analytics", &config.analytics)?,
        cache: place("aerospike.cache", &config.cache)?,
    };
    AerospikeView::open(&options).await.map_err(|error| {
        let message = format!("cannot open the serving view: {error}");
        let fix =
            "is `aerospike.hosts` right, and Aerospike running with the namespaces that are named?";
        Failure::new(message, fix)
    })
}

fn place(key: &str, text: &str) -> Result<Place, Failure> {
    let place = text.parse();
    place.map_err(|reason| Failure::message(format!("`{key}`: {reason}")))
}

/// Makes the topics that are missing.
pub(super) async fn make_topics(config: &Config) -> Result<Vec<MadeTopic>, Failure> {
    let connection = connection(&config.kafka)?;
    let made = topics::create(&connection, &topic_options(config)).await;
    let made = made.map_err(|error| {
        let message = format!("the topics were not made: {error}");
        Failure::new(message, "is Kafka running at `kafka.brokers`?")
    })?;
    let told = made.into_iter().map(|outcome| MadeTopic {
        topic: outcome.topic,
        is_new: outcome.is_new,
    });
    Ok(told.collect())
}

fn connection(config: &KafkaConfig) -> Result<Connection, Failure> {
    Connection::configured(config).map_err(|error| {
        let message = format!("Kafka cannot be spoken to like this: {error}");
        Failure::message(message)
    })
}

/// How topics are made and checked.
fn topic_options(config: &Config) -> TopicOptions {
    let (kafka, hour) = (&config.kafka, Duration::from_hours(1));
    TopicOptions {
        partitions: config.log.partitions,
        replicas: (kafka.replication_factor > 0).then_some(kafka.replication_factor),
        retention: (kafka.retention_hours > 0).then(|| hour * kafka.retention_hours),
    }
}

/// The topics; and, of a process with a folder, the journal of which the folder's is a copy, and the
/// process as one of the group.
pub(super) async fn kafka(config: &Config, folder: Option<&Store>) -> Result<Streams, Failure> {
    let connection = connection(&config.kafka)?;
    let checked = topics::check(&connection, &topic_options(config)).await;
    checked.map_err(|error| unopened(&error))?;
    let (group, partitions) = (config.kafka.group.clone(), config.log.partitions);
    let local = folder.map(Store::journal);
    let opened = tokio::task::spawn_blocking(move || {
        let log = |topic| -> Result<Arc<dyn Log>, StoreError> {
            let log = KafkaLog::open(&connection, topic, LogOptions::default())?;
            Ok(Arc::new(log))
        };
        let share = |local| -> Result<Share, StoreError> {
            let member = Arc::new(KafkaGroup::join(&connection, &group, RELEASE_MAX)?);
            let owned = Some(Arc::clone(&member));
            let journal = KafkaJournal::open(&connection, &group, owned, local, partitions)?;
            Ok(Share {
                journal: Arc::new(journal),
                partitions: Partitions::Group(member),
            })
        };
        Ok(Streams {
            events: log(Topic::UserEvents)?,
            updates: log(Topic::SegmentUpdates)?,
            changes: log(Topic::UserSegments)?,
            notifications: log(Topic::NotificationRequests)?,
            dead: log(Topic::DeadEvents)?,
            share: local.map(share).transpose()?,
        })
    });
    let opened = opened
        .await
        .map_err(|error| Failure::message(error.to_string()))?;
    opened.map_err(|error: StoreError| unopened(&error))
}

/// The log of events alone.
pub(super) fn open_events(config: &KafkaConfig) -> Result<Arc<dyn Log>, Failure> {
    let connection = connection(config)?;
    let log = KafkaLog::open(&connection, Topic::UserEvents, LogOptions::default());
    Ok(Arc::new(log.map_err(|error| unopened(&error))?))
}

fn unopened(error: &StoreError) -> Failure {
    let message = format!("cannot use the log on Kafka: {error}");
    let fix = "are `kafka.brokers` right and running? `audience topics create` makes the topics";
    Failure::new(message, fix)
}
