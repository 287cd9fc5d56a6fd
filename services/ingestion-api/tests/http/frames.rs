//! Bodies as they come: compressed, broken, of other shapes; paths and methods.

use std::io::Write;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, Platform};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 19).unwrap()
}

type Encode = fn(&[u8]) -> Vec<u8>;

const ENCODINGS: [(&str, Encode); 2] = [("gzip", gzip), ("zstd", zstd)];

async fn post_encoded(platform: &Platform, encoding: &str, body: Vec<u8>) -> Answer {
    let request = Request::post("/api/events/batch").header("content-encoding", encoding);
    platform.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn compressed_batches_are_read() {
    let platform = Platform::new();
    for (encoding, encode) in ENCODINGS {
        let batch = json!({"events": [{"eventId": encoding, "userId": "u", "eventType": "e"}]});
        let answer = post_encoded(&platform, encoding, encode(batch.to_string().as_bytes())).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }
    assert_eq!(platform.records().len(), 2);
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    let platform = Platform::new();
    for (encoding, encode) in ENCODINGS {
        let bomb = encode(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        let answer = post_encoded(&platform, encoding, bomb).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            answer.json["detail"],
            "the body decompresses to more than the 512000 bytes allowed for a batch"
        );
    }
}

#[tokio::test]
async fn broken_compression_is_refused() {
    let platform = Platform::new();
    for (encoding, encode) in ENCODINGS {
        let mut body = encode(br#"{"events":[]}"#);
        body.truncate(body.len() - 3);
        let answer = post_encoded(&platform, encoding, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let answer = post_encoded(&platform, "deflate", vec![]).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_batch_of_another_shape_is_refused_whole() {
    let platform = Platform::new();
    let check = async |path: &str, body: &'static [u8], detail: &str| {
        let answer = platform.post(path, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let told = answer.json["detail"].as_str().unwrap();
        assert!(told.contains(detail), "{told}");
    };
    check(
        "/api/events/batch",
        br#"{"event":[]}"#,
        "unknown field `event`",
    )
    .await;
    check("/api/events/batch", b"{}", "missing field `events`").await;
    check("/api/events/batch", b"[1]", "").await;
    check("/api/events/batch", br#"{"events":[{]}"#, "malformed JSON").await;
    check(
        "/api/events/batch",
        b"{\"events\":[{\"userId\":\"\xff\"}]}",
        "not UTF-8",
    )
    .await;
    check("/v1/batch", b"{}", "missing field `batch`").await;
    check("/v1/track", b"{\"userId\":\"\xff\"}", "not UTF-8").await;
    let verdict = platform
        .verdict("/api/events/batch", r#"{"events":[]}"#)
        .await;
    assert_eq!(
        verdict,
        json!({"accepted": 0, "duplicates": 0, "rejected": []})
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let platform = Platform::new();
    let answer = platform.post("/v1/tracks", "{}").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let request = Request::get("/api/events").body(Body::empty()).unwrap();
    let answer = platform.ask(request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "POST");
}
