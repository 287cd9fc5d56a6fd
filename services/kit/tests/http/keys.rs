//! Who is let in, and what others are told.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body as AnyBody;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kit::health::Health;
use kit::http::{
    Api, Body, Caller, Guard, KeyRefusal, Keys, Limits, Operation, Path, Problem, ServiceInfo,
    bearer,
};
use kit::metrics::Metrics;
use kit::scope::{Scope, Scopes};
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Answer, ask};

/// Keys that are the names of their scopes.
#[derive(Debug)]
struct Named;

#[async_trait]
impl Keys for Named {
    async fn holder(&self, key: &str) -> Result<Caller, KeyRefusal> {
        match key {
            "" => Err(KeyRefusal::Unknown),
            "lost" => Err(KeyRefusal::Unavailable("the database is gone".to_owned())),
            "damaged" => Err(KeyRefusal::Malformed),
            _ => {
                let scopes = Scopes::parse(key).map_err(|_| KeyRefusal::Unknown)?;
                Ok(Caller {
                    key_id: key.into(),
                    scopes: Arc::new(scopes),
                })
            }
        }
    }
}

async fn act(Path(target): Path<String>) -> String {
    target
}

async fn who(caller: Caller) -> Result<String, Problem> {
    caller.require(Scope::ProfilesRead)?;
    Ok(caller.key_id.to_string())
}

fn router() -> Router {
    let operation = |id, scope| Operation::new(id, scope);
    let api = Api::new("things-api")
        .get(
            "/things",
            operation("list", Scope::SegmentsRead).handled_by(async || "things"),
        )
        .post(
            "/things",
            operation("put", Scope::SegmentsWrite)
                .handled_by(async |Body(bytes): Body| bytes.len().to_string()),
        )
        .get(
            "/who",
            operation("who", Scope::SegmentsRead).handled_by(who),
        )
        .post(
            "/v1/thing",
            operation("send", Scope::EventsWrite).handled_by(async || "sent"),
        )
        .actions("/things/{id}", act)
        .actions("/forgotten/{id}", act)
        .action(
            "/things/{id}:send",
            operation("sendThing", Scope::CampaignsWrite),
        )
        .action("/things/{id}:drop", operation("dropThing", Scope::Admin))
        .get("/open", Operation::open("open").handled_by(async || "open"));
    let pages: Router = Router::new().route("/", get(async || "a page"));
    let info = ServiceInfo {
        name: "things-api",
        version: "1.2.3",
    };
    let guard = Guard::of(Arc::new(Named));
    let api = api.merge(pages);
    kit::http::service(
        info,
        api,
        guard,
        Health::default(),
        Metrics::new(),
        Tracer::default(),
    )
}

async fn send(method: &str, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    ask(&router(), request.body(AnyBody::empty()).unwrap()).await
}

/// With a key of these scopes.
async fn with(method: &str, path: &str, scopes: &str) -> Answer {
    send(method, path, Some(&format!("Bearer {scopes}"))).await
}

fn challenge(answer: &Answer) -> &str {
    answer.headers["www-authenticate"].to_str().unwrap()
}

#[tokio::test]
async fn without_a_key_that_is_good_nobody_gets_past() {
    let missing = send("GET", "/things", None).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert!(missing.detail().contains("audience key create"));
    assert_eq!(challenge(&missing), r#"Bearer realm="audience""#);
    assert_eq!(missing.json()["instance"], "/things");
    for (key, told) in [("nobody", "revoked"), ("damaged", "copied whole")] {
        let answer = with("GET", "/things", key).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.detail().contains(told), "{}", answer.text);
        let expected = r#"Bearer realm="audience", error="invalid_token""#;
        assert_eq!(challenge(&answer), expected);
    }
    for other in ["Bearer", "segments:read", "Digest segments:read", "Bearer "] {
        let answer = send("GET", "/things", Some(other)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{other}");
    }
    let lost = with("GET", "/things", "lost").await;
    assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!lost.text.contains("database"), "{}", lost.text);
}

