//! Our own API: what is asked, what is answered, and what is in the log then.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{NOW, Platform};

fn taken(accepted: usize) -> Value {
    json!({"accepted": accepted, "duplicates": 0, "rejected": []})
}

#[tokio::test]
async fn a_whole_event_is_in_the_log_as_it_was_sent() {
    let platform = Platform::new();
    let event = json!({
        "eventId": "evt_123456", "userId": "user_123", "eventType": "purchase",
        "timestamp": "2024-01-15T10:30:00Z",
        "properties": {"amount": 149.99, "category": "electronics", "productId": "prod_789"},
        "context": {"sessionId": "sess_abc123", "userAgent": "Mozilla/5.0...", "ipAddress": "192.168.1.100"}
    });
    let verdict = platform.verdict("/api/events", event.to_string()).await;
    assert_eq!(verdict, taken(1));
    assert_eq!(platform.messages(), [event]);
}

#[tokio::test]
async fn id_and_timestamp_are_made_where_they_are_missing() {
    let platform = Platform::new();
    let event = r#"{"userId": "demo-user-1", "eventType": "purchase"}"#;
    platform.verdict("/api/events", event).await;
    platform.verdict("/api/events", event).await;
    let messages = platform.messages();
    assert_eq!(messages.len(), 2);
    assert_ne!(messages[0]["eventId"], messages[1]["eventId"]);
    for message in messages {
        assert_eq!(message["timestamp"], "2024-01-15T10:30:00Z");
        assert_eq!(
            (&message["properties"], &message["context"]),
            (&json!({}), &json!({}))
        );
        assert_eq!(message["eventId"].as_str().unwrap().len(), 36);
    }
}

#[tokio::test]
async fn timestamps_are_written_in_utc_and_milliseconds() {
    let platform = Platform::new();
    let event = r#"{"userId":"u","eventType":"e","timestamp":"2024-01-15T11:00:00.1239+01:00","properties":null,
        "context":{
            "a":	"b c"
        }}"#;
    platform.verdict("/api/events", event).await;
    assert_eq!(
        platform.messages()[0]["timestamp"],
        "2024-01-15T10:00:00.123Z"
    );
    assert_eq!(platform.messages()[0]["context"], json!({"a": "b c"}));
    let value = &platform.records()[0].value;
    assert!(!value.contains(&b'\n'), "{value:?}");
}

#[tokio::test]
async fn a_batch_is_told_event_by_event() {
    let platform = Platform::new();
    let batch = json!({"events": [
        {"eventId": "1", "userId": "a", "eventType": "login"},
        {"eventId": "2", "eventType": "login"},
        {"eventId": "3", "userId": "b", "eventTyp": "login"},
        {"eventId": "1", "userId": "a", "eventType": "login"},
        {"eventId": "1", "userId": "b", "eventType": "login"},
        {"eventId": "6", "userId": "b", "eventType": "$delete"},
        {"eventId": "7", "userId": "b", "eventType": "e", "timestamp": "yesterday"},
        7
    ]});
    let verdict = platform
        .verdict("/api/events/batch", batch.to_string())
        .await;
    assert_eq!(
        verdict,
        json!({"accepted": 2, "duplicates": 1, "rejected": [
            {"index": 1, "eventId": "2", "problem": {
                "detail": "the key `userId` is missing",
                "suggestion": "add `\"userId\": \"…\"`: whose event it is"
            }},
            {"index": 2, "eventId": "3", "problem": {
                "pointer": "/eventTyp",
                "detail": "unknown field `eventTyp`, expected one of `eventId`, `userId`, `eventType`, `timestamp`, `properties`, `context`",
                "suggestion": "did you mean `eventType`?"
            }},
            {"index": 5, "eventId": "6", "problem": {
                "pointer": "/eventType",
                "detail": "the reserved event type `$delete` cannot be used here",
                "suggestion": "names of your own events do not start with `$`"
            }},
            {"index": 6, "eventId": "7", "problem": {
                "pointer": "/timestamp",
                "detail": "`yesterday` is not an RFC 3339 timestamp",
                "suggestion": "write it like `2026-01-31T10:00:00Z`, with its offset"
            }},
            {"index": 7, "eventId": null, "problem": {"detail": "an event is a JSON object"}}
        ]})
    );
    let users: Vec<String> = platform.records().into_iter().map(|it| it.key).collect();
    assert_eq!(users.len(), 2);
}

