//! `/actuator/…` and `/metrics`: what orchestrators and Prometheus ask.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Api, Json, Operation, Problem, ServiceInfo};
use crate::health::{Health, HealthReport};
use crate::metrics::Metrics;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `{"status":"UP"}`.
#[derive(Debug, Serialize, JsonSchema)]
struct Liveness {
    status: &'static str,
}

/// `{"app":{"name":…}}`.
#[derive(Debug, Serialize, JsonSchema)]
struct Info {
    app: App,
}

/// The program that answers.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
struct App {
    name: &'static str,
    version: &'static str,
}

pub(super) fn api(info: ServiceInfo, health: Health, metrics: Metrics) -> Api {
    let (whole, ready) = (health.clone(), health);
    let scraped = metrics.clone();
    let ServiceInfo { name, version } = info;
    let health = reported("getHealth", "Whether what the service depends on works");
    let health = health.handled_by(async move || report(whole.report()));
    let readiness = reported("getReadiness", "Whether every role of the process is ready");
    let readiness = readiness.handled_by(async move || report(ready.readiness()));
    let liveness = Operation::open("getLiveness").summary("Whether the process answers");
    let liveness = liveness.answers::<Liveness>(200, "It does");
    let info = Operation::open("getInfo").summary("Which program answers");
    let info = info.answers::<Info>(200, "This one");
    let app = App { name, version };
    let prometheus = measured("getPrometheus").handled_by(async move || scrape(&metrics).await);
    let metrics = measured("getMetrics").handled_by(async move || scrape(&scraped).await);
    Api::new("actuator")
        .get("/actuator/health", health)
        .get("/actuator/health/readiness", readiness)
        .get(
            "/actuator/health/liveness",
            liveness.handled_by(async || Json(Liveness { status: "UP" })),
        )
        .get(
            "/actuator/info",
            info.handled_by(async move || Json(Info { app })),
        )
        .get("/actuator/prometheus", prometheus)
        .get("/metrics", metrics)
}

fn reported(id: &'static str, summary: &'static str) -> Operation {
    Operation::open(id)
        .summary(summary)
        .answers::<HealthReport>(200, "All of it is up")
        .answers::<HealthReport>(503, "Part of it is down")
}

fn measured(id: &'static str) -> Operation {
    Operation::open(id)
        .summary("Metrics for Prometheus")
        .answers_text(200, OPENMETRICS, "OpenMetrics")
}

fn report(report: HealthReport) -> (StatusCode, Json<HealthReport>) {
    let status = if report.is_up() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report))
}

/// What is asked of other servers at each scrape may wait for them.
async fn scrape(metrics: &Metrics) -> Response {
    let metrics = metrics.clone();
    match tokio::task::spawn_blocking(move || metrics.encode()).await {
        Ok(Ok(text)) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Ok(Err(error)) => Problem::internal(error).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}
