//! A request in a trace, by OpenTelemetry's conventions for HTTP.

use crate::telemetry::{Kind, Span, TraceParent, Tracer};

/// What the conventions call a method that is none of the known.
const OTHER_METHOD: &str = "_OTHER";

/// The span of a request; there may be none.
pub(super) struct RequestSpan(Option<Span>);

impl RequestSpan {
    /// Begins it. What orchestrators and Prometheus ask every few seconds is in no trace.
    pub(super) fn begin(
        tracer: &Tracer,
        method: &'static str,
        route: &str,
        caller: Option<&TraceParent>,
    ) -> Self {
        let is_traced = route != "/metrics" && !route.starts_with("/actuator/");
        let span = is_traced.then(|| tracer.begin(Kind::Server, method, caller));
        Self(span.flatten().map(|span| described(span, method, route)))
    }

    /// What goes on from it.
    pub(super) fn trace_parent(&self) -> Option<TraceParent> {
        let span = self.0.as_ref()?;
        Some(span.trace_parent().clone())
    }

    /// Ends it with the answer's status. A caller's mistake is no failure of the server's.
    pub(super) fn end(self, path: String, status: u16) {
        let Some(mut span) = self.0 else { return };
        span.set("url.path", path);
        span.set("http.response.status_code", status);
        if status >= 500 {
            span.fail(status.to_string());
        }
    }
}

/// With what is known of it from the beginning.
fn described(mut span: Span, method: &'static str, route: &str) -> Span {
    let is_known = method != "OTHER";
    let name = if is_known { method } else { "HTTP" };
    let method = if is_known { method } else { OTHER_METHOD };
    span.set("http.request.method", method);
    span.set("url.scheme", "http");
    if route.is_empty() {
        span.rename(name.to_owned());
    } else {
        span.rename(format!("{name} {route}"));
        span.set("http.route", route.to_owned());
    }
    span
}
