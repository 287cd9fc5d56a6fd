//! Refusals, the actuator, paging, metrics.

use std::time::Duration;

use axum::Extension;
use axum::body::Body as AnyBody;
use axum::http::{Request, StatusCode};
use kit::health::{Health, Readiness};
use kit::http::Limits;
use serde_json::json;

use crate::support::{ask, get_path, post_to, service};

fn get(path: &str) -> Request<AnyBody> {
    Request::get(path).body(AnyBody::empty()).unwrap()
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_that_names_it() {
    let answer = get_path("/ordres?x=1").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Not Found", "status": 404,
            "detail": "there is nothing at `/ordres`", "instance": "/ordres"
        })
    );
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let request = Request::delete("/orders").body(AnyBody::empty()).unwrap();
    let answer = ask(&service(Health::default()), request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let allowed = answer.headers["allow"].to_str().unwrap();
    assert!(
        allowed.contains("POST") && allowed.contains("GET"),
        "{allowed}"
    );
    assert_eq!(answer.detail(), "`/orders` does not take DELETE");
    let answer = post_to("/actuator/health", "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn our_mistakes_say_nothing_internal() {
    for path in ["/panic", "/broken"] {
        let answer = get_path(path).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        assert_eq!(answer.json()["instance"], path);
    }
}

#[tokio::test]
async fn a_request_has_its_time() {
    let limits = Limits {
        request_timeout: Duration::from_millis(1),
        ..Limits::default()
    };
    let router = service(Health::default()).layer(Extension(limits));
    let answer = ask(&router, get("/never")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.detail(), "there was no answer within 0.001 s");
}

#[tokio::test]
async fn health_is_down_with_503_when_a_component_is() {
    let health = Health::default();
    health.component("log", || Err("the disk is full".to_owned()));
    let router = service(health);
    let answer = ask(&router, get("/actuator/health")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.json(),
        json!({"status": "DOWN", "components": {
            "log": {"status": "DOWN", "detail": "the disk is full"}
        }})
    );
    let answer = ask(&router, get("/actuator/health/liveness")).await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::OK, json!({"status": "UP"}))
    );
}

#[tokio::test]
async fn readiness_is_that_of_every_role() {
    let readiness = Readiness::default();
    readiness.set("orders-api", true);
    readiness.set("stream-processor", false);
    let router = service(Health::new(readiness.clone()));
    let path = "/actuator/health/readiness";
    let answer = ask(&router, get(path)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    readiness.set("stream-processor", true);
    let answer = ask(&router, get(path)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_by_pattern_and_status() {
    let router = service(Health::default());
    ask(&router, get("/orders/7")).await;
    ask(&router, get("/orders/8")).await;
    ask(&router, get("/made-up")).await;
    for path in ["/metrics", "/actuator/prometheus"] {
        let text = ask(&router, get(path)).await.text;
        for line in [
            r#"http_requests_total{service="orders-api",method="GET",path="/orders/{id}",status="200"} 2"#,
            r#"http_requests_total{service="orders-api",method="GET",path="",status="404"} 1"#,
            r#"http_request_duration_seconds_count{service="orders-api",method="GET",path="/orders/{id}"} 2"#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
    let info = ask(&router, get("/actuator/info")).await.json();
    assert_eq!(
        info,
        json!({"app": {"name": "orders-api", "version": "1.2.3"}})
    );
}

#[tokio::test]
async fn pages_follow_one_another() {
    let first = get_path("/orders?limit=2").await.json();
    assert_eq!(first["data"], json!(["a", "b"]));
    assert_eq!(first["page"]["hasMore"], true);
    let next = first["page"]["next"].as_str().unwrap();
    let last = get_path(&format!("/orders?limit=2&cursor={next}"))
        .await
        .json();
    assert_eq!(
        last,
        json!({"data": ["c"], "page": {"next": null, "hasMore": false}})
    );
}

#[tokio::test]
async fn wrong_parameters_are_told() {
    let check = async |path: &str, detail: &str| {
        let answer = get_path(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.detail().contains(detail), "{path}: {}", answer.text);
    };
    check("/orders?limit=0", "between 1 and 1000").await;
    check("/orders?limit=many", "limit: invalid digit").await;
    check("/orders?cursor=!", "`!` is no cursor").await;
    check("/orders?limti=3", "unknown field `limti`").await;
    check("/orders/x", "in the path").await;
    let answer = get_path("/orders?limti=3").await.json();
    assert_eq!(answer["errors"][0]["suggestion"], "did you mean `limit`?");
}
