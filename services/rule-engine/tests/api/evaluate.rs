//! `/api/rules/evaluate`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use stores::{UserView, ViewMembership};

use crate::support::Api;

async fn evaluate(api: &Api, body: Value) -> (StatusCode, Value) {
    api.post("/api/rules/evaluate", body).await
}

#[tokio::test]
async fn one_rule_is_evaluated_for_each_context_in_order() {
    let api = Api::new().await;
    let (status, answer) = evaluate(
        &api,
        json!({
            "expression": "totalSpent > 1000 AND category == 'electronics'",
            "contexts": [
                {"totalSpent": 1500, "category": "electronics"},
                {"totalSpent": 1500, "category": "books"},
                {"totalSpent": 1500},
                {},
            ],
        }),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!([{"value": true}, {"value": false}, {"value": null}, {"value": false}]);
    assert_eq!(answer["results"], expected);
}

#[tokio::test]
async fn a_share_of_users_goes_by_the_id_that_a_context_gives() {
    let api = Api::new().await;
    let users = (0..200).map(|user| json!({"userId": format!("user-{user}")}));
    let contexts: Vec<Value> = users.chain([json!({}), json!({"userId": 7})]).collect();
    let rule = "PERCENT(50, 'june')";
    let body = json!({"expression": rule, "contexts": contexts});
    let (status, answer) = evaluate(&api, body).await;
    assert_eq!(status, StatusCode::OK);
    let results = answer["results"].as_array().unwrap();
    let is = |value: Value| move |result: &&Value| result["value"] == value;
    let drawn = results.iter().filter(is(json!(true))).count();
    assert!((70..130).contains(&drawn), "{drawn}");
    assert_eq!(results.iter().filter(is(Value::Null)).count(), 2);
    let body = json!({"rules": {"percent": 100, "salt": ""}, "contexts": [{"userId": "u"}], "explain": true});
    let (_, answer) = evaluate(&api, body).await;
    let operand = &answer["results"][0]["explanation"]["operands"][0];
    assert_eq!(operand, &json!({"text": "PERCENT(100, '')", "value": true}));
}

#[tokio::test]
async fn a_stored_segment_reads_the_segments_that_it_names() {
    let api = Api::new().await;
    let (_, answer) = evaluate(
        &api,
        json!({
            "segmentId": "pro-vip",
            "contexts": [
                {"totalSpent": 1500, "plan": "pro"},
                {"totalSpent": 500, "plan": "pro"},
                {"totalSpent": 1500},
            ],
            "explain": true,
        }),
    )
    .await;
    let values: Vec<&Value> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["value"])
        .collect();
    assert_eq!(values, [&json!(true), &json!(false), &json!(null)]);
    let explanation = &answer["results"][0]["explanation"];
    assert_eq!(explanation["conditions"][1]["text"], "IN SEGMENT 'vip'");
    let (status, answer) = evaluate(&api, json!({"segmentId": "vi", "contexts": [{}]})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let suggestion = &answer["errors"][0]["suggestion"];
    assert_eq!(suggestion, "did you mean `vip`?");
}

#[tokio::test]
async fn without_a_rule_every_active_segment_is_matched() {
    let api = Api::new().await;
    let body = json!({"contexts": [{"totalSpent": 1500, "plan": "pro"}, {"totalSpent": 2}, {}]});
    let (_, answer) = evaluate(&api, body).await;
    let expected = json!([
        {"segments": [
            {"segmentId": "pro-vip", "name": "Paying VIP"},
            {"segmentId": "vip", "name": "VIP"},
        ]},
        {"segments": []},
        {"segments": []},
    ]);
    assert_eq!(answer["results"], expected);
}

#[tokio::test]
async fn the_instant_is_the_one_asked_about() {
    let api = Api::new().await;
    let body = |now: &str| {
        json!({
            "expression": "lastLogin WITHIN LAST 7 DAYS",
            "contexts": [{"lastLogin": "2026-01-30T00:00:00Z"}],
            "now": now,
        })
    };
    let (_, answer) = evaluate(&api, body("2026-01-31T00:00:00Z")).await;
    assert_eq!(answer["results"], json!([{"value": true}]));
    let (_, answer) = evaluate(&api, body("2026-03-31T00:00:00Z")).await;
    assert_eq!(answer["results"], json!([{"value": false}]));
}

#[tokio::test]
async fn users_are_evaluated_by_their_owners() {
    let api = Api::new().await;
    let (_, answer) = evaluate(
        &api,
        json!({
            "segmentId": "pro-vip", "userIds": ["ann", "bob"],
            "now": "1970-01-01T00:00:01Z",
        }),
    )
    .await;
    let asked = json!({
        "rules": {"expression": "plan == 'pro' AND IN SEGMENT 'vip'"},
        "schema": {"fields": {"plan": "string"}},
        "now": 1000,
    });
    let expected = json!([
        {"userId": "ann", "value": asked},
        {"userId": "bob", "value": asked},
    ]);
    assert_eq!(answer["results"], expected);
}

#[tokio::test]
async fn without_a_rule_the_segments_of_users_are_those_they_are_in() {
    let api = Api::new().await;
    let ann = UserView {
        user_id: "ann".to_owned(),
        epoch: 0,
        rev: 1,
        exists: true,
        fields: serde_json::Map::default(),
        segments: vec![ViewMembership {
            segment_id: "vip".into(),
            since: 1,
            reason: "manual".into(),
        }],
        consent: std::collections::BTreeMap::default(),
        merged_into: None,
        updated_at: 1,
    };
    api.view().write(vec![ann]).await.unwrap();
    let (_, answer) = evaluate(&api, json!({"userIds": ["ann", "nobody"]})).await;
    let expected = json!([
        {"userId": "ann", "segments": [{"segmentId": "vip", "name": "VIP"}]},
        {"userId": "nobody", "segments": []},
    ]);
    assert_eq!(answer["results"], expected);
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_its_place() {
    let api = Api::new().await;
    let deep = format!(
        "{{\"expression\":\"a\",\"contexts\":[{}1{}]}}",
        "{\"a\":".repeat(100),
        "}".repeat(100)
    );
    for (body, status, pointer) in [
        (json!({"expression": "a > 1"}), 400, json!(null)),
        (json!({"contexts": [{}], "userIds": []}), 400, json!(null)),
        (
            json!({"expression": "a >", "contexts": [{}]}),
            400,
            json!(null),
        ),
        (
            json!({"expression": "a > 1", "rules": {}, "contexts": [{}]}),
            400,
            json!(null),
        ),
        (
            json!({"expression": "a", "contexts": [{}, 3]}),
            400,
            json!("/contexts/1"),
        ),
        (
            json!({"expression": "a", "contexts": {}}),
            400,
            json!("/contexts"),
        ),
        (
            json!({"expression": "a", "userIds": [7]}),
            400,
            json!("/userIds/0"),
        ),
        (
            json!({"userIds": ["a"], "now": "2026-01-01T00:00:00Z"}),
            400,
            json!("/now"),
        ),
        (
            json!({"expression": "a", "userIds": ["a"], "explain": true}),
            400,
            json!(null),
        ),
        (
            json!({"expression": "IN SEGMENT 'nope'", "contexts": [{}]}),
            400,
            json!(null),
        ),
        (
            json!({"expression": "a", "contexts": [{}], "now": "x"}),
            400,
            json!("/now"),
        ),
        (json!(deep), 400, json!(null)),
    ] {
        let (answered, answer) = evaluate(&api, body.clone()).await;
        assert_eq!(answered.as_u16(), status, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["pointer"], pointer, "{body}: {answer}");
    }
}

#[tokio::test]
async fn each_limit_holds_at_its_value_and_refuses_one_past_it() {
    let api = Api::new().await;
    let contexts =
        |count: usize| json!({"expression": "a > 1", "contexts": vec![json!({}); count]});
    assert_eq!(evaluate(&api, contexts(1_000)).await.0, StatusCode::OK);
    let (status, answer) = evaluate(&api, contexts(1_001)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["errors"][0]["pointer"], "/contexts");
    let users = |count: usize| json!({"expression": "a > 1", "userIds": vec!["u"; count]});
    assert_eq!(evaluate(&api, users(1_000)).await.0, StatusCode::OK);
    assert_eq!(
        evaluate(&api, users(1_001)).await.0,
        StatusCode::BAD_REQUEST
    );
    let body = json!({"expression": "a > 1", "contexts": [{}]}).to_string();
    let padded = |bytes: usize| json!(format!("{body}{}", " ".repeat(bytes - body.len())));
    let limit = 1024 * 1024;
    assert_eq!(evaluate(&api, padded(limit)).await.0, StatusCode::OK);
    let (status, _) = evaluate(&api, padded(limit + 1)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}
