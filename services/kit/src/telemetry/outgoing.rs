//! Requests to other services, in the trace of the request under way.

use axum::http::Method;

use super::{Kind, Span, TraceParent, begin_here, current};

/// A request to another service.
#[derive(Debug)]
pub struct Outgoing {
    span: Option<Span>,
    trace_parent: Option<TraceParent>,
}

impl Outgoing {
    /// Begins one that is part of the request under way.
    pub fn begin(method: &Method, url: &str) -> Self {
        let span = begin_here(Kind::Client, "HTTP").map(|mut span| {
            span.rename(method.to_string());
            span.set("http.request.method", method.to_string());
            span.set("url.full", url.to_owned());
            span
        });
        let own = span.as_ref().map(|span| span.trace_parent().clone());
        Self {
            span,
            trace_parent: own.or_else(current),
        }
    }

    /// The header by which the other service goes on with the trace, where there is one.
    pub fn header(&self) -> Option<(&'static str, &str)> {
        let parent = self.trace_parent.as_ref()?;
        Some((TraceParent::NAME, parent.text()))
    }

    /// Ends it with the answer's status; `None` where there was no answer.
    pub fn end(self, status: Option<u16>) {
        let Some(mut span) = self.span else { return };
        match status {
            Some(status) => {
                span.set("http.response.status_code", status);
                if status >= 400 {
                    span.fail(status.to_string());
                }
            }
            None => span.fail("unanswered"),
        }
    }
}
