//! Requests that come again: the same `Idempotency-Key` gets the same answer for 24 hours.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kit::http::{Json, Problem};
use serde_json::Value;
use stores::catalog::StoredAnswer;
use xxhash_rust::xxh3::xxh3_128;

use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use crate::state::{State, now};

const HEADER: &str = "idempotency-key";

/// A request that names itself.
#[derive(Debug)]
pub(crate) struct RequestKey {
    key: String,
    request_hash: String,
}

impl RequestKey {
    /// The key of a request to a route; `None` where it has none.
    pub(crate) fn read(
        headers: &HeaderMap,
        route: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
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

    /// The answer to keep.
    pub(crate) fn keep(self, status: StatusCode, body: Value, now: i64) -> StoredAnswer {
        StoredAnswer {
            key: self.key,
            request_hash: self.request_hash,
            status: status.as_u16(),
            body,
            created_at: now,
        }
    }
}

/// The answer that a request got before, if it came before.
///
/// # Errors
/// 422 where the key belongs to another request.
pub(crate) async fn answered_before(
    state: &State,
    key: Option<&RequestKey>,
) -> Result<Option<Response>, Problem> {
    let Some(RequestKey { key, request_hash }) = key else {
        return Ok(None);
    };
    let Some(stored) = state.catalog().answer(key, now()).await? else {
        return Ok(None);
    };
    if stored.request_hash != *request_hash {
        let detail = "this `Idempotency-Key` was used with another request";
        return Err(Problem::unprocessable(detail));
    }
    let status = StatusCode::from_u16(stored.status).map_err(Problem::internal)?;
    Ok(Some((status, Json(stored.body)).into_response()))
}
