//! `/actuator/…` and `/metrics`: what orchestrators and Prometheus ask.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::{Json, Problem, ServiceInfo};
use crate::health::{Health, HealthReport};
use crate::metrics::Metrics;

pub(super) fn router(info: ServiceInfo, health: Health, metrics: Metrics) -> Router {
    let (whole, ready) = (health.clone(), health);
    let scraped = metrics.clone();
    let ServiceInfo { name, version } = info;
    Router::new()
        .route(
            "/actuator/health",
            get(async move || report(whole.report())),
        )
        .route(
            "/actuator/health/readiness",
            get(async move || report(ready.readiness())),
        )
        .route(
            "/actuator/health/liveness",
            get(async || Json(json!({"status": "UP"}))),
        )
        .route(
            "/actuator/info",
            get(async move || Json(json!({"app": {"name": name, "version": version}}))),
        )
        .route("/actuator/prometheus", get(async move || scrape(&metrics)))
        .route("/metrics", get(async move || scrape(&scraped)))
}

fn report(report: HealthReport) -> (StatusCode, Json<HealthReport>) {
    let status = if report.is_up() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report))
}

fn scrape(metrics: &Metrics) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, kind)], text).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}
