//! The declared schema and computed traits.

use serde_json::{Value, json};
use stores::Catalog;

use crate::support::Platform;

#[tokio::test]
async fn a_trait_may_be_declared_used_and_kept_while_in_use() {
    let platform = Platform::new().await;
    let line = "PUT /api/traits/spent30";
    let text = "SUM(purchase.amount WITHIN LAST 30 DAYS)";
    let made = platform.ask(line, json!({"expression": text})).await;
    assert_eq!(
        made.is(200),
        json!({"name": "spent30", "expression": text, "isDefault": false})
    );
    platform.create("vip", "spent30 > 100").await.is(201);
    let traits = platform.get("/api/traits").await.is(200);
    let names: Vec<&Value> = traits["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(
        names,
        ["eventCount", "lastActivity", "spent30", "totalSpent"]
    );
    let line = "DELETE /api/traits/spent30";
    let problem = platform.ask(line, Value::Null).await.is(409);
    assert_eq!(problem["errors"][0]["detail"], "the segment `vip` uses it");
    platform.publish("vip", "totalSpent > 1").await.is(200);
    platform.ask(line, Value::Null).await.is(204);
    platform.ask(line, Value::Null).await.is(404);
}

#[tokio::test]
async fn segments_that_use_an_edited_trait_are_built_anew_with_it() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 100").await.is(201);
    platform.create("other", "eventCount > 3").await.is(201);
    let first = platform.catalog.next_definition(1).await.unwrap().unwrap();
    let id = &first.definition_id;
    platform.catalog.finish_definition(id, 2).await.unwrap();
    let line = "PUT /api/traits/totalSpent";
    let text = "SUM(order.total)";
    let answer = platform.ask(line, json!({"expression": text})).await;
    answer.is(200);
    let second = platform.catalog.next_definition(3).await.unwrap().unwrap();
    let change = second.change.unwrap();
    let built: Vec<&str> = change.segments.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(built, ["vip"]);
    assert_eq!(change.schema["traits"]["totalSpent"], text);
    assert!(change.schema["properties"]["order"]["total"].is_string());
}

#[tokio::test]
async fn a_wrong_trait_is_refused_with_its_place() {
    let platform = Platform::new().await;
    for text in ["SUM(purchase.amount", "x + 1", "NOW()"] {
        let line = "PUT /api/traits/x";
        let problem = platform
            .ask(line, json!({"expression": text}))
            .await
            .is(400);
        assert_eq!(problem["errors"][0]["pointer"], "/traits/x", "{text}");
    }
}

#[tokio::test]
async fn a_declared_type_binds_rules_and_must_fit_those_that_are_published() {
    let platform = Platform::new().await;
    let declared = json!({"fields": {"age": "int"}});
    let answer = platform.ask("PUT /api/schema", declared.clone()).await;
    let tag = answer.header("etag");
    assert_eq!(answer.is(200)["declared"], declared);
    let problem = platform.create("old", "age == 'old'").await.is(400);
    assert!(problem.to_string().contains("the schema"));
    platform.create("grown-up", "age >= 18").await.is(201);
    let other = json!({"fields": {"age": "string"}});
    let headers = &[("if-match", tag.as_str())];
    let problem = platform.ask_with("PUT /api/schema", headers, other.clone());
    let told = problem.await.is(409)["errors"][0].to_string();
    assert!(told.contains("`grown-up`"), "{told}");
    let headers = &[("if-match", "\"0\"")];
    let stale = platform.ask_with("PUT /api/schema", headers, other);
    stale.await.is(412);
    for wrong in [
        json!({"field": {}}),
        json!({"fields": {"age": "number"}}),
        json!([]),
    ] {
        platform.ask("PUT /api/schema", wrong).await.is(400);
    }
}

/// Owners check rules against the schema of the definition alone.
#[tokio::test]
async fn the_schema_of_a_definition_gives_the_very_same_rules() {
    let rules = [
        "age >= 18 AND country == 'DE'",
        "SUM(purchase.amount WITHIN LAST 30 DAYS) > 250.5",
        "COUNT(purchase WHERE category == 'shoes') >= 3 OR tags CONTAINS 'vip'",
        "lastSeen WITHIN LAST 7 DAYS AND birthday < DATE '2000-01-01'",
        "COUNT DISTINCT(purchase.sku) > 2 AND EXISTS country",
        "score + bonus > 10 AND score < 5",
        "IN SEGMENT 's0' AND totalSpent > 3",
    ];
    let platform = Platform::new().await;
    for (index, rule) in rules.iter().enumerate() {
        let before = platform.catalog.schema(None).await.unwrap();
        let before = before.schema().unwrap();
        platform.create(&format!("s{index}"), rule).await.is(201);
        let checked = rulelang::check(rule, &before).unwrap().rule;
        let state = platform.catalog.schema(None).await.unwrap();
        let file = state.schema_file([]).to_string();
        let after = kit::schema_file::read_schema(&file).unwrap();
        let again = rulelang::check(rule, &after).unwrap().rule;
        assert_eq!(checked.root, again.root, "{rule}");
        assert_eq!(checked.fields, again.fields, "{rule}");
        assert_eq!(checked.aggregates, again.aggregates, "{rule}");
    }
}
