//! A record that cannot be used, as a record of the topic that keeps such.
//!
//! It is what came, its headers too, and beside it where it came from and why it is here. It is
//! published with the commit that goes past the record, so it is there once.

use bytes::Bytes;
use bytestring::ByteString;
use stores::{NewRecord, Record, Topic};

/// Bytes of a letter's key and value: with its headers less than any log takes. A longer one comes
/// without its value, which can be read where it was for as long as the log keeps it.
const BYTES_MAX: usize = 15 * 1024 * 1024;
/// Bytes of headers that are taken over.
const HEADERS_BYTES_MAX: usize = 64 * 1024;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 1_000;

/// The letter of a record of a partition.
pub(crate) fn letter(partition: u32, record: &Record, reason: &str) -> NewRecord {
    let bytes = |header: &(ByteString, ByteString)| header.0.len() + header.1.len();
    let mut room = HEADERS_BYTES_MAX;
    let fits = |header: &&(ByteString, ByteString)| {
        let left = room.checked_sub(bytes(header));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let mut headers: Vec<_> = record.headers.iter().filter(fits).cloned().collect();
    let text = ByteString::from_static;
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    headers.extend([
        (text("dlq_reason"), reason.into()),
        (text("dlq_topic"), text(Topic::UserEvents.name())),
        (text("dlq_partition"), partition.to_string().into()),
        (text("dlq_offset"), record.offset.to_string().into()),
        (text("dlq_timestamp"), record.stamp.to_string().into()),
    ]);
    let is_long = record.key.len() + record.value.len() > BYTES_MAX;
    if is_long {
        let left_out = record.value.len().to_string();
        headers.push((text("dlq_bytes_left_out"), left_out.into()));
    }
    NewRecord {
        partition,
        key: record.key.clone(),
        value: if is_long {
            Bytes::new()
        } else {
            record.value.clone()
        },
        headers,
    }
}

#[cfg(test)]
mod tests {
    use stores::{Headers, Record};

    use super::*;

    fn record(value: Vec<u8>, headers: Headers) -> Record {
        Record {
            offset: 7,
            stamp: 1_234,
            key: "ann".to_owned(),
            value: value.into(),
            headers,
        }
    }

    fn of<'a>(letter: &'a NewRecord, name: &str) -> Option<&'a str> {
        let found = letter.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| &**value)
    }

    #[test]
    fn a_letter_is_what_came_and_where_it_came_from() {
        let headers = vec![("trace".into(), "1".into())];
        let letter = letter(3, &record(vec![0xff, 0, b'{'], headers), "not JSON");
        assert_eq!((letter.partition, &*letter.key), (3, "ann"));
        assert_eq!(&*letter.value, [0xff, 0, b'{']);
        let expected = [
            ("trace", "1"),
            ("dlq_reason", "not JSON"),
            ("dlq_topic", "user-events"),
            ("dlq_partition", "3"),
            ("dlq_offset", "7"),
            ("dlq_timestamp", "1234"),
        ];
        let headers = letter.headers.iter();
        assert!(headers.map(|(key, value)| (&**key, &**value)).eq(expected));
    }

    #[test]
    fn what_no_log_would_take_is_left_out() {
        let headers = vec![
            ("long".into(), "x".repeat(HEADERS_BYTES_MAX).into()),
            ("short".into(), "x".into()),
        ];
        let long = record(vec![b'x'; BYTES_MAX], headers);
        let letter = letter(0, &long, &"x".repeat(2 * REASON_CHARS_MAX));
        assert!(letter.value.is_empty());
        let bytes = BYTES_MAX.to_string();
        assert_eq!(of(&letter, "dlq_bytes_left_out"), Some(&*bytes));
        assert_eq!(of(&letter, "long"), None);
        assert_eq!(of(&letter, "short"), Some("x"));
        assert_eq!(
            of(&letter, "dlq_reason").map(str::len),
            Some(REASON_CHARS_MAX)
        );
    }
}
