//! Bodies: JSON and its mistakes, limits, compression.

use std::io::Write;

use axum::body::Body as AnyBody;
use axum::http::{Request, StatusCode};
use kit::health::Health;
use serde_json::json;

use crate::support::{Answer, BYTES_MAX, ask, post_to, service};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 19).unwrap()
}

async fn post_encoded(encoding: &str, body: Vec<u8>) -> Answer {
    let request = Request::post("/bytes").header("content-encoding", encoding);
    let request = request.body(AnyBody::from(body)).unwrap();
    ask(&service(Health::default()), request).await
}

#[tokio::test]
async fn json_needs_no_content_type() {
    let request =
        Request::post("/orders").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(AnyBody::from(r#"{"id":1}"#)).unwrap();
    let answer = ask(&service(Health::default()), request).await;
    assert_eq!(answer.json(), json!({"id": 1, "lines": []}));
}

#[tokio::test]
async fn an_unknown_field_is_answered_with_the_nearest_and_its_place() {
    let answer = post_to("/orders", r#"{"id":1,"lines":[{"productid":"x"}]}"#).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let fault = &answer.json()["errors"][0];
    assert_eq!(fault["pointer"], "/lines/0/productid");
    assert_eq!(fault["suggestion"], "did you mean `productId`?");
    let detail = fault["detail"].as_str().unwrap();
    assert!(detail.starts_with("unknown field `productid`"), "{detail}");
}

#[tokio::test]
async fn what_is_no_json_is_told_with_its_place() {
    let check = async |body: &'static [u8], detail: &str| {
        let answer = post_to("/orders", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.detail().contains(detail), "{}", answer.text);
    };
    check(b"", "the body is empty").await;
    check(b"{\"id\":\n1,}", "at line 2 column 3").await;
    check(b"{\"id\":1}{", "trailing characters at line 1 column 9").await;
    check(b"{\"id\":\"\xff\"}", "not UTF-8 text from byte 7 on").await;
    check(
        b"{\"id\":\"x\"}",
        "invalid type: string \"x\", expected u32",
    )
    .await;
}

#[tokio::test]
async fn nesting_is_limited_where_brackets_in_strings_are_not() {
    let answer = post_to("/orders", "[".repeat(100_000)).await;
    assert_eq!(answer.detail(), "objects and arrays nest more than 64 deep");
    let quoted = format!(
        r#"{{"id":1,"lines":[{{"productId":"\"{}"}}]}}"#,
        "[".repeat(100)
    );
    assert_eq!(post_to("/orders", quoted).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_is_as_long_as_the_route_allows() {
    let answer = post_to("/bytes", vec![b'x'; BYTES_MAX]).await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::OK, "1000")
    );
    let answer = post_to("/bytes", vec![b'x'; BYTES_MAX + 1]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.detail(),
        "the body is longer than the 1000 bytes allowed for bytes"
    );
    let answer = post_to("/bytes", vec![b'x'; 10_000_000]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn compressed_bodies_are_limited_by_what_they_decompress_to() {
    for (encoding, encode) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd)] {
        let answer = post_encoded(encoding, encode(&[b'x'; BYTES_MAX])).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::OK, "1000")
        );
        let answer = post_encoded(encoding, encode(&[b'x'; BYTES_MAX + 1])).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        let bomb = encode(&vec![0; 500_000]);
        assert!(bomb.len() < BYTES_MAX, "{}", bomb.len());
        let answer = post_encoded(encoding, bomb).await;
        assert_eq!(
            answer.detail(),
            "the body decompresses to more than the 1000 bytes allowed for bytes"
        );
    }
}

#[tokio::test]
async fn broken_compression_is_the_callers_mistake() {
    for (encoding, whole) in [("gzip", gzip(b"hello")), ("zstd", zstd(b"hello"))] {
        for broken in [whole[..whole.len() - 2].to_vec(), b"hello".to_vec()] {
            let answer = post_encoded(encoding, broken).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert_eq!(
                answer.detail(),
                format!("the body is not whole as {encoding}")
            );
        }
    }
    let answer = post_encoded("br", vec![]).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
