//! What Kafka's errors mean to whoever calls a port.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use stores::StoreError;

/// An error of a call that changed nothing, in general: it may work later.
pub(super) fn unavailable(what: &str, error: &KafkaError) -> StoreError {
    StoreError::Unavailable(format!("Kafka: {what}: {}", reason(error)))
}

/// A setting that the client library refuses: a mistake of ours, or of its build.
pub(super) fn refused(error: &KafkaError) -> StoreError {
    unavailable("a client cannot be made", error)
}

/// What a record that was not delivered comes to.
pub(super) fn undelivered(topic: &str, error: &KafkaError, bytes_max: usize) -> StoreError {
    match error.rdkafka_error_code() {
        Some(Code::MessageSizeTooLarge) => too_large(topic, bytes_max),
        Some(Code::QueueFull) => StoreError::Unavailable(format!(
            "Kafka: too many records wait for {topic} already; it takes them no faster"
        )),
        Some(Code::MessageTimedOut) => StoreError::Unavailable(format!(
            "Kafka: {topic} did not acknowledge a record in time"
        )),
        _ => unavailable(&format!("a record for {topic} was not delivered"), error),
    }
}

/// A record beyond the limit.
pub(super) fn too_large(topic: &str, bytes_max: usize) -> StoreError {
    StoreError::Conflict(format!(
        "a record is longer than {bytes_max} bytes, or than what topic {topic} takes \
         (max.message.bytes)"
    ))
}

/// A partition that is not there.
pub(super) fn no_partition(topic: &str, partition: u32, partitions: u32) -> StoreError {
    StoreError::Conflict(format!(
        "there is no partition {partition} of {topic}: it has {partitions}"
    ))
}

/// The error's own words.
pub(super) fn reason(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => error.string(),
        error => match error.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => error.to_string(),
        },
    }
}
