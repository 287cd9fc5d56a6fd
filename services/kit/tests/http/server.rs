//! The server on a real socket: slow clients, many connections, the end.

use std::net::SocketAddr;
use std::time::Duration;

use kit::health::Health;
use kit::http::Limits;
use kit::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::service;

struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

async fn start(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let router = service(Health::default());
    let task = tokio::spawn(kit::http::serve(listener, router, limits, shutdown.clone()));
    Server {
        address,
        shutdown,
        task,
    }
}

async fn send(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered_and_the_connection_closed() {
    let limits = Limits {
        body_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = start(limits).await;
    let head = "POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nsome";
    let text = read_to_end(send(&server, head).await).await;
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert!(
        text.contains("the body did not arrive within 0.05 s"),
        "{text}"
    );
}

#[tokio::test]
async fn headers_that_never_end_close_the_connection() {
    let limits = Limits {
        header_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = start(limits).await;
    let text = read_to_end(send(&server, "GET /orders HTTP/1.1\r\nhost:").await).await;
    assert!(!text.contains("200"), "{text}");
}

#[tokio::test]
async fn a_far_too_long_body_is_answered_while_it_is_sent() {
    let server = start(Limits::default()).await;
    let head =
        "POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\nconnection: close\r\n\r\n";
    let mut stream = send(&server, head).await;
    stream.write_all(&vec![b'x'; 10_000_000]).await.unwrap();
    let text = read_to_end(stream).await;
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
}

#[tokio::test]
async fn requests_wait_for_a_free_connection() {
    let limits = Limits {
        connections_max: 1,
        ..Limits::default()
    };
    let server = start(limits).await;
    let request = "GET /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let first = send(&server, "").await;
    let second = send(&server, request).await;
    drop(first);
    let text = read_to_end(second).await;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
}

#[tokio::test]
async fn shutdown_closes_idle_connections_and_ends() {
    let server = start(Limits::default()).await;
    let mut stream = send(&server, "GET /orders HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    server.shutdown.request();
    server.task.await.unwrap();
    read_to_end(stream).await;
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let limits = Limits {
        drain_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = start(limits).await;
    let mut stream = send(&server, "GET /orders HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    stream
        .write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    server.shutdown.request();
    server.task.await.unwrap();
}
