//! Changes of membership as `user-segments` messages.

use rule_runtime::Change;
use serde::Serialize;

/// What a message tells of a change beside the change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Metadata {
    /// The share of the rule's leaf conditions that are TRUE after the step, 0 to 1; see
    /// [`rule_runtime::RuleSet::rule_score`].
    pub rule_score: f32,
    /// Milliseconds from accepted to published: 0 on a virtual clock.
    pub latency_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    user_id: &'a str,
    segment_id: &'a str,
    action: &'a str,
    reason: &'a str,
    timestamp: &'a str,
    metadata: MetadataJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Headers<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetadataJson {
    rule_score: f32,
    evaluation_latency: u64,
}

#[derive(Serialize)]
struct Headers<'a> {
    seq: u64,
    epoch: u32,
    ce_cause: &'a str,
}

/// Appends one line of a changes file to `out`: the `user-segments` message, and beside it, under
/// `headers`, what travels in headers on Kafka (`seq`, `epoch`, `ce_cause`).
///
/// # Errors
/// None in practice: every part of the message is representable in JSON.
pub fn encode_change(
    user: &str,
    segment: &str,
    change: &Change,
    metadata: Metadata,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let headers = Headers {
        seq: change.seq,
        epoch: change.epoch,
        ce_cause: &change.cause.to_string(),
    };
    write_message(user, segment, change, metadata, Some(headers), out)?;
    out.push(b'\n');
    Ok(())
}

/// The `user-segments` message alone, as a topic holds it: what travels in headers is not in it.
///
/// # Errors
/// None in practice: every part of the message is representable in JSON.
pub fn encode_change_message(
    user: &str,
    segment: &str,
    change: &Change,
    metadata: Metadata,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::with_capacity(192);
    write_message(user, segment, change, metadata, None, &mut out)?;
    Ok(out)
}

fn write_message(
    user: &str,
    segment: &str,
    change: &Change,
    metadata: Metadata,
    headers: Option<Headers<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let message = Message {
        user_id: user,
        segment_id: segment,
        action: &change.action.to_string(),
        reason: &change.reason.to_string(),
        timestamp: &rulelang::time::format_timestamp(change.timestamp),
        metadata: MetadataJson {
            rule_score: metadata.rule_score,
            evaluation_latency: metadata.latency_ms,
        },
        headers,
    };
    serde_json::to_writer(out, &message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rule_runtime::{Action, Cause, Reason};

    #[test]
    fn a_change_is_the_documented_message() {
        let change = Change {
            segment: 0,
            action: Action::Added,
            reason: Reason::RuleEvaluation,
            timestamp: 1_705_314_600_000,
            seq: 3,
            epoch: 1,
            cause: Cause::Fact("evt_1".into()),
        };
        let mut out = vec![];
        let metadata = Metadata {
            rule_score: 0.95,
            latency_ms: 23,
        };
        encode_change("user_123", "vip", &change, metadata, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"userId":"user_123","segmentId":"vip","action":"added","#,
                r#""reason":"rule_evaluation","timestamp":"2024-01-15T10:30:00Z","#,
                r#""metadata":{"ruleScore":0.95,"evaluationLatency":23},"#,
                r#""headers":{"seq":3,"epoch":1,"ce_cause":"evt_1"}}"#,
                "\n"
            )
        );
    }
}
