//! When an event happened, by clocks that disagree.

use kit::http::Fault;
use rulelang::time::{format_timestamp, parse_timestamp};

/// The clock of the request, and how far ahead of it a timestamp may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// When the request arrived, in milliseconds.
    pub(crate) received_at: i64,
    /// In milliseconds.
    pub(crate) skew_max_ms: i64,
}

impl Now {
    /// The instant of an event: what it says, or now where it says nothing.
    pub(crate) fn instant(self, text: Option<&str>) -> Result<i64, Fault> {
        let Some(text) = text else {
            return Ok(self.received_at);
        };
        self.check(read(text)?)
    }

    /// The instant of a call of Segment's API: what it says, put right by how far the client's
    /// clock is off. Source: Segment's spec, "timestamp = receivedAt - (sentAt - originalTimestamp)".
    /// A `sentAt` that cannot be read corrects nothing.
    pub(crate) fn corrected(self, text: Option<&str>, sent_at: Option<&str>) -> Result<i64, Fault> {
        let Some(text) = text else {
            return Ok(self.received_at);
        };
        let original = read(text)?;
        let corrected = match sent_at.and_then(parse_timestamp) {
            Some(sent_at) => self.received_at - (sent_at - original),
            None => original,
        };
        // Years beyond 9999, before or after Christ, cannot be written as a timestamp.
        if parse_timestamp(&format_timestamp(corrected)).is_none() {
            let detail = format!("`{text}` lies too far from `sentAt`");
            return Err(Fault::new(detail).at("/timestamp"));
        }
        self.check(corrected)
    }

    fn check(self, instant: i64) -> Result<i64, Fault> {
        if instant - self.received_at <= self.skew_max_ms {
            return Ok(instant);
        }
        let detail = format!(
            "the timestamp {} is more than {} ms ahead of now, {}",
            format_timestamp(instant),
            self.skew_max_ms,
            format_timestamp(self.received_at)
        );
        let fault = Fault::new(detail).at("/timestamp");
        Err(fault.suggestion("set the client's clock, or send the event when it has happened"))
    }
}

fn read(text: &str) -> Result<i64, Fault> {
    parse_timestamp(text).ok_or_else(|| {
        let fault = Fault::new(format!("`{text}` is not an RFC 3339 timestamp"));
        let suggestion = "write it like `2026-01-31T10:00:00Z`, with its offset";
        fault.at("/timestamp").suggestion(suggestion)
    })
}
