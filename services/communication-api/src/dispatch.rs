//! Whether a user is sent to, decided when their turn comes, and the request for the notification.

use bytes::Bytes;
use rulelang::time::format_timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use stores::{Campaign, NewRecord, StoreError, UserView, headers, partition_of};

use crate::content::Content;

/// What becomes of a member of the segment.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Sent to, with these fields.
    Send(Map<String, Value>),
    /// No longer in the segment.
    LeftSegment,
    /// Said no to the channel.
    NoConsent,
}

/// Decides for a user as the view has them; `None` of nobody.
pub(crate) fn decide(campaign: &Campaign, content: &Content, user: Option<&UserView>) -> Verdict {
    let Some(user) = user.filter(|user| user.exists) else {
        return Verdict::LeftSegment;
    };
    let mut segments = user.segments.iter();
    if !segments.any(|membership| membership.segment_id == campaign.segment_id) {
        return Verdict::LeftSegment;
    }
    if user.consent.get(&campaign.channel) == Some(&false) {
        return Verdict::NoConsent;
    }
    Verdict::Send(content.personalize(&user.fields))
}

/// A message of `notification-requests`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    campaign_id: &'a str,
    user_id: &'a str,
    #[serde(rename = "type")]
    channel: &'a str,
    template: &'a str,
    personalization: Map<String, Value>,
    timestamp: &'a str,
}

/// A run's requests for notifications, at one instant.
#[derive(Debug)]
pub(crate) struct Requests<'a> {
    pub(crate) campaign: &'a Campaign,
    pub(crate) content: &'a Content,
    pub(crate) run_id: &'a str,
    pub(crate) partitions: u32,
    /// Milliseconds.
    pub(crate) now: i64,
}

impl Requests<'_> {
    /// The request for a notification of one user.
    pub(crate) fn record(
        &self,
        user_id: &str,
        personalization: Map<String, Value>,
    ) -> Result<NewRecord, StoreError> {
        let timestamp = format_timestamp(self.now);
        let message = Message {
            campaign_id: &self.campaign.id,
            user_id,
            channel: &self.campaign.channel,
            template: &self.content.template,
            personalization,
            timestamp: &timestamp,
        };
        let value = serde_json::to_vec(&message)
            .map_err(|error| StoreError::Corrupt(format!("a notification: {error}")))?;
        let named = [
            ("ce_specversion", "1.0".into()),
            (ID_HEADER, request_id(self.run_id, user_id).into()),
            ("ce_source", "/communication-api".into()),
            ("ce_type", "audience.notification.requested".into()),
            ("ce_time", timestamp.into()),
        ];
        Ok(NewRecord {
            partition: partition_of(user_id, self.partitions),
            key: user_id.to_owned(),
            value: Bytes::from(value),
            headers: headers(named),
        })
    }
}

/// The header that names a request; whoever receives one twice tells by it.
pub(crate) const ID_HEADER: &str = "ce_id";

/// The id of the request for one user within one run: no run's id has a colon.
fn request_id(run_id: &str, user_id: &str) -> String {
    format!("{run_id}:{user_id}")
}

/// The user of a request's id, if the request is of that run.
pub(crate) fn user_of<'a>(request_id: &'a str, run_id: &str) -> Option<&'a str> {
    request_id.strip_prefix(run_id)?.strip_prefix(':')
}
