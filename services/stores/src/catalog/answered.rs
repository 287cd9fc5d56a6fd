//! Answers to requests that may come again: the same `Idempotency-Key` gets the same answer for
//! 24 hours.

use kit::http::{Problem, RequestKey};
use serde_json::Value;

use super::Catalog;

/// What was answered to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// The key, with the route that it belongs to.
    pub key: String,
    /// A hash of the request: the same key with another request is a mistake.
    pub request_hash: String,
    /// The HTTP status.
    pub status: u16,
    /// The answer's body.
    pub body: Value,
    /// When, in milliseconds.
    pub created_at: i64,
}

impl StoredAnswer {
    /// The answer to a request, at the instant `now` in milliseconds.
    pub fn new(key: RequestKey, status: u16, body: Value, now: i64) -> Self {
        Self {
            key: key.key,
            request_hash: key.request_hash,
            status,
            body,
            created_at: now,
        }
    }
}

/// The answer that a request got before, if it has a key and came before; `now` in milliseconds.
///
/// # Errors
/// 422 where the key belongs to another request.
pub async fn answered_before(
    catalog: &dyn Catalog,
    key: Option<&RequestKey>,
    now: i64,
) -> Result<Option<StoredAnswer>, Problem> {
    let Some(RequestKey { key, request_hash }) = key else {
        return Ok(None);
    };
    let stored = catalog.answer(key, now).await?;
    if stored
        .iter()
        .all(|stored| stored.request_hash == *request_hash)
    {
        return Ok(stored);
    }
    let detail = "this `Idempotency-Key` was used with another request";
    Err(Problem::unprocessable(detail))
}
