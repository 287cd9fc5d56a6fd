//! What stands around a service's routes.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::guard::{Guarded, admit};
use super::observe::{Observed, observe};
use super::{Api, Guard, Problem, actuator, openapi};
use crate::health::Health;
use crate::metrics::Metrics;
use crate::telemetry::Tracer;

/// Which service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Its name, as in the table of services: `ingestion-api`.
    pub name: &'static str,
    /// The version of the program.
    pub version: &'static str,
}

/// A service's routes with everything around them: `/openapi.json`, `/actuator/…` and `/metrics`,
/// the guard, problems for unknown paths and methods and for panics, the time limit, metrics, log
/// spans and traces. Pages, and what operations leave open, are for everybody.
pub fn service(
    info: ServiceInfo,
    api: impl Into<Api>,
    guard: Guard,
    health: Health,
    metrics: Metrics,
    tracer: Tracer,
) -> Router {
    let observed = Observed {
        service: info.name,
        metrics: metrics.clone(),
        tracer,
    };
    let api = actuator::api(info, health, metrics).merge(api);
    let guarded = Arc::new(Guarded::new(guard, &api));
    openapi::described(info, api)
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(guarded, admit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(observed, observe))
}

async fn unknown_path(request: Request) -> Problem {
    Problem::not_found(format!("there is nothing at `{}`", request.uri().path()))
}

async fn unknown_method(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    let detail = format!("`{path}` does not take {method}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that the layer asks for"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format!("panicked: {}", text.unwrap_or("no message"))).into_response()
}
