//! Changes of membership as records of `user-segments`.

use bytestring::ByteString;
use kit::telemetry::TraceParent;
use kit::wire::{Metadata, encode_change_message};
use rule_runtime::Change;
use stores::{NewRecord, headers, trace_header};

/// What a change's record says beside the change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) partition: u32,
    pub(crate) user: &'a str,
    pub(crate) segment: &'a str,
    pub(crate) version: u32,
    pub(crate) metadata: Metadata,
    /// With what the change goes on, if it is in a trace.
    pub(crate) trace: Option<&'a TraceParent>,
}

/// The record of a change: the message, and beside it in headers its sequence number, epoch,
/// version and cause, the attributes of CloudEvents, and its trace.
pub(crate) fn record(change: &Change, told: Told<'_>) -> Result<NewRecord, serde_json::Error> {
    let Told {
        partition,
        user,
        segment,
        version,
        metadata,
        trace,
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
    let mut headers = headers(named);
    headers.extend(trace.map(trace_header));
    Ok(NewRecord {
        partition,
        key: user.to_owned(),
        value: encode_change_message(user, segment, change, metadata)?.into(),
        headers,
    })
}
