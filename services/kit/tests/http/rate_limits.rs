//! Callers who call too often, on a real socket.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kit::health::Health;
use kit::http::{
    Api, Caller, Guard, KeyRefusal, Keys, Limits, Operation, RateLimits, Rates, ServiceInfo,
    Throttle, Window,
};
use kit::metrics::Metrics;
use kit::scope::{Scope, Scopes};
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Everybody whose key begins with `good` may read segments.
#[derive(Debug)]
struct Good;

#[async_trait]
impl Keys for Good {
    async fn holder(&self, key: &str) -> Result<Caller, KeyRefusal> {
        if !key.starts_with("good") {
            return Err(KeyRefusal::Unknown);
        }
        Ok(Caller {
            key_id: key.into(),
            scopes: Arc::new(Scopes::from_iter([Scope::SegmentsRead])),
        })
    }
}

/// Counts as if time stood still, or not at all.
#[derive(Debug, Default)]
struct Counts {
    counts: Mutex<HashMap<String, u64>>,
    is_lost: bool,
}

#[async_trait]
impl RateLimits for Counts {
    async fn count(&self, who: &str, _: Window) -> Result<u64, String> {
        if self.is_lost {
            return Err("the store is gone".to_owned());
        }
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(who.to_owned()).or_default();
        *count += 1;
        Ok(*count)
    }
}

struct Server {
    address: std::net::SocketAddr,
    shutdown: Shutdown,
    metrics: Metrics,
}

async fn start(counts: Counts, rates: Rates) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
    let metrics = Metrics::new();
    let throttle = Throttle::new(Arc::new(counts), rates, &metrics);
    let guard = Guard::of(Arc::new(Good)).throttled(throttle);
    let operation = Operation::new("list", Scope::SegmentsRead);
    let api = Api::new("things-api").get("/things", operation.handled_by(async || "things"));
    let info = ServiceInfo {
        name: "things-api",
        version: "1.2.3",
    };
    let router = kit::http::service(
        info,
        api,
        guard,
        Health::default(),
        metrics.clone(),
        Tracer::default(),
    );
    let limits = Limits::default();
    tokio::spawn(kit::http::serve(listener, router, limits, shutdown.clone()));
    Server {
        address,
        shutdown,
        metrics,
    }
}

impl Server {
    /// The whole answer.
    async fn get(&self, path: &str, key: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    async fn status(&self, key: &str) -> String {
        let text = self.get("/things", key).await;
        text.split(' ').nth(1).unwrap().to_owned()
    }
}

const RATES: Rates = Rates {
    per_key: 3,
    per_address: 2,
};

#[tokio::test]
async fn a_key_has_its_rate_and_is_told_the_limit_and_when_to_come_again() {
    let server = start(Counts::default(), RATES).await;
    for _ in 0..RATES.per_key {
        assert_eq!(server.status("good").await, "200");
    }
    let limited = server.get("/things", "good").await;
    assert!(limited.starts_with("HTTP/1.1 429 "), "{limited}");
    assert!(limited.contains("application/problem+json"), "{limited}");
    let detail = "more than 3 requests of one key in a minute";
    assert!(limited.contains(detail), "{limited}");
    let wait = limited.split("retry-after: ").nth(1).unwrap();
    let wait: u64 = wait.split("\r\n").next().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(server.status("good-other").await, "200");
    let text = server.metrics.encode().unwrap();
    assert!(text.contains("http_requests_limited_total 1"), "{text}");
    server.shutdown.request();
}

#[tokio::test]
async fn guesses_have_an_end_and_good_keys_of_the_same_address_do_not_suffer() {
    let server = start(Counts::default(), RATES).await;
    for _ in 0..RATES.per_address {
        assert_eq!(server.status("guess").await, "401");
    }
    let limited = server.get("/things", "guess").await;
    assert!(limited.starts_with("HTTP/1.1 429 "), "{limited}");
    assert!(limited.contains("more than 2 requests without a good key"));
    assert_eq!(server.status("good").await, "200");
    let open = server.get("/metrics", "guess").await;
    assert!(open.starts_with("HTTP/1.1 200 "), "{open}");
    server.shutdown.request();
}

#[tokio::test]
async fn what_cannot_be_counted_is_let_through() {
    let counts = Counts {
        is_lost: true,
        ..Counts::default()
    };
    let server = start(counts, RATES).await;
    for _ in 0..5 {
        assert_eq!(server.status("good").await, "200");
        assert_eq!(server.status("guess").await, "401");
    }
    server.shutdown.request();
}

#[tokio::test]
async fn a_rate_of_nothing_is_no_limit() {
    let rates = Rates {
        per_key: 0,
        per_address: 0,
    };
    let server = start(Counts::default(), rates).await;
    for _ in 0..5 {
        assert_eq!(server.status("good").await, "200");
        assert_eq!(server.status("guess").await, "401");
    }
    server.shutdown.request();
}
