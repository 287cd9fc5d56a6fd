//! Segment's HTTP API: each call and the records that it comes to.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::Platform;

/// The records of one call, without what all of them share.
async fn records_of(path: &str, call: Value) -> Vec<Value> {
    let platform = Platform::new();
    let verdict = platform.verdict(path, call.to_string()).await;
    assert_eq!(
        verdict,
        json!({"accepted": 1, "duplicates": 0, "rejected": []})
    );
    let messages = platform.messages().into_iter().map(|mut message| {
        let message = message.as_object_mut().unwrap();
        assert_eq!(message.remove("timestamp").unwrap(), "2024-01-15T10:30:00Z");
        assert_eq!(message.remove("eventId").unwrap(), "m1");
        assert_eq!(
            message.remove("context").unwrap(),
            json!({"ip": "24.5.68.47"})
        );
        Value::Object(message.clone())
    });
    messages.collect()
}

fn call(fields: Value) -> Value {
    let mut call = json!({
        "messageId": "m1", "context": {"ip": "24.5.68.47"}, "integrations": {"All": true},
        "timestamp": "2024-01-15T10:30:00.000Z", "writeKey": "k", "channel": "server"
    });
    let Value::Object(fields) = fields else {
        panic!("fields")
    };
    call.as_object_mut().unwrap().extend(fields);
    call
}

#[tokio::test]
async fn track_is_an_event() {
    let sent = call(
        json!({"userId": "019mr8mf4r", "event": "Item Purchased", "properties": {"price": 39.95}}),
    );
    assert_eq!(
        records_of("/v1/track", sent).await,
        [
            json!({"userId": "019mr8mf4r", "eventType": "Item Purchased", "properties": {"price": 39.95}})
        ]
    );
}

#[tokio::test]
async fn identify_is_traits() {
    let sent = call(json!({"userId": "u", "traits": {"plan": "pro", "logins": 5}}));
    assert_eq!(
        records_of("/v1/identify", sent).await,
        [
            json!({"userId": "u", "eventType": "$identify", "properties": {"plan": "pro", "logins": 5}})
        ]
    );
}

#[tokio::test]
async fn identify_with_both_ids_merges_the_anonymous_user() {
    let sent = call(json!({"userId": "u", "anonymousId": "507f", "traits": {}}));
    assert_eq!(
        records_of("/v1/identify", sent).await,
        [
            json!({"userId": "anon:507f", "eventType": "$alias", "properties": {"to": "u"}}),
            json!({"userId": "u", "eventType": "$identify", "properties": {}}),
        ]
    );
}

#[tokio::test]
async fn an_anonymous_id_alone_is_a_user_of_its_own() {
    let sent = call(json!({"userId": null, "anonymousId": "507f", "traits": {"a": 1}}));
    assert_eq!(
        records_of("/v1/identify", sent).await,
        [json!({"userId": "anon:507f", "eventType": "$identify", "properties": {"a": 1}})]
    );
    let sent = call(json!({"userId": "u", "anonymousId": "507f", "event": "e"}));
    assert_eq!(records_of("/v1/track", sent).await[0]["userId"], "u");
}

#[tokio::test]
async fn page_and_screen_are_events_with_their_names() {
    let sent = call(
        json!({"userId": "u", "name": "Home", "category": "Docs", "properties": {"url": "/", "name": "Start"}}),
    );
    assert_eq!(
        records_of("/v1/page", sent).await,
        [
            json!({"userId": "u", "eventType": "page", "properties": {"url": "/", "name": "Start", "category": "Docs"}})
        ]
    );
    let sent = call(json!({"userId": "u", "name": "Main"}));
    assert_eq!(
        records_of("/v1/screen", sent).await,
        [json!({"userId": "u", "eventType": "screen", "properties": {"name": "Main"}})]
    );
}

#[tokio::test]
async fn group_names_the_group_and_its_traits() {
    let sent = call(
        json!({"userId": "u", "groupId": "0e8c", "traits": {"name": "Initech", "seats": 329}}),
    );
    assert_eq!(
        records_of("/v1/group", sent).await,
        [json!({"userId": "u", "eventType": "$group", "properties": {
            "groupId": "0e8c", "traits": {"name": "Initech", "seats": 329}
        }})]
    );
}

#[tokio::test]
async fn alias_is_kept_with_the_previous_user() {
    let sent = call(json!({"userId": "new", "previousId": "old"}));
    assert_eq!(
        records_of("/v1/alias", sent).await,
        [json!({"userId": "old", "eventType": "$alias", "properties": {"to": "new"}})]
    );
    let sent = call(json!({"userId": "new", "anonymousId": "507f"}));
    assert_eq!(
        records_of("/v1/alias", sent).await[0]["userId"],
        "anon:507f"
    );
}