#[tokio::test]
async fn a_key_is_good_for_its_scopes_alone() {
    let read = with("GET", "/things", "segments:read").await;
    assert_eq!(
        (read.status, read.text.as_str()),
        (StatusCode::OK, "things")
    );
    assert_eq!(with("HEAD", "/things", "segments:read").await.status, 200);
    assert_eq!(with("HEAD", "/things", "events:write").await.status, 403);
    assert_eq!(with("GET", "/things", "segments:write").await.status, 200);
    let write = with("POST", "/things", "segments:read profiles:read").await;
    assert_eq!(write.status, StatusCode::FORBIDDEN);
    let detail = "the key does not have the scope `segments:write`";
    assert_eq!(write.detail(), detail);
    let expected = r#"Bearer realm="audience", error="insufficient_scope", scope="segments:write""#;
    assert_eq!(challenge(&write), expected);
    assert_eq!(with("POST", "/things", "admin").await.status, 200);
}

#[tokio::test]
async fn a_handler_knows_who_calls_and_may_ask_for_more() {
    let both = "segments:read profiles:read";
    assert_eq!(with("GET", "/who", both).await.text, both);
    let answer = with("GET", "/who", "segments:read").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.detail().contains("profiles:read"));
}

#[tokio::test]
async fn each_action_asks_for_its_own_scope_however_it_is_written() {
    let check = async |path: &str, scopes: &str, status: u16| {
        let answer = with("POST", path, scopes).await;
        assert_eq!(answer.status, status, "{path} {scopes}: {}", answer.text);
    };
    check("/things/a:send", "campaigns:write", 200).await;
    check("/things/a%3Asend", "campaigns:write", 200).await;
    for path in ["/things/a:drop", "/things/a%3Adrop", "/things/a%3adrop"] {
        check(path, "campaigns:write", 403).await;
        check(path, "admin", 200).await;
    }
    // What nobody knows, or nobody named, needs what covers all.
    for path in [
        "/things/a:other",
        "/things/a",
        "/things/a:send:",
        "/forgotten/a:drop",
    ] {
        check(path, "campaigns:write", 403).await;
        check(path, "admin", 200).await;
    }
    let answer = send("POST", "/things/a:send", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_write_key_is_a_name_of_http_basic_on_its_own_paths_alone() {
    let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let key = basic("admin:");
    let sent = send("POST", "/v1/thing", Some(&key)).await;
    assert_eq!((sent.status, sent.text.as_str()), (StatusCode::OK, "sent"));
    assert_eq!(with("POST", "/v1/thing", "events:write").await.status, 200);
    for other in ["Basic", "Basic !", &basic("admin"), &basic(":admin")] {
        let answer = send("POST", "/v1/thing", Some(other)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{other}");
        assert!(challenge(&answer).ends_with(r#", Basic realm="audience""#));
    }
    let elsewhere = send("GET", "/things", Some(&basic("admin:"))).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);
    assert!(!challenge(&elsewhere).contains("Basic"));
}

#[tokio::test]
async fn probes_scrapers_pages_and_the_document_need_no_key() {
    for path in [
        "/",
        "/open",
        "/metrics",
        "/openapi.json",
        "/actuator/health",
        "/actuator/health/liveness",
        "/actuator/health/readiness",
        "/actuator/info",
        "/actuator/prometheus",
    ] {
        assert_eq!(
            send("GET", path, None).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    assert_eq!(send("GET", "/nothing", None).await.status, 404);
    assert_eq!(send("DELETE", "/things", None).await.status, 405);
}

#[tokio::test]
async fn a_long_body_of_somebody_unknown_is_not_kept_and_they_see_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let served = kit::http::serve(listener, router(), Limits::default(), shutdown.clone());
    let task = tokio::spawn(served);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        "POST /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 900000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; 900_000]).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 401 "), "{text}");
    shutdown.request();
    task.await.unwrap();
}

#[test]
fn a_header_for_a_key_does_not_show() {
    let value = bearer("aud_1").unwrap();
    assert_eq!(value, "Bearer aud_1");
    assert!(value.is_sensitive());
    assert_eq!(bearer("a\nb"), Err(KeyRefusal::Malformed));
}
