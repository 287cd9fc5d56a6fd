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

/// A line of a changes file, as [`encode_change`] writes it but for its end, from a record of
/// `user-segments`: its message and its headers. Headers other than `seq`, `epoch` and `ce_cause`
/// are left out.
///
/// # Errors
/// If the message or a header is not what [`encode_change_message`] and its caller made.
pub fn change_line(
    message: &[u8],
    headers: &[(impl AsRef<str>, impl AsRef<str>)],
) -> Result<Vec<u8>, serde_json::Error> {
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.as_ref() == wanted);
        found.map_or("", |(_, value)| value.as_ref())
    };
    let headers = Headers {
        seq: serde_json::from_str(header("seq"))?,
        epoch: serde_json::from_str(header("epoch"))?,
        ce_cause: header("ce_cause"),
    };
    let mut line = message.strip_suffix(b"}").unwrap_or(message).to_vec();
    line.extend_from_slice(b",\"headers\":");
    serde_json::to_writer(&mut line, &headers)?;
    line.push(b'}');
    Ok(line)
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
        action: change.action.name(),
        reason: change.reason.name(),
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
    fn a_record_and_its_headers_make_the_line_of_the_change() {
        let change = Change {
            segment: 0,
            action: Action::Removed,
            reason: Reason::Expired,
            timestamp: 1_705_314_600_000,
            seq: 4,
            epoch: 0,
            cause: Cause::Timer,
        };
        let mut line = vec![];
        encode_change("ann", "vip", &change, Metadata::default(), &mut line).unwrap();
        let message = encode_change_message("ann", "vip", &change, Metadata::default()).unwrap();
        let headers = [
            ("version", "2"),
            ("seq", "4"),
            ("epoch", "0"),
            ("ce_cause", "timer"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut made = change_line(&message, &headers).unwrap();
        made.push(b'\n');
        assert_eq!(made, line);
    }

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