#[tokio::test]
async fn a_batch_holds_calls_of_every_type() {
    let platform = Platform::new();
    let sent = json!({
        "batch": [
            {"type": "track", "userId": "a", "event": "e", "messageId": "1"},
            {"type": "identify", "userId": "a", "traits": {"x": 1}, "messageId": "2", "context": {"own": true}},
            {"type": "trak", "userId": "a", "messageId": "3"},
            {"userId": "a", "messageId": "4"},
            {"type": "track", "event": "e", "messageId": "5"},
            {"type": "track", "userId": "a", "event": "$delete", "messageId": "6"},
            {"type": "alias", "userId": "a", "previousId": "a", "messageId": "7"},
            {"type": "page", "userId": "a", "messageId": "1"}
        ],
        "context": {"ip": "1.2.3.4"}, "sentAt": "2024-01-15T10:30:00Z", "writeKey": "k", "unheard": 1
    });
    for path in ["/v1/batch", "/v1/import"] {
        let verdict = platform.verdict(path, sent.to_string()).await;
        let rejected = verdict["rejected"].as_array().unwrap();
        let told: Vec<_> = rejected
            .iter()
            .map(|it| {
                (
                    it["eventId"].as_str().unwrap(),
                    it["problem"]["detail"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("3", "there is no type of call `trak`"),
                ("4", "the key `type` is missing"),
                ("5", "the key `userId` is missing"),
                ("6", "the reserved event type `$delete` cannot be used here"),
                ("7", "`previousId` and `userId` are the same"),
            ]
        );
        assert_eq!(
            rejected[0]["problem"]["suggestion"],
            "did you mean `track`?"
        );
        let expected = if path == "/v1/batch" { (2, 1) } else { (0, 3) };
        assert_eq!(
            (&verdict["accepted"], &verdict["duplicates"]),
            (&json!(expected.0), &json!(expected.1))
        );
    }
    let contexts: Vec<Value> = platform
        .messages()
        .iter()
        .map(|it| it["context"].clone())
        .collect();
    assert_eq!(contexts, [json!({"ip": "1.2.3.4"}), json!({"own": true})]);
}

/// It is 10:30 here; the client sends at 09:30 by its own clock.
#[tokio::test]
async fn a_clients_clock_is_put_right_by_when_it_sent() {
    let check = async |timestamp: Option<&str>, sent_at: Option<&str>, expected: &str| {
        let platform = Platform::new();
        let fields =
            json!({"userId": "a", "event": "e", "timestamp": timestamp, "sentAt": sent_at});
        platform.verdict("/v1/track", fields.to_string()).await;
        assert_eq!(platform.messages()[0]["timestamp"], expected);
        let fields = json!({"batch": [{"type": "track", "userId": "b", "event": "e", "originalTimestamp": timestamp}], "sentAt": sent_at});
        platform.verdict("/v1/batch", fields.to_string()).await;
        assert_eq!(platform.messages()[1]["timestamp"], expected);
    };
    let sent_at = Some("2024-01-15T09:30:00Z");
    check(
        Some("2024-01-15T09:29:58.5Z"),
        sent_at,
        "2024-01-15T10:29:58.5Z",
    )
    .await;
    check(
        Some("2024-01-15T09:29:58.5Z"),
        None,
        "2024-01-15T09:29:58.5Z",
    )
    .await;
    check(
        Some("2024-01-15T09:29:58.5Z"),
        Some("?"),
        "2024-01-15T09:29:58.5Z",
    )
    .await;
    check(None, sent_at, "2024-01-15T10:30:00Z").await;
}

#[tokio::test]
async fn what_no_timestamp_can_say_is_refused() {
    let platform = Platform::new();
    let call = json!({
        "userId": "a", "event": "e",
        "timestamp": "-009999-06-01T00:00:00Z", "sentAt": "9999-12-01T00:00:00Z"
    });
    let verdict = platform.verdict("/v1/track", call.to_string()).await;
    let detail = verdict["rejected"][0]["problem"]["detail"]
        .as_str()
        .unwrap();
    assert!(detail.ends_with("lies too far from `sentAt`"), "{detail}");
}

#[tokio::test]
async fn a_write_key_is_taken_and_ignored() {
    let platform = Platform::new();
    let request = Request::post("/v1/track").header("authorization", "Basic a2V5Og==");
    let body = Body::from(r#"{"userId":"u","event":"e"}"#);
    let answer = platform.ask(request.body(body).unwrap()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}
