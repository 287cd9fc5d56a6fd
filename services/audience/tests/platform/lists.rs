//! Rules that name lists, and rules with parameters, on a running platform.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::platform::Api;
use crate::verify::{Deployment, identity};

async fn put_list(api: &Api, items: Value) {
    let url = format!("{}/api/lists/plans", api.segments);
    let (status, answer) = api.put(url, &json!({"items": items})).await;
    assert_eq!(status, 200, "{answer}");
}

async fn until_members(api: &Api, segment: &str, expected: &[&str]) {
    let url = format!("{}/api/segments/{segment}/members", api.segments);
    let ids = |answer: &Value| {
        let members = answer["data"].as_array().unwrap().iter();
        let ids = members.map(|member| member["userId"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<_>>()
    };
    let wanted: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
    api.until(&url, |answer| ids(answer) == wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_list_edits_its_segments_and_a_replay_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = Deployment::embedded(&folder.path().join("data"));
    let platform = deployment.start();
    put_list(&platform, json!(["pro"])).await;
    platform
        .create(&[
            ("chosen", "plan IN LIST 'plans'"),
            (
                "others",
                "plan NOT IN LIST 'plans' AND NOT IN SEGMENT 'chosen'",
            ),
        ])
        .await;
    let rules = json!({"expression": "amount > :min", "parameters": {"min": 10}});
    let body = json!({"id": "big", "name": "Big", "rules": rules});
    let url = format!("{}/api/segments", platform.segments);
    assert_eq!(platform.post(url, &body).await.unwrap().0, 201);

    for (user, plan, amount) in [("ann", "pro", 11), ("bob", "team", 10)] {
        let event = json!({"userId": user, "eventType": "signup",
            "properties": {"plan": plan, "amount": amount}});
        let url = format!("{}/api/events", platform.ingestion);
        assert_eq!(platform.post(url, &event).await.unwrap().0, 202);
    }
    until_members(&platform, "chosen", &["ann"]).await;
    until_members(&platform, "others", &["bob"]).await;
    until_members(&platform, "big", &["ann"]).await;

    put_list(&platform, json!(["team", "free"])).await;
    until_members(&platform, "chosen", &["bob"]).await;
    until_members(&platform, "others", &["ann"]).await;
    let url = format!("{}/api/lists/plans", platform.segments);
    let deleted = platform.http.delete(url).send().await.unwrap();
    assert_eq!(deleted.status().as_u16(), 409);

    // The same two rules, asked for a context.
    let body = json!({"segmentId": "chosen", "contexts": [{"plan": "free"}, {"plan": "pro"}]});
    let url = format!("{}/api/rules/evaluate", platform.rules);
    let (_, answer) = platform.post(url, &body).await.unwrap();
    assert_eq!(
        answer["results"],
        json!([{"value": true}, {"value": false}])
    );

    platform.caught_up().await;
    let changes: BTreeSet<String> = platform.changes().await.iter().map(identity).collect();
    platform.server.stop();
    assert_eq!(deployment.replay().changes, changes);
}
