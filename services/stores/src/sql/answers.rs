//! What was answered to requests that may come again.

use serde_json::Value;
use sqlx::Row as _;

use super::{Connection, Document, Instant, Pool, instant, number};
use crate::StoreError;
use crate::catalog::StoredAnswer;

/// How long an answer is kept for requests that come again.
const ANSWERS_KEPT_MS: i64 = 24 * 3_600_000;

pub(super) async fn answer(
    pool: &Pool,
    key: &str,
    now: i64,
) -> Result<Option<StoredAnswer>, StoreError> {
    let query = sqlx::query(
        "SELECT key, request_hash, status, body, created_at FROM idempotency_keys
         WHERE key = $1 AND created_at > $2",
    );
    let query = query.bind(key).bind(Instant(now - ANSWERS_KEPT_MS));
    let Some(row) = query.fetch_optional(pool).await? else {
        return Ok(None);
    };
    let Document(body) = row.try_get::<Document<Value>, _>("body")?;
    Ok(Some(StoredAnswer {
        key: row.try_get("key")?,
        request_hash: row.try_get("request_hash")?,
        status: number(&row, "status")?,
        body,
        created_at: instant(&row, "created_at")?,
    }))
}

/// Keeps what a repeated request is to be answered.
pub(super) async fn keep_answer(
    connection: &mut Connection,
    answer: StoredAnswer,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM idempotency_keys WHERE created_at <= $1");
    let query = query.bind(Instant(answer.created_at - ANSWERS_KEPT_MS));
    query.execute(&mut *connection).await?;
    let query = sqlx::query(
        "INSERT INTO idempotency_keys (key, request_hash, status, body, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    );
    let query = query.bind(answer.key).bind(answer.request_hash);
    let query = query
        .bind(i64::from(answer.status))
        .bind(Document(answer.body));
    let query = query.bind(Instant(answer.created_at));
    query.execute(connection).await?;
    Ok(())
}
