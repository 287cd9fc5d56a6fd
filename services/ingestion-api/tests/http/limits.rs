//! Every limit at it and one past it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::Platform;

const EVENT_BYTES_MAX: usize = 32 * 1024;
const BATCH_BYTES_MAX: usize = 500 * 1024;

/// An event of exactly so many bytes.
fn event_of(bytes: usize) -> String {
    let event =
        |text: &str| format!(r#"{{"userId":"u","eventType":"e","properties":{{"x":"{text}"}}}}"#);
    event(&"x".repeat(bytes - event("").len()))
}

fn detail(verdict: &Value) -> &str {
    verdict["rejected"][0]["problem"]["detail"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn an_event_has_32_kib() {
    let platform = Platform::new();
    let verdict = platform
        .verdict("/api/events", event_of(EVENT_BYTES_MAX))
        .await;
    assert_eq!(verdict["accepted"], 1);
    let answer = platform
        .post("/api/events", event_of(EVENT_BYTES_MAX + 1))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.json["detail"],
        "the body is longer than the 32768 bytes allowed for an event"
    );
    let call = format!(
        r#"{{"type":"track","userId":"u","event":"{}"}}"#,
        "x".repeat(EVENT_BYTES_MAX)
    );
    let answer = platform.post("/v1/track", call).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_event_of_a_batch_has_32_kib() {
    let platform = Platform::new();
    let (at, past) = (event_of(EVENT_BYTES_MAX), event_of(EVENT_BYTES_MAX + 1));
    let body = format!(r#"{{"events":[{at},{past}]}}"#);
    let verdict = platform.verdict("/api/events/batch", body).await;
    assert_eq!(
        (&verdict["accepted"], &verdict["rejected"][0]["index"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        detail(&verdict),
        "an event of 32769 bytes is longer than the 32768 bytes allowed"
    );
}

#[tokio::test]
async fn a_batch_has_500_kib() {
    let platform = Platform::new();
    let body = |bytes: usize| {
        let events = vec![event_of(30_000); 17].join(",");
        let body = format!(r#"{{"events":[{events}]}}"#);
        let space = " ".repeat(bytes - body.len());
        body + &space
    };
    let verdict = platform
        .verdict("/api/events/batch", body(BATCH_BYTES_MAX))
        .await;
    assert_eq!(verdict["accepted"], 17);
    for path in ["/api/events/batch", "/v1/batch", "/v1/import"] {
        let answer = platform.post(path, body(BATCH_BYTES_MAX + 1)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            answer.json["detail"],
            "the body is longer than the 512000 bytes allowed for a batch"
        );
        let answer = platform.post(path, vec![b'x'; 10_000_000]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn a_batch_has_2500_events() {
    let platform = Platform::new();
    let events = |count: usize, event: &str| vec![event; count].join(",");
    let own = r#"{"userId":"u","eventType":"e"}"#;
    let body = format!(r#"{{"events":[{}]}}"#, events(2500, own));
    let verdict = platform.verdict("/api/events/batch", body).await;
    assert_eq!(verdict["accepted"], 2500);
    let body = format!(r#"{{"events":[{}]}}"#, events(2501, own));
    let answer = platform.post("/api/events/batch", body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.json["detail"],
        "the batch has 2501 events; at most 2500 are allowed"
    );
    let call = r#"{"type":"page","userId":"u"}"#;
    let body = format!(r#"{{"batch":[{}]}}"#, events(2501, call));
    let answer = platform.post("/v1/batch", body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn ids_have_256_bytes() {
    let platform = Platform::new();
    let (at, past) = ("é".repeat(128), "é".repeat(128) + "x");
    for key in ["eventId", "userId", "eventType"] {
        let event = |id: &str| {
            let mut event = json!({"eventId": "1", "userId": key, "eventType": "e"});
            event[key] = json!(id);
            event.to_string()
        };
        assert_eq!(
            platform.verdict("/api/events", event(&at)).await["accepted"],
            1,
            "{key}"
        );
        let verdict = platform.verdict("/api/events", event(&past)).await;
        assert_eq!(
            detail(&verdict),
            format!("`{key}` is longer than 256 bytes")
        );
        let verdict = platform.verdict("/api/events", event("")).await;
        assert_eq!(detail(&verdict), format!("`{key}` is empty"));
    }
}

#[tokio::test]
async fn nesting_has_64_levels_the_event_being_the_first() {
    let platform = Platform::new();
    for key in ["properties", "context"] {
        let event = |depth: usize| {
            let (open, close) = (r#"{"a":"#.repeat(depth), "}".repeat(depth));
            format!(r#"{{"userId":"u","eventType":"e","{key}":{open}1{close}}}"#)
        };
        assert_eq!(
            platform.verdict("/api/events", event(63)).await["accepted"],
            1
        );
        let verdict = platform.verdict("/api/events", event(64)).await;
        assert_eq!(
            detail(&verdict),
            "objects and arrays nest more than 64 deep"
        );
        let body = format!(r#"{{"events":[{}]}}"#, event(3000));
        let verdict = platform.verdict("/api/events/batch", body).await;
        assert_eq!(verdict["rejected"].as_array().unwrap().len(), 1);
    }
    let group = |depth: usize| {
        let (open, close) = (r#"{"a":"#.repeat(depth), "}".repeat(depth));
        format!(r#"{{"userId":"u","groupId":"g","traits":{open}1{close}}}"#)
    };
    assert_eq!(
        platform.verdict("/v1/group", group(62)).await["accepted"],
        1
    );
    assert_eq!(
        platform.verdict("/v1/group", group(63)).await["accepted"],
        0
    );
}

#[tokio::test]
async fn brackets_without_end_are_refused() {
    let platform = Platform::new();
    for path in ["/api/events", "/api/events/batch", "/v1/track", "/v1/batch"] {
        for body in [r#"{"a":"#.repeat(6000), "[".repeat(30_000)] {
            let answer = platform.post(path, body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}
