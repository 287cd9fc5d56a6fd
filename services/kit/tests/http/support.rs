//! One service with a few routes, and a way to ask it.

use axum::body::Body as AnyBody;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http_body_util::BodyExt;
use kit::health::Health;
use kit::http::{Body, BodyLimit, Guard, Json, Page, PageQuery, Path, Problem, Query, ServiceInfo};
use kit::metrics::Metrics;
use kit::telemetry::Tracer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt;

/// The longest body of `/bytes`.
pub(crate) const BYTES_MAX: usize = 1000;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Order {
    id: u32,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Line {
    product_id: String,
}

pub(crate) fn service(health: Health) -> Router {
    let api = Router::new()
        .route(
            "/orders",
            post(async |Json(order): Json<Order>| Json(order)),
        )
        .route("/orders/{id}", get(async |Path(id): Path<u32>| Json(id)))
        .route("/orders", get(list))
        .route("/panic", get(async || -> Problem { panic!("secret") }))
        .route("/broken", get(async || Problem::internal("secret")))
        .route("/never", get(std::future::pending::<()>))
        .route(
            "/bytes",
            post(async |Body(bytes): Body| bytes.len().to_string())
                .layer(Extension(BodyLimit::new(BYTES_MAX, "bytes"))),
        );
    let info = ServiceInfo {
        name: "orders-api",
        version: "1.2.3",
    };
    kit::http::service(
        info,
        api,
        Guard::open(),
        health,
        Metrics::new(),
        Tracer::default(),
    )
}

async fn list(Query(query): Query<PageQuery>) -> Result<Json<Page<String>>, Problem> {
    let limit = query.limit()?;
    let after = query.after()?.unwrap_or_default();
    let all = ["a", "b", "c"].map(str::to_owned);
    let rest = all.into_iter().filter(|it| *it > after).take(limit + 1);
    Ok(Json(Page::of(rest.collect(), limit, Clone::clone)))
}

/// An answer, read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn detail(&self) -> String {
        let kind = self.headers["content-type"].to_str().unwrap();
        assert_eq!(kind, "application/problem+json");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        json["detail"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn ask(router: &Router, request: Request<AnyBody>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) async fn get_path(path: &str) -> Answer {
    let request = Request::get(path).body(AnyBody::empty()).unwrap();
    ask(&service(Health::default()), request).await
}

pub(crate) async fn post_to(path: &str, body: impl Into<AnyBody>) -> Answer {
    let request = Request::post(path).body(body.into()).unwrap();
    ask(&service(Health::default()), request).await
}
