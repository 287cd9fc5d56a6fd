//! Errors as RFC 9457 documents.

use std::fmt::Display;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::rules::{Finding, Range};

/// Why a request was refused, as `application/problem+json`.
///
/// `instance`, where it is not given, is the path of the request (filled in by
/// [`service`](super::service)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Document>);

/// Why a request was refused (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct Document {
    /// `about:blank` where the status says it all.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// What is wrong, for people: one line.
    detail: String,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The mistakes in what was sent, where they have places of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    #[serde(skip)]
    retry_after_s: Option<u64>,
    #[serde(skip)]
    challenge: Option<String>,
    #[serde(skip)]
    closes: bool,
}

/// One mistake in what was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// Where in the body, as a JSON pointer; absent where it is not in one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The stable code, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Bytes of a rule's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Range>,
    /// What is wrong: one line.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// The schema of a problem.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Document>()
}

impl Problem {
    /// A problem of that status; `detail` is one line for the caller.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Document {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            errors: vec![],
            retry_after_s: None,
            challenge: None,
            closes: false,
        }))
    }

    /// 400: what was sent cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: nobody knows who asks; `challenge` is the header `www-authenticate`.
    pub(super) fn unauthorized(detail: impl Into<String>, challenge: String) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail).challenge(challenge)
    }

    /// 403: who asks may not.
    pub(super) fn forbidden(detail: impl Into<String>, challenge: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail).challenge(challenge)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: it cannot be done as things stand.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 412: it was changed meanwhile.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, detail)
    }

    /// 413: it is more than a limit allows; `detail` names the limit.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// 422: it is understood, and wrong.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 429: later.
    pub fn too_many_requests(detail: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(retry_after)
    }

    /// 503: not now. `detail` is for the caller; `reason` goes to the log alone.
    pub fn unavailable(detail: impl Into<String>, reason: impl Display) -> Self {
        let detail = detail.into();
        tracing::warn!(%reason, "{detail}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(Duration::from_secs(1))
    }

    /// 500: our mistake. `reason` goes to the log; the caller is told nothing of it.
    pub fn internal(reason: impl Display) -> Self {
        tracing::error!(%reason, "a request failed");
        let detail = "something went wrong here; it has been logged";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// With a type of its own: a URI reference.
    #[must_use]
    pub fn kind(mut self, uri: impl Into<String>) -> Self {
        self.0.kind = uri.into();
        self
    }

    /// With a title of its own.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = title.into();
        self
    }

    /// With the thing that it is about: a URI reference.
    #[must_use]
    pub fn instance(mut self, uri: impl Into<String>) -> Self {
        self.0.instance = Some(uri.into());
        self
    }

    /// With one more mistake.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.0.errors.push(fault);
        self
    }

    /// With more mistakes: [`Fault`]s, or a rule's [`Finding`]s.
    #[must_use]
    pub fn faults<F: Into<Fault>>(mut self, faults: impl IntoIterator<Item = F>) -> Self {
        self.0.errors.extend(faults.into_iter().map(Into::into));
        self
    }

    /// With the time after which it may be tried again, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after_s = Some(wait.as_millis().div_ceil(1000) as u64);
        self
    }

    fn challenge(mut self, challenge: String) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// And the connection ends: what is left of the request will not be read.
    #[must_use]
    pub(super) fn closing(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What it tells the caller.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    pub(super) fn instance_or(mut self, uri: &str) -> Self {
        self.0.instance.get_or_insert_with(|| uri.to_owned());
        self
    }
}

impl Fault {
    /// A mistake told in one line.
    pub fn new(detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            detail,
            ..Self::default()
        }
    }

    /// With its place in the body.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> Self {
        let pointer = Some(pointer.into());
        Self { pointer, ..self }
    }

    /// With its code.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        let code = Some(code.into());
        Self { code, ..self }
    }

    /// With what to do about it.
    #[must_use]
    pub fn suggestion(self, suggestion: impl Into<String>) -> Self {
        let suggestion = Some(suggestion.into());
        Self { suggestion, ..self }
    }
}

impl From<Finding> for Fault {
    fn from(finding: Finding) -> Self {
        Self {
            pointer: finding.pointer,
            code: Some(finding.code.to_owned()),
            span: Some(finding.span),
            detail: finding.message,
            suggestion: finding.help,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = self.0.challenge.as_deref();
        if let Some(challenge) = challenge.and_then(|it| HeaderValue::from_str(it).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.0.closes {
            let close = HeaderValue::from_static("close");
            headers.insert(axum::http::header::CONNECTION, close);
        }
        response.extensions_mut().insert(self);
        response
    }
}
