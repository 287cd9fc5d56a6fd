//! What is noted of each request, and its time limit.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::{Limits, Problem};
use crate::metrics::{Answered, Metrics};

/// The trace that a request is part of: a W3C `traceparent`, to be sent on as it is. In the
/// extensions of requests that brought a well-formed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(pub String);

impl TraceParent {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("traceparent")?.to_str().ok()?;
        let parts: Vec<&str> = text.split('-').collect();
        let is_hex = |part: &str, digits| {
            part.len() == digits
                && part
                    .bytes()
                    .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
        };
        let [version, trace, parent, flags] = parts.as_slice() else {
            return None;
        };
        let is_whole = is_hex(version, 2)
            && is_hex(trace, 32)
            && is_hex(parent, 16)
            && is_hex(flags, 2)
            && *version != "ff"
            && trace.bytes().any(|it| it != b'0')
            && parent.bytes().any(|it| it != b'0');
        is_whole.then(|| Self(text.to_owned()))
    }

    /// The trace's id: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        self.0.get(3..35).unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) service: &'static str,
    pub(super) metrics: Metrics,
}

pub(super) async fn observe(
    State(observed): State<Observed>,
    matched: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let limits = request.extensions().get::<Limits>().copied();
    let timeout = limits.unwrap_or_default().request_timeout;
    let method = method_label(request.method());
    let path = request.uri().path().to_owned();
    let trace = TraceParent::of(request.headers());
    let trace_id = trace.as_ref().map_or("", TraceParent::trace_id);
    let service = observed.service;
    let span = tracing::info_span!("request", service, method, path, trace_id);
    if let Some(trace) = trace {
        request.extensions_mut().insert(trace);
    }
    let answer = next.run(request).instrument(span.clone());
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
    // The pattern, not the path: what callers make up must not make up time series.
    let path = matched.as_ref().map_or("", MatchedPath::as_str);
    observed.metrics.request(&Answered {
        service,
        method,
        path,
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
