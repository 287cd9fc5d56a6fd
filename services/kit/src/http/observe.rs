//! What is noted of each request, and its time limit.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::span::RequestSpan;
use super::{Limits, Problem};
use crate::metrics::{Answered, Metrics};
use crate::telemetry::{Current, TraceParent, Tracer};

#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) service: &'static str,
    pub(super) metrics: Metrics,
    pub(super) tracer: Tracer,
}

pub(super) async fn observe(
    State(observed): State<Observed>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let limits = request.extensions().get::<Limits>().copied();
    let timeout = limits.unwrap_or_default().request_timeout;
    let method = method_label(request.method());
    let path = request.uri().path().to_owned();
    // The pattern, not the path: what callers make up must not make up time series.
    let route = matched.as_ref().map_or("", MatchedPath::as_str);
    let caller = TraceParent::of(request.headers());
    let traced = RequestSpan::begin(&observed.tracer, method, route, caller.as_ref());
    let trace = traced.trace_parent().or(caller);
    let trace_id = trace.as_ref().map_or("", TraceParent::trace_id);
    let service = observed.service;
    let span = tracing::info_span!("request", service, method, path, trace_id);
    let current = Current {
        tracer: observed.tracer,
        parent: trace,
    };
    let answer = current.enclose(next.run(request).instrument(span.clone()));
    let response = tokio::time::timeout(timeout, answer)
        .await
        .unwrap_or_else(|_| {
            let detail = format!("there was no answer within {} s", timeout.as_secs_f64());
            span.in_scope(|| Problem::unavailable(detail, "timeout"))
                .into_response()
        });
    let response = with_instance(response, &path);
    let (status, seconds) = (response.status().as_u16(), start.elapsed().as_secs_f64());
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    traced.end(path, status);
    observed.metrics.request(&Answered {
        service,
        method,
        path: route,
        status,
        seconds,
    });
    response
}

fn with_instance(mut response: Response, path: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    let body = problem.instance_or(path).into_response().into_body();
    Response::from_parts(parts, body)
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
