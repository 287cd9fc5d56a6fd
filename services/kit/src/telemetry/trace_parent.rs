//! How a trace goes on in another process, or beyond a record of the log.

use axum::http::HeaderMap;
use bytestring::ByteString;

/// A W3C `traceparent`: the trace, the span under which whatever follows stands, and whether the trace
/// is sampled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(ByteString);

impl TraceParent {
    /// The header's name, of requests and of records alike.
    pub const NAME: &'static str = "traceparent";

    /// Reads one; `None` of what is none.
    pub fn parse(text: ByteString) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let (span, flags) = (parts.next()?, parts.next()?);
        let is_whole = parts.next().is_none()
            && is_hex(version, 2)
            && is_hex(trace, 32)
            && is_hex(span, 16)
            && is_hex(flags, 2)
            && version != "ff"
            && !is_zero(trace)
            && !is_zero(span);
        is_whole.then_some(Self(text))
    }

    /// Reads one if its trace is sampled. What is not costs a look at its last byte: hundreds of
    /// thousands of records a second come by here.
    pub fn parse_sampled(text: &ByteString) -> Option<Self> {
        is_sampled(text).then(|| Self::parse(text.clone()))?
    }

    /// That of a request; `None` of one that brought none, or none that can be read.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get(Self::NAME)?.to_str().ok()?.into())
    }

    /// Of a span of ours.
    #[cfg(feature = "otlp")]
    pub(super) fn new(context: &opentelemetry::trace::SpanContext) -> Self {
        let (trace, span) = (context.trace_id(), context.span_id());
        let flags = context.trace_flags().to_u8();
        Self(format!("00-{trace}-{span}-{flags:02x}").into())
    }

    /// As it stands in the header.
    pub fn text(&self) -> &ByteString {
        &self.0
    }

    /// The trace's id: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        self.0.get(3..35).unwrap_or_default()
    }

    /// The id of the span under which whatever follows stands: 16 hexadecimal digits.
    pub fn span_id(&self) -> &str {
        self.0.get(36..52).unwrap_or_default()
    }

    /// Whether the trace is wanted: its spans are exported wherever it comes by.
    pub fn is_sampled(&self) -> bool {
        is_sampled(&self.0)
    }
}

/// The lowest bit of the flags, which end the text.
fn is_sampled(text: &str) -> bool {
    let digit = text.as_bytes().last().map(|byte| char::from(*byte));
    digit
        .and_then(|digit| digit.to_digit(16))
        .is_some_and(|digit| digit & 1 == 1)
}

fn is_hex(part: &str, digits: usize) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    part.len() == digits && part.bytes().all(is_digit)
}

fn is_zero(part: &str) -> bool {
    part.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(text: impl AsRef<str>) -> Option<TraceParent> {
        TraceParent::parse(text.as_ref().into())
    }

    #[test]
    fn its_parts_are_read() {
        let parent = read(format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert_eq!((parent.trace_id(), parent.span_id()), (TRACE, SPAN));
        assert!(parent.is_sampled());
        assert!(!read(format!("00-{TRACE}-{SPAN}-00")).unwrap().is_sampled());
        // Only the lowest bit says so.
        assert!(!read(format!("00-{TRACE}-{SPAN}-02")).unwrap().is_sampled());
        assert!(read(format!("00-{TRACE}-{SPAN}-03")).unwrap().is_sampled());
    }

    #[test]
    fn what_is_none_is_not_read() {
        for text in [
            String::new(),
            "1".to_owned(),
            "é-1".to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{SPAN}-{TRACE}-01"),
        ] {
            assert_eq!(read(&text), None, "{text}");
            assert_eq!(TraceParent::parse_sampled(&text.into()), None);
        }
    }

    #[test]
    fn what_is_not_sampled_is_left_alone() {
        let sampled = ByteString::from(format!("00-{TRACE}-{SPAN}-01"));
        let parent = TraceParent::parse_sampled(&sampled);
        assert_eq!(parent.unwrap().text(), &sampled);
        let other = format!("00-{TRACE}-{SPAN}-00").into();
        assert_eq!(TraceParent::parse_sampled(&other), None);
    }
}
