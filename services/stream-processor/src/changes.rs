//! Changes of membership as records of `user-segments`.

use kit::wire::{Metadata, encode_change_message};
use rule_runtime::Change;
use stores::NewRecord;

/// What a change's record says beside the change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) partition: u32,
    pub(crate) user: &'a str,
    pub(crate) segment: &'a str,
    pub(crate) version: u32,
    pub(crate) metadata: Metadata,
}

/// The record of a change: the message, and beside it in headers its sequence number, epoch,
/// version and cause, and the attributes of CloudEvents.
pub(crate) fn record(change: &Change, told: Told<'_>) -> Result<NewRecord, serde_json::Error> {
    let Told {
        partition,
        user,
        segment,
        version,
        metadata,
    } = told;
    let id = format!("{user}:{}:{}", change.epoch, change.seq);
    let headers = [
        ("seq", change.seq.to_string()),
        ("epoch", change.epoch.to_string()),
        ("version", version.to_string()),
        ("ce_cause", change.cause.to_string()),
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", id),
        ("ce_source", "/stream-processor".to_owned()),
        ("ce_type", "audience.membership.changed".to_owned()),
        (
            "ce_time",
            rulelang::time::format_timestamp(change.timestamp),
        ),
    ];
    Ok(NewRecord {
        partition,
        key: user.to_owned(),
        value: encode_change_message(user, segment, change, metadata)?.into(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
    })
}
