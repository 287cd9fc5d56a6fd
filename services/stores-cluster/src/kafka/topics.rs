//! The platform's topics: their making and their check.
//!
//! Facts and updates are stamped by the brokers, and so are all others: a stamp is when a record was
//! appended. The changelog is compacted: it holds the last value of each key, for ever.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use stores::{StoreError, Topic};

use super::connection::{Connection, Logged};
use super::fault;
use super::inquiry::Inquiry;
use super::log::RECORD_BYTES_MAX;

/// The topics that have a topic of their own for what could not be used.
const TOPICS: [Topic; 4] = [
    Topic::UserEvents,
    Topic::SegmentUpdates,
    Topic::UserSegments,
    Topic::NotificationRequests,
];
/// How long the changelog keeps what says that an entry is removed. A local store that was away for
/// longer may have missed one, and is made anew.
pub(super) const REMOVALS_KEPT: Duration = Duration::from_hours(7 * 24);
/// Bytes of one file of the changelog: the newest file is never compacted.
const CHANGELOG_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Room for what frames a record within what a topic takes.
const FRAME_BYTES: usize = 128 * 1024;
/// How long to wait for the brokers to make topics, and to know them.
const CREATE_WAIT_MAX: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How topics are made.
#[derive(Debug, Clone)]
pub struct TopicOptions {
    /// Partitions of every topic. They never change: users belong to partitions by their number.
    pub partitions: u32,
    /// Copies of every partition; the brokers' default where there is none.
    pub replicas: Option<u16>,
    /// How long records are kept, but those of the changelog; for ever where there is none.
    pub retention: Option<Duration>,
}

impl Default for TopicOptions {
    /// 2 partitions, as many copies as brokers are set to make, a week.
    fn default() -> Self {
        Self {
            partitions: 2,
            replicas: None,
            retention: Some(Duration::from_hours(7 * 24)),
        }
    }
}

/// What became of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its name.
    pub topic: String,
    /// Whether it was made now; otherwise it was there, with the partitions asked for.
    pub is_new: bool,
}

/// Makes the topics that are missing.
///
/// # Errors
///
/// `Conflict` when one is there with another number of partitions: then none is made. `Unavailable`
/// when the brokers do not make one.
pub async fn create(
    connection: &Connection,
    options: &TopicOptions,
) -> Result<Vec<Outcome>, StoreError> {
    let names = names(connection);
    let found = find(connection, options, names.clone()).await?;
    let missing = names.iter().zip(&found).filter(|(_, is_there)| !**is_there);
    let missing: Vec<_> = missing.map(|(name, _)| name.clone()).collect();
    make(connection, options, &missing).await?;
    // Another may know it a moment later than the one that made it.
    let is_whole = async {
        while !find(connection, options, missing.clone())
            .await?
            .iter()
            .all(|is_there| *is_there)
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    };
    tokio::time::timeout(CREATE_WAIT_MAX, is_whole)
        .await
        .unwrap_or_else(|_| {
            Err(StoreError::Unavailable(
                "Kafka: topics were made and are not known yet".to_owned(),
            ))
        })?;
    let outcomes = names.into_iter().zip(found);
    let outcomes = outcomes.map(|(topic, is_there)| Outcome {
        topic,
        is_new: !is_there,
    });
    Ok(outcomes.collect())
}

/// Holds the topics to the number of partitions that is configured.
///
/// # Errors
///
/// `Conflict` when a topic is missing or has another number of partitions, `Unavailable` when no
/// broker answers.
pub async fn check(connection: &Connection, options: &TopicOptions) -> Result<(), StoreError> {
    let names = names(connection);
    let found = find(connection, options, names.clone()).await?;
    let missing = names.iter().zip(found).find(|(_, is_there)| !is_there);
    missing.map_or(Ok(()), |(name, _)| Err(is_missing(name)))
}

/// The names of all topics.
fn names(connection: &Connection) -> Vec<String> {
    let topics = TOPICS.iter().flat_map(|topic| {
        let name = connection.topic(*topic);
        [name.clone(), format!("{name}.dlq")]
    });
    topics.chain([connection.changelog()]).collect()
}

/// Which of these topics are there; those that are must have the partitions asked for.
async fn find(
    connection: &Connection,
    options: &TopicOptions,
    names: Vec<String>,
) -> Result<Vec<bool>, StoreError> {
    let (connection, expected) = (connection.clone(), options.partitions);
    let found = tokio::task::spawn_blocking(move || {
        let inquiry = Inquiry::new(&connection)?;
        let found = names.iter().map(|name| match inquiry.partitions(name)? {
            Some(found) => check_partitions(name, found, expected).map(|()| true),
            None => Ok(false),
        });
        found.collect()
    });
    found
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
}

/// Refuses a topic with another number of partitions than expected.
pub(super) fn check_partitions(name: &str, found: u32, expected: u32) -> Result<(), StoreError> {
    if found == expected {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "topic `{name}` has {found} partitions, not {expected}: configure {found}, or choose a \
         prefix for topics of your own"
    )))
}

fn is_missing(name: &str) -> StoreError {
    StoreError::Conflict(format!(
        "Kafka has no topic `{name}`: `audience topics create` makes it"
    ))
}

async fn make(
    connection: &Connection,
    options: &TopicOptions,
    names: &[String],
) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let admin = connection.config().create_with_context(Logged);
    let admin: AdminClient<Logged> = admin.map_err(|error| fault::refused(&error))?;
    let replicas = options.replicas.map_or(-1, i32::from);
    let retention = options
        .retention
        .map_or_else(|| "-1".to_owned(), |kept| kept.as_millis().to_string());
    let bytes_max = (RECORD_BYTES_MAX + FRAME_BYTES).to_string();
    let removals_kept = REMOVALS_KEPT.as_millis().to_string();
    let file_bytes = CHANGELOG_FILE_BYTES.to_string();
    let changelog = connection.changelog();
    let topics = names.iter().map(|name| {
        let replicas = TopicReplication::Fixed(replicas);
        let topic = NewTopic::new(name, options.partitions as i32, replicas)
            .set("message.timestamp.type", "LogAppendTime")
            .set("max.message.bytes", &bytes_max);
        if *name == changelog {
            topic
                .set("cleanup.policy", "compact")
                .set("delete.retention.ms", &removals_kept)
                .set("segment.bytes", &file_bytes)
        } else {
            topic.set("retention.ms", &retention)
        }
    });
    let topics: Vec<_> = topics.collect();
    let waits = AdminOptions::new()
        .operation_timeout(Some(CREATE_WAIT_MAX))
        .request_timeout(Some(CREATE_WAIT_MAX));
    let made = admin.create_topics(&topics, &waits).await;
    let made = made.map_err(|error| fault::unavailable("topics cannot be made", &error))?;
    for outcome in made {
        match outcome {
            // Somebody else may have made it meanwhile.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                return Err(StoreError::Unavailable(format!(
                    "Kafka: topic `{name}` cannot be made: {code}"
                )));
            }
        }
    }
    Ok(())
}
