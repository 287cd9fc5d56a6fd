//! Campaigns made, read, changed and removed.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::support::{Service, welcome};

#[tokio::test]
async fn a_campaign_is_a_draft_until_it_is_scheduled() {
    let service = Service::new().await;
    let answer = service.post("/api/campaigns", welcome()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.headers["location"], "/api/campaigns/welcome");
    assert_eq!(answer.headers["etag"], "\"1\"");
    let mut expected = json!({
        "id": "welcome", "name": "Welcome", "segmentId": "vip", "type": "email",
        "content": {"template": "welcome_high_value",
                    "personalization": ["firstName", "totalSpent", "city", "age"]},
        "status": "draft", "scheduledAt": null, "every": null,
        "createdAt": "2024-01-15T10:30:00Z", "updatedAt": "2024-01-15T10:30:00Z",
    });
    assert_eq!(answer.body, expected);
    expected["runs"] = json!([]);
    assert_eq!(service.get("/api/campaigns/welcome").await, expected);

    let again = service.post("/api/campaigns", welcome()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let mut unnamed = welcome();
    unnamed.as_object_mut().unwrap().remove("id");
    unnamed["scheduledAt"] = json!("2026-01-31T10:00:00+01:00");
    unnamed["every"] = json!("24h");
    let answer = service.post("/api/campaigns", unnamed).await;
    assert_eq!(answer.body["status"], "scheduled");
    assert_eq!(answer.body["scheduledAt"], "2026-01-31T09:00:00Z");
    assert_eq!(answer.body["every"], "1d");
    assert_eq!(answer.body["id"].as_str().unwrap().len(), 41);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_place() {
    let service = Service::new().await;
    let with = |key: &str, value: Value| {
        let mut body = welcome();
        body[key] = value;
        body
    };
    let content = |fields: usize| {
        let names: Vec<String> = (0..fields).map(|number| format!("f{number}")).collect();
        json!({"template": "t", "personalization": names})
    };
    for (body, pointer) in [
        (with("segmentId", json!("nope")), "/segmentId"),
        (with("type", json!("fax")), "/type"),
        (with("name", json!("")), "/name"),
        (with("name", json!("x".repeat(256))), "/name"),
        (with("id", json!("Welcome!")), "/id"),
        (with("id", json!("x".repeat(42))), "/id"),
        (
            with("content", json!({"template": ""})),
            "/content/template",
        ),
        (with("content", content(101)), "/content/personalization"),
        (with("content", json!({"tmplate": "t"})), "/content/tmplate"),
        (with("scheduledAt", json!("soon")), "/at"),
        (with("every", json!("1s")), "/every"),
        (with("segment", json!("vip")), "/segment"),
    ] {
        let answer = service.post("/api/campaigns", body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{body}");
    }
    let just = with("id", json!("x".repeat(41)));
    let answer = service.post("/api/campaigns", just).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let just = with("content", content(100));
    let answer = service.post("/api/campaigns", just).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn campaigns_are_listed_by_id_a_page_at_a_time() {
    let service = Service::new().await;
    for id in ["c", "a", "b"] {
        let mut body = welcome();
        body["id"] = json!(id);
        service.post("/api/campaigns", body).await;
    }
    let ids = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = service.get("/api/campaigns?limit=2").await;
    assert_eq!(ids(&first), ["a", "b"]);
    assert_eq!(first["page"]["hasMore"], true);
    let next = first["page"]["next"].as_str().unwrap();
    let path = format!("/api/campaigns?limit=2&cursor={next}");
    let second = service.get(&path).await;
    assert_eq!(ids(&second), ["c"]);
    assert_eq!(second["page"], json!({"next": null, "hasMore": false}));
    for query in ["limit=0", "limit=1001", "limit=x", "cursor=!", "size=3"] {
        let path = format!("/api/campaigns?{query}");
        let answer = service.call("GET", &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn an_edit_names_the_version_that_it_replaces() {
    let service = Service::new().await;
    service.create().await;
    let edit = |tag: &'static str| {
        let body = json!({"name": "Hello", "segmentId": "vip", "type": "sms",
                          "content": {"template": "t"}});
        let request = Request::put("/api/campaigns/welcome").header("if-match", tag);
        service.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let answer = edit("\"1\"").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["etag"], "\"2\"");
    assert_eq!(answer.body["type"], "sms");
    assert_eq!(answer.body["content"]["personalization"], json!([]));
    assert_eq!(edit("\"1\"").await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(edit("*").await.status, StatusCode::OK);

    let path = "/api/campaigns/welcome";
    let gone = service.call("DELETE", path, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let gone = service.call("GET", path, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(edit("*").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let service = Service::new().await;
    service.create().await;
    let unknown = service.act("shedule", Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let suggestion = &unknown.body["errors"][0]["suggestion"];
    assert_eq!(suggestion, "did you mean `:schedule`?");
    let none = service.post("/api/campaigns/welcome", Value::Null).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let nobody = service.post("/api/campaigns/x:pause", Value::Null).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);

    assert_eq!(
        service.act("pause", Value::Null).await.status,
        StatusCode::CONFLICT
    );
    for body in [
        json!({"at": "soon"}),
        json!({"every": 7}),
        json!({"when": "now"}),
    ] {
        let answer = service.act("schedule", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        service.act("cancel", Value::Null).await.body["status"],
        "cancelled"
    );
    for action in ["schedule", "pause", "cancel"] {
        let answer = service.act(action, Value::Null).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{action}");
    }
}

#[tokio::test]
async fn a_request_that_comes_again_gets_the_same_answer() {
    let service = Service::new().await;
    let create = |body: Value| {
        let request = Request::post("/api/campaigns").header("idempotency-key", "k1");
        service.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let mut body = welcome();
    body.as_object_mut().unwrap().remove("id");
    let first = create(body.clone()).await;
    let second = create(body.clone()).await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(first.body, second.body);
    let all = service.get("/api/campaigns").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    body["name"] = json!("Another");
    let other = create(body).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
}
