//! The web console: one page of HTML, CSS and JavaScript, kept in the binary. No build step, nothing
//! fetched from elsewhere, no state: it talks to the services' own API, with a key that it asks for
//! where they want one.

#![forbid(unsafe_code)]

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, content type and text of all that the page consists of.
macro_rules! assets {
    ($($path:literal $kind:ident $file:literal,)*) => {
        const ASSETS: &[(&str, &str, &str)] =
            &[$(($path, $kind, include_str!(concat!("../assets/", $file))),)*];
    };
}

assets! {
    "/" HTML "index.html",
    "/console/api.js" JS "api.js",
    "/console/charts.js" JS "charts.js",
    "/console/console.css" CSS "console.css",
    "/console/dom.js" JS "dom.js",
    "/console/events.js" JS "events.js",
    "/console/feed.js" JS "feed.js",
    "/console/icon.svg" SVG "icon.svg",
    "/console/main.js" JS "main.js",
    "/console/processing.js" JS "processing.js",
    "/console/rule.js" JS "rule.js",
    "/console/segments.js" JS "segments.js",
    "/console/session.js" JS "session.js",
    "/console/user.js" JS "user.js",
}

/// The page needs nothing but itself and the API of its own origin.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The page at `/` and what it loads under `/console/`.
pub fn router() -> Router {
    let asset = |router: Router,
                 (path, kind, text): &(&'static str, &'static str, &'static str)| {
        let (kind, text) = (*kind, *text);
        router.route(path, get(move || async move { reply(kind, text) }))
    };
    ASSETS.iter().fold(Router::new(), asset)
}

fn reply(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 3] = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, text)
}

/// Where a walk-through opens another tool's page, and which page of the console shows that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Segments, changes, users: instead of Grafana's dashboard.
    Dashboard,
    /// Topics: instead of Kafka UI's list.
    Topics,
    /// Partitions, throughput and lag: instead of Flink's overview.
    Processing,
}

/// Sends every path to a page of the console at `origin`, like `http://localhost:30081`.
pub fn redirects(origin: &str, page: Page) -> Router {
    let page = match page {
        Page::Dashboard => "dashboard",
        Page::Topics => "topics",
        Page::Processing => "processing",
    };
    let target = format!("{origin}/#{page}");
    Router::new().fallback(move |uri: Uri| {
        let target = target.clone();
        async move { redirect(&uri, &target) }
    })
}

/// A tool that asks for health or metrics is told the truth: there is none here.
fn redirect(uri: &Uri, target: &str) -> Response {
    if uri.path().starts_with("/api/") || uri.path().starts_with("/actuator/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    Redirect::temporary(target).into_response()
}
