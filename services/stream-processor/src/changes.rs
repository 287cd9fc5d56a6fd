//! Changes of membership as records of `user-segments`.

use bytestring::ByteString;
use kit::wire::{Metadata, encode_change_message};
use rule_runtime::Change;
use stores::{NewRecord, headers};

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
    let text = ByteString::from_static;
    let time = rulelang::time::format_timestamp(change.timestamp);
    let named = [
        ("seq", change.seq.to_string().into()),
        ("epoch", change.epoch.to_string().into()),
        ("version", version.to_string().into()),
        ("ce_cause", change.cause.to_string().into()),
        ("ce_specversion", text("1.0")),
        ("ce_id", id.into()),
        ("ce_source", text("/stream-processor")),
        ("ce_type", text("audience.membership.changed")),
        ("ce_time", time.into()),
    ];
    Ok(NewRecord {
        partition,
        key: user.to_owned(),
        value: encode_change_message(user, segment, change, metadata)?.into(),
        headers: headers(named),
    })
}
