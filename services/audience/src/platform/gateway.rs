//! The console's calls of services in other processes, passed on: the page talks to its own origin
//! alone.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use kit::config::ConsoleConfig;
use kit::http::{Api, Problem};
use kit::telemetry::Outgoing;

use super::Role;

/// Bytes of a body that is passed on; the services have narrower limits.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Of one connection, not of what goes over it (RFC 9110 §7.6.1); a length is worked out anew.
const NOT_PASSED_ON: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A service in another process.
#[derive(Debug, Clone)]
struct Upstream {
    http: reqwest::Client,
    role: Role,
    /// Empty where the configuration names none.
    url: String,
    /// The key that names it.
    key: &'static str,
}

/// The routes of a service that is in another process, as far as the console calls them.
pub(super) fn routes(role: Role, config: &ConsoleConfig) -> Api {
    let (paths, url, key): (&[&str], _, _) = match role {
        // The console is served by segment-api itself.
        Role::SegmentApi => (&[], "", ""),
        Role::IngestionApi => (
            &["/api/events", "/api/events/batch"],
            &*config.ingestion_api_url,
            "console.ingestion_api_url",
        ),
        Role::CommunicationApi => (
            &["/api/campaigns", "/api/campaigns/{*rest}"],
            &*config.communication_api_url,
            "console.communication_api_url",
        ),
        Role::RuleEngine => (
            &["/api/rules/{*rest}", "/api/users/{*rest}"],
            &*config.rule_engine_url,
            "console.rule_engine_url",
        ),
        Role::StreamProcessor => (
            &["/api/changes", "/api/processing"],
            &*config.stream_processor_url,
            "console.stream_processor_url",
        ),
    };
    let upstream = Upstream {
        http: reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap_or_default(),
        role,
        url: url.trim_end_matches('/').to_owned(),
        key,
    };
    let router = Router::new();
    let router = paths
        .iter()
        .fold(router, |all, path| all.route(path, any(pass_on)));
    router.with_state(upstream).into()
}

async fn pass_on(State(upstream): State<Upstream>, request: Request) -> Response {
    let answered = upstream.ask(request).await;
    answered.unwrap_or_else(IntoResponse::into_response)
}

impl Upstream {
    async fn ask(&self, request: Request) -> Result<Response, Problem> {
        let (head, body) = request.into_parts();
        if self.url.is_empty() {
            let (role, key) = (self.role.name(), self.key);
            let detail = format!("{role} is in another process: `{key}` says where");
            return Err(Problem::new(StatusCode::BAD_GATEWAY, detail));
        }
        let body = to_bytes(body, BODY_BYTES_MAX).await;
        let body = body.map_err(|_| {
            Problem::too_large(format!("the body is longer than {BODY_BYTES_MAX} bytes"))
        })?;
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let outgoing = Outgoing::begin(&head.method, &format!("{}{}", self.url, head.uri.path()));
        let mut headers = passed_on(&head.headers);
        if let Some((name, value)) = outgoing.header()
            && let Ok(value) = value.parse()
        {
            headers.insert(name, value);
        }
        let request = self
            .http
            .request(head.method, format!("{}{path}", self.url));
        let answered = request.headers(headers).body(body).send().await;
        let status = answered.as_ref().map(reqwest::Response::status).ok();
        outgoing.end(status.map(|status| status.as_u16()));
        let answered = answered.map_err(|error| {
            let detail = format!("{} does not answer", self.role.name());
            tracing::warn!(error = %error.without_url(), url = self.url, "{detail}");
            Problem::new(StatusCode::BAD_GATEWAY, detail)
        })?;
        let (status, headers) = (answered.status(), passed_on(answered.headers()));
        Ok((status, headers, Body::from_stream(answered.bytes_stream())).into_response())
    }
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in NOT_PASSED_ON {
        headers.remove(name);
    }
    headers
}
