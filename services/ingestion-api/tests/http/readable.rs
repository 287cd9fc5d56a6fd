//! Whatever is accepted can be read from the log by its reader, whatever was sent.

use kit::wire::{Body, Decoder, EVENT_BYTES_MAX, EveryName, Missing};
use rulelang::Value;

use crate::support::Platform;

/// JSON as properties, context or traits; some of it is refused.
const ODD: [&str; 16] = [
    r#"{"a":"\ud83d\ude00","é":"\u0000\u001f\"\\"}"#,
    r#"{"a":"\ud800"}"#,
    r#"{"\udc00":1}"#,
    r#"{"a":1,"a":2,"a":{"a":3}}"#,
    r#"{"":{"":[]}}"#,
    r#"{"a":18446744073709551617,"b":-1e308,"c":1e-400,"d":-0.0}"#,
    r#"{"a":[1e400]}"#,
    r#"{"a":01}"#,
    r#"{"a":NaN}"#,
    r#"{"a":1,}"#,
    "{\"a\":\t[\r\n1 , 2\n]\n}",
    "{\"a\":\"\t\"}",
    "\u{feff}{}",
    "[]",
    "\"text\"",
    "null",
];

#[tokio::test]
async fn what_is_accepted_can_be_read() {
    let platform = Platform::new();
    let mut accepted = 0;
    for odd in ODD {
        for (path, event) in [
            (
                "/api/events",
                format!(r#"{{"userId":"u\u0000","eventType":"e","properties":{odd}}}"#),
            ),
            (
                "/api/events",
                format!(r#"{{"userId":"é","eventType":"\"","context":{odd}}}"#),
            ),
            (
                "/v1/identify",
                format!(r#"{{"userId":"u","anonymousId":"\\","traits":{odd}}}"#),
            ),
            (
                "/v1/group",
                format!(r#"{{"userId":"u","groupId":"\"","traits":{odd}}}"#),
            ),
            (
                "/v1/page",
                format!(r#"{{"userId":"u","name":"\"","properties":{odd}}}"#),
            ),
        ] {
            let verdict = platform.post(path, event).await.json;
            accepted += verdict["accepted"].as_u64().unwrap_or(0);
        }
    }
    assert_eq!(accepted, 30);
    check_all(&platform);
}

#[tokio::test]
async fn the_longest_event_can_be_read_with_what_is_added_to_it() {
    let platform = Platform::new();
    let event =
        |text: &str| format!(r#"{{"userId":"u","eventType":"e","properties":{{"x":"{text}"}}}}"#);
    let longest = event(&"x".repeat(EVENT_BYTES_MAX - event("").len()));
    assert_eq!(
        platform.verdict("/api/events", longest).await["accepted"],
        1
    );
    let call =
        |text: &str| format!(r#"{{"anonymousId":"u","groupId":"g","traits":{{"x":"{text}"}}}}"#);
    let longest = call(&"x".repeat(EVENT_BYTES_MAX - call("").len()));
    assert_eq!(platform.verdict("/v1/group", longest).await["accepted"], 1);
    assert!(
        platform
            .records()
            .iter()
            .all(|it| it.value.len() > EVENT_BYTES_MAX)
    );
    check_all(&platform);
}

/// Reads every record as the stream processor does.
fn check_all(platform: &Platform) {
    let mut decoder = Decoder::new(Body::Record, Missing::REFUSED);
    for record in platform.records() {
        let read = decoder.message(&record.value, 1, &EveryName);
        let message = read.unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&record.value));
        });
        assert_eq!(message.user, *record.key);
        if message.event_type == "$alias" {
            assert_eq!(message.properties, [("to".to_owned(), Value::string("u"))]);
        }
    }
}
