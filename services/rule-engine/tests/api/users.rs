//! `/api/users/…`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use stores::{UserView, ViewMembership};

use crate::support::Api;

fn ann() -> UserView {
    let fields =
        json!({"totalSpent": 1500.0, "eventCount": 45, "lastActivity": "2024-01-15T10:30:00Z"});
    UserView {
        user_id: "ann".to_owned(),
        epoch: 0,
        rev: 7,
        exists: true,
        fields: fields.as_object().unwrap().clone(),
        segments: vec![
            ViewMembership {
                segment_id: "vip".into(),
                since: 1_705_314_600_000,
                reason: "rule_evaluation".into(),
            },
            ViewMembership {
                segment_id: "gone".into(),
                since: 1_705_314_600_000,
                reason: "manual".into(),
            },
        ],
        consent: [("email".to_owned(), true)].into(),
        merged_into: None,
        updated_at: 1_705_314_600_000,
    }
}

#[tokio::test]
async fn a_profile_is_what_the_view_holds() {
    let api = Api::new().await;
    api.view().write(vec![ann()]).await.unwrap();
    let (status, answer) = api.get("/api/users/ann").await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({
        "userId": "ann",
        "fields": {"totalSpent": 1500.0, "eventCount": 45, "lastActivity": "2024-01-15T10:30:00Z"},
        "segments": ["gone", "vip"],
        "consent": {"email": true},
        "updatedAt": "2024-01-15T10:30:00Z",
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn memberships_carry_the_names_of_their_segments() {
    let api = Api::new().await;
    api.view().write(vec![ann()]).await.unwrap();
    let (status, answer) = api.get("/api/users/ann/segments").await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({"userId": "ann", "segments": [
        {"segmentId": "gone", "name": "gone", "since": "2024-01-15T10:30:00Z",
         "nextChangeAt": "2024-01-15T10:30:01.5Z", "reason": "manual"},
        {"segmentId": "vip", "name": "VIP", "since": "2024-01-15T10:30:00Z",
         "nextChangeAt": null, "reason": "rule_evaluation"},
    ]});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn nobody_has_no_profile_and_no_segments() {
    let api = Api::new().await;
    let tombstone = UserView {
        user_id: "gone".to_owned(),
        exists: false,
        ..ann()
    };
    api.view().write(vec![tombstone]).await.unwrap();
    for id in ["gone", "never", "a%2Fb%20%C3%BC"] {
        let (status, answer) = api.get(&format!("/api/users/{id}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(answer["title"], "Not Found");
        let (status, answer) = api.get(&format!("/api/users/{id}/segments")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["segments"], json!([]));
    }
    let (_, answer) = api.get("/api/users/a%2Fb%20%C3%BC/segments").await;
    assert_eq!(answer["userId"], "a/b ü");
}

#[tokio::test]
async fn who_was_merged_is_answered_for_by_who_they_became() {
    let api = Api::new().await;
    let merged = |id: &str, into: &str| UserView {
        user_id: id.to_owned(),
        exists: false,
        merged_into: Some(into.to_owned()),
        ..ann()
    };
    let users = vec![ann(), merged("anon:1", "old"), merged("old", "ann")];
    api.view().write(users).await.unwrap();
    let (_, answer) = api.get("/api/users/anon:1").await;
    assert_eq!(answer["userId"], "ann");
    let (_, answer) = api.get("/api/users/old/segments").await;
    assert_eq!(answer["segments"].as_array().unwrap().len(), 2);
    let circle = vec![merged("a", "b"), merged("b", "a")];
    api.view().write(circle).await.unwrap();
    assert_eq!(api.get("/api/users/a").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn owners_explain_a_membership() {
    let api = Api::new().await;
    let (status, answer) = api.get("/api/users/ann/explain?segment=vip").await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({"userId": "ann", "segments": [{"segmentId": "vip"}]});
    assert_eq!(answer, expected);
    let (status, answer) = api.get("/api/users/bob/explain?segment=vip").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["detail"], "there is no user `bob`");
    for query in ["", "?segmnt=vip", "?segment=vip&more=1"] {
        let (status, _) = api.get(&format!("/api/users/ann/explain{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn deletion_and_consent_are_facts_in_the_log() {
    let api = Api::new().await;
    let consent = json!({"email": false, "sms": true});
    let (status, answer) = api
        .send("PUT", "/api/users/ann/consent", consent.clone())
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(answer["userId"], "ann");
    let (status, deleted) = api.send("DELETE", "/api/users/ann", Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let events = api.events();
    let types: Vec<&Value> = events.iter().map(|(_, it)| &it["eventType"]).collect();
    assert_eq!(types, [&json!("$consent"), &json!("$delete")]);
    let (record, message) = &events[0];
    assert_eq!(record.key, "ann");
    assert_eq!(message["userId"], "ann");
    assert_eq!(message["properties"], consent);
    assert_eq!(message["eventId"], answer["eventId"]);
    assert!(message["timestamp"].is_string());
    let id = record
        .headers
        .iter()
        .find(|(name, _)| name == "ce_id")
        .unwrap();
    assert_eq!(id.1, answer["eventId"].as_str().unwrap());
    assert_eq!(events[1].1["eventId"], deleted["eventId"]);
}

#[tokio::test]
async fn what_is_no_consent_and_no_user_id_is_refused() {
    let api = Api::new().await;
    for body in [
        json!({}),
        json!({"email": "yes"}),
        json!([]),
        json!({"": true}),
    ] {
        let (status, _) = api
            .send("PUT", "/api/users/ann/consent", body.clone())
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
    let id = |bytes: usize| format!("/api/users/{}", "x".repeat(bytes));
    let (status, _) = api.send("DELETE", &id(257), Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(api.events().is_empty());
    let (status, _) = api.send("DELETE", &id(256), Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
}
