//! Requests that come again: the same `Idempotency-Key` gets the same answer for 24 hours.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::clock::now;
use kit::http::{Json, Problem, RequestKey};

use crate::state::State;

/// The answer that a request got before, if it came before.
///
/// # Errors
/// 422 where the key belongs to another request.
pub(crate) async fn answered_before(
    state: &State,
    key: Option<&RequestKey>,
) -> Result<Option<Response>, Problem> {
    let stored = stores::catalog::answered_before(state.catalog(), key, now()).await?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let status = StatusCode::from_u16(stored.status).map_err(Problem::internal)?;
    Ok(Some((status, Json(stored.body)).into_response()))
}
