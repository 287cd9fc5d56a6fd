//! Requests that name themselves by `Idempotency-Key`, so that they may come again.

use axum::http::HeaderMap;
use xxhash_rust::xxh3::xxh3_128;

use super::Problem;

/// Bytes of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

const HEADER: &str = "idempotency-key";

/// A request that names itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The key, with the route that it belongs to.
    pub key: String,
    /// A hash of the body: the same key with another body is a mistake.
    pub request_hash: String,
}

impl RequestKey {
    /// The key of a request to a route; `None` where it has none.
    ///
    /// # Errors
    /// 400 for a key that is empty, too long, or not of visible ASCII characters.
    pub fn read(headers: &HeaderMap, route: &str, body: &[u8]) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(None);
        };
        let text = value.to_str().ok();
        let is_allowed = |text: &&str| (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len());
        let Some(text) = text.filter(is_allowed) else {
            let detail = format!(
                "an `Idempotency-Key` has 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters"
            );
            return Err(Problem::bad_request(detail));
        };
        Ok(Some(Self {
            key: format!("{route} {text}"),
            request_hash: format!("{:032x}", xxh3_128(body)),
        }))
    }
}