#[tokio::test]
async fn ndjson_is_one_event_a_line() {
    let platform = Platform::new();
    let mut body =
        b"{\"eventId\":\"1\",\"userId\":\"a\",\"eventType\":\"x\"}\r\n\n{\"eventId\":\"2\""
            .to_vec();
    body.extend_from_slice(
        b"\n{\"eventId\":\"\xff\"}\n{\"eventId\":\"3\",\"userId\":\"a\",\"eventType\":\"x\"}",
    );
    let request = Request::post("/api/events/batch");
    let request = request.header("content-type", "application/x-ndjson; charset=utf-8");
    let answer = platform.ask(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let verdict = answer.json;
    assert_eq!(
        (
            &verdict["accepted"],
            verdict["rejected"].as_array().unwrap().len()
        ),
        (&json!(2), 2)
    );
    assert_eq!(verdict["rejected"][0]["index"], 1);
    let detail = verdict["rejected"][0]["problem"]["detail"]
        .as_str()
        .unwrap();
    assert!(detail.starts_with("malformed JSON: EOF"), "{detail}");
    assert_eq!(
        verdict["rejected"][1]["problem"]["detail"],
        "the line is not UTF-8 text from byte 12 on"
    );
    let ids: Vec<Value> = platform
        .messages()
        .iter()
        .map(|it| it["eventId"].clone())
        .collect();
    assert_eq!(ids, ["1", "3"]);
}

#[tokio::test]
async fn one_event_that_is_none_is_a_malformed_request() {
    let platform = Platform::new();
    let check = async |body: &'static str, detail: &str| {
        let answer = platform.post("/api/events", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let told = answer.json["detail"].as_str().unwrap();
        assert!(told.contains(detail), "{told}");
        answer.json["errors"][0].clone()
    };
    check(r#"{"userId":"u","#, "malformed JSON: EOF while parsing").await;
    check("[]", "an event is a JSON object").await;
    check("", "the body is empty").await;
    let fault = check(
        r#"{"userId":"u","eventType":"e","propertes":{}}"#,
        "unknown field",
    )
    .await;
    assert_eq!(fault["suggestion"], "did you mean `properties`?");
    let fault = check(r#"{"userId":7,"eventType":"e"}"#, "expected a string").await;
    assert_eq!(fault["pointer"], "/userId");
    assert!(platform.records().is_empty());
}

#[tokio::test]
async fn one_event_that_is_refused_has_its_verdict() {
    let platform = Platform::new();
    let verdict = platform
        .verdict("/api/events", r#"{"eventId":"1","userId":"u"}"#)
        .await;
    assert_eq!(verdict["accepted"], 0);
    assert_eq!(verdict["rejected"][0]["eventId"], "1");
    assert_eq!(
        verdict["rejected"][0]["problem"]["detail"],
        "the key `eventType` is missing"
    );
    let event = r#"{"userId":"u","eventType":"e","properties":{"x":1e400}}"#;
    let verdict = platform.verdict("/api/events", event).await;
    let fault = &verdict["rejected"][0]["problem"];
    assert_eq!(fault["detail"], "malformed JSON: number out of range");
    assert_eq!(fault["pointer"], "/properties");
}

#[tokio::test]
async fn a_retry_is_a_duplicate_and_another_users_event_is_none() {
    let platform = Platform::new();
    let event = |user: &str| format!(r#"{{"eventId":"1","userId":"{user}","eventType":"e"}}"#);
    assert_eq!(platform.verdict("/api/events", event("a")).await, taken(1));
    let retry = platform.verdict("/api/events", event("a")).await;
    assert_eq!(
        retry,
        json!({"accepted": 0, "duplicates": 1, "rejected": []})
    );
    assert_eq!(platform.verdict("/api/events", event("b")).await, taken(1));
    assert_eq!(platform.records().len(), 2);
}

#[tokio::test]
async fn a_timestamp_may_be_an_hour_ahead_and_no_more() {
    let platform = Platform::new();
    let event = |timestamp: i64| {
        let timestamp = rulelang::time::format_timestamp(timestamp);
        format!(r#"{{"userId":"a","eventType":"e","timestamp":"{timestamp}"}}"#)
    };
    let hour = 3_600_000;
    assert_eq!(
        platform.verdict("/api/events", event(NOW + hour)).await,
        taken(1)
    );
    let verdict = platform.verdict("/api/events", event(NOW + hour + 1)).await;
    assert_eq!(
        verdict["rejected"][0]["problem"]["detail"],
        "the timestamp 2024-01-15T11:30:00.001Z is more than 3600000 ms ahead of now, 2024-01-15T10:30:00Z"
    );
    assert_eq!(platform.verdict("/api/events", event(0)).await, taken(1));
}

#[tokio::test]
async fn the_trace_travels_with_the_record() {
    let platform = Platform::new();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = Request::post("/api/events").header("traceparent", trace);
    let event = r#"{"userId":"a","eventType":"e"}"#;
    platform.ask(request.body(Body::from(event)).unwrap()).await;
    let headers = &platform.records()[0].headers;
    assert_eq!(headers, &[("traceparent".into(), trace.into())]);
}

#[tokio::test]
async fn verdicts_are_counted() {
    let platform = Platform::new();
    let event = r#"{"eventId":"1","userId":"a","eventType":"e"}"#;
    platform.verdict("/api/events", event).await;
    platform.verdict("/api/events", event).await;
    platform.verdict("/api/events", "{}").await;
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(platform.router.clone(), request)
        .await
        .unwrap();
    let body = http_body_util::BodyExt::collect(response.into_body())
        .await
        .unwrap();
    let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    for line in [
        "events_accepted_total 1",
        "events_duplicate_total 1",
        "events_rejected_total 1",
    ] {
        assert!(text.contains(line), "{text}");
    }
}
