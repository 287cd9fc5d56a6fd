//! What events tell of sessions, and what is answered of them.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, Platform};
use ingestion_api::Options;

async fn get(platform: &Platform, id: &str) -> Answer {
    let request = Request::get(format!("/api/sessions/{id}"));
    platform.ask(request.body(Body::empty()).unwrap()).await
}

/// A session as soon as it is as wanted.
async fn session(platform: &Platform, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..500 {
        let answer = get(platform, id).await;
        if answer.status == 200 && wanted(&answer.json) {
            return answer.json;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("session {id} is {:?}", get(platform, id).await);
}

fn event(user: &str, session: &str, ago_ms: i64) -> String {
    let at = rulelang::time::format_timestamp(kit::clock::now() - ago_ms);
    let context = json!({"sessionId": session, "ipAddress": "192.0.2.1"});
    json!({"userId": user, "eventType": "view", "timestamp": at, "context": context}).to_string()
}

#[tokio::test]
async fn a_session_is_that_of_the_events_in_it() {
    let platform = Platform::with(Options::default());
    platform
        .verdict("/api/events", event("anon:1", "s1", 60_000))
        .await;
    let begun = session(&platform, "s1", |_| true).await;
    assert_eq!(begun["sessionId"], "s1");
    assert_eq!(begun["userId"], "anon:1");
    assert_eq!(begun["created"], begun["lastAccess"]);
    let call = json!({"userId": "ann", "event": "Viewed", "context": {"sessionId": "s1"}});
    platform.verdict("/v1/track", call.to_string()).await;
    let later = session(&platform, "s1", |it| it["userId"] == "ann").await;
    assert_eq!(later["created"], begun["created"]);
    assert!(
        later["lastAccess"].as_str() > begun["lastAccess"].as_str(),
        "{later}"
    );
}

#[tokio::test]
async fn what_begins_no_session_is_taken_all_the_same() {
    let platform = Platform::with(Options::default());
    let number = json!({"userId": "ann", "eventType": "view", "context": {"sessionId": 7}});
    let alias = json!({"userId": "ann", "previousId": "old", "context": {"sessionId": "alias"}});
    let rejected = json!({"userId": "ann", "eventType": "$x", "context": {"sessionId": "refused"}});
    platform
        .verdict("/api/events", event("ann", "long-ago", 3_600_000))
        .await;
    platform.verdict("/api/events", number.to_string()).await;
    platform.verdict("/v1/alias", alias.to_string()).await;
    platform.verdict("/api/events", rejected.to_string()).await;
    assert_eq!(platform.records().len(), 3);
    // What comes after all of them is written after them.
    platform
        .verdict("/api/events", event("ann", "last", 0))
        .await;
    session(&platform, "last", |_| true).await;
    for id in ["long-ago", "7", "alias", "refused"] {
        let answer = get(&platform, id).await;
        assert_eq!(answer.status, 404, "{id} {answer:?}");
        assert_eq!(answer.json["detail"], format!("there is no session `{id}`"));
    }
}
