//! Records for other partitions: kept with the commit that makes them, appended after it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use stores::{Headers, NewRecord, StoreError};

use crate::incoming::Incoming;

/// A record as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    partition: u32,
    key: String,
    value: String,
    headers: Headers,
}

/// The stored form of a record; its value is text.
pub(crate) fn encode(record: &NewRecord) -> Result<Vec<u8>, StoreError> {
    let kept = Kept {
        partition: record.partition,
        key: record.key.clone(),
        value: String::from_utf8_lossy(&record.value).into_owned(),
        headers: record.headers.clone(),
    };
    serde_json::to_vec(&kept).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Reads a stored record.
pub(crate) fn decode(stored: &[u8]) -> Result<NewRecord, StoreError> {
    let kept: Kept =
        serde_json::from_slice(stored).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(NewRecord {
        partition: kept.partition,
        key: kept.key,
        value: kept.value.into(),
        headers: kept.headers,
    })
}

/// A message as one about another user: its id and timestamp are said, all else stays.
pub(crate) fn redirected(
    message: &[u8],
    incoming: &Incoming,
    to: &str,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(message)?;
    let timestamp = rulelang::time::format_timestamp(incoming.timestamp);
    for (key, text) in [
        ("userId", to),
        ("eventId", &*incoming.id),
        ("timestamp", &timestamp),
    ] {
        members.insert(key.to_owned(), to_raw_value(text)?);
    }
    serde_json::to_vec(&members)
}
