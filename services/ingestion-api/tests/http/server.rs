//! Clients on a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use kit::http::Limits;
use kit::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Platform;

/// Serves the platform until it is dropped; its address.
pub(crate) async fn serve(platform: &Platform, limits: Limits) -> (SocketAddr, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let router = platform.router.clone();
    tokio::spawn(kit::http::serve(listener, router, limits, shutdown.clone()));
    (address, shutdown)
}

#[tokio::test]
async fn a_client_that_dribbles_is_answered_408() {
    let platform = Platform::new();
    let limits = Limits {
        body_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let (address, shutdown) = serve(&platform, limits).await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let head = "POST /api/events HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n";
    to.write_all(head.as_bytes()).await.unwrap();
    let dribble = tokio::spawn(async move {
        while to.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut answer = vec![];
    // The connection may be reset once the answer is there: the client goes on sending.
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut part).await {
        answer.extend_from_slice(&part[..length]);
    }
    dribble.await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(
        answer.contains("the body did not arrive within 0.1 s"),
        "{answer}"
    );
    assert!(platform.records().is_empty());
    shutdown.request();
}

#[tokio::test]
async fn a_batch_in_chunks_is_taken() {
    let platform = Platform::new();
    let (address, shutdown) = serve(&platform, Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = r#"{"events":[{"userId":"u","eventType":"e"}]}"#;
    let (first, second) = body.split_at(20);
    let request = format!(
        "POST /api/events/batch HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(platform.records().len(), 1);
    shutdown.request();
}
