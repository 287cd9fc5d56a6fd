//! One edit in one transaction.

use serde_json::Value;
use sqlx::sqlite::SqlitePool;
use sqlx::types::Json;
use sqlx::{Row, SqliteConnection};

use super::uses;
use crate::StoreError;
use crate::catalog::{Edit, Publication, Segment, SegmentEdit, Status, StoredAnswer, Version};

/// How long an answer is kept for requests that come again.
const ANSWERS_KEPT_MS: i64 = 24 * 3_600_000;

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    edit: Edit,
) -> Result<(), StoreError> {
    if let Some(based_on) = edit.based_on {
        check_revision(connection, based_on).await?;
    }
    let is_publication = edit.publication.is_some();
    if let Some(segment) = edit.segment {
        write_segment(connection, segment, is_publication).await?;
    }
    if let Some(declared) = &edit.declared {
        let query = sqlx::query("UPDATE definitions_state SET declared = ?");
        query.bind(Json(declared)).execute(&mut *connection).await?;
    }
    for (segment_id, items) in edit.uses {
        uses::replace(connection, &segment_id, items).await?;
    }
    if let Some(publication) = edit.publication {
        publish(connection, publication, edit.declared).await?;
    }
    if let Some(answer) = edit.answer {
        keep_answer(connection, answer).await?;
    }
    Ok(())
}

pub(super) async fn answer(
    pool: &SqlitePool,
    key: &str,
    now: i64,
) -> Result<Option<StoredAnswer>, StoreError> {
    let query = sqlx::query("SELECT * FROM idempotency_keys WHERE key = ? AND created_at > ?");
    let query = query.bind(key).bind(now - ANSWERS_KEPT_MS);
    let Some(row) = query.fetch_optional(pool).await? else {
        return Ok(None);
    };
    let Json(body) = row.try_get::<Json<Value>, _>("body")?;
    Ok(Some(StoredAnswer {
        key: row.try_get("key")?,
        request_hash: row.try_get("request_hash")?,
        status: row.try_get("status")?,
        body,
        created_at: row.try_get("created_at")?,
    }))
}

async fn check_revision(
    connection: &mut SqliteConnection,
    based_on: u64,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar("SELECT revision FROM definitions_state");
    let revision: i64 = query.fetch_one(connection).await?;
    if revision as u64 == based_on {
        return Ok(());
    }
    let message = "another segment was published meanwhile";
    Err(StoreError::Conflict(message.to_owned()))
}

async fn write_segment(
    connection: &mut SqliteConnection,
    edit: SegmentEdit,
    is_publication: bool,
) -> Result<(), StoreError> {
    let segment = &edit.segment;
    let query = sqlx::query_as("SELECT revision, status FROM segments WHERE id = ?");
    let before: Option<(i64, String)> = query
        .bind(&segment.id)
        .fetch_optional(&mut *connection)
        .await?;
    let revision = before.as_ref().map_or(0, |(revision, _)| *revision as u64);
    let is_there = before.is_some_and(|(_, status)| status != Status::Deleted.name());
    if edit.replaces != is_there.then_some(revision) {
        let message = format!("the segment `{}` was edited meanwhile", segment.id);
        return Err(StoreError::Conflict(message));
    }
    if segment.status == Status::Deleted {
        check_no_campaign(connection, &segment.id).await?;
    }
    upsert_segment(connection, segment, revision + 1).await?;
    if let Some(version) = edit.version {
        add_version(connection, &segment.id, version).await?;
    }
    if is_publication {
        let query = sqlx::query(
            "UPDATE segment_versions SET published_at = COALESCE(published_at, ?), failure = NULL
             WHERE segment_id = ? AND version = ?",
        );
        let query = query.bind(segment.updated_at).bind(&segment.id);
        query
            .bind(segment.version)
            .execute(&mut *connection)
            .await?;
        write_rule(connection, segment).await?;
    }
    if let Some(failure) = &segment.failure {
        fail_version(connection, &segment.id, failure.version, &failure.reason).await?;
    }
    Ok(())
}

/// Notes why a version could not be brought into force.
pub(super) async fn fail_version(
    connection: &mut SqliteConnection,
    segment_id: &str,
    version: u32,
    reason: &str,
) -> Result<(), StoreError> {
    let query =
        sqlx::query("UPDATE segment_versions SET failure = ? WHERE segment_id = ? AND version = ?");
    let query = query.bind(reason).bind(segment_id).bind(version);
    query.execute(connection).await?;
    Ok(())
}

/// Segments are looked at when the edit is made, and its revision guards that; campaigns have none.
async fn check_no_campaign(connection: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM campaigns
         WHERE segment_id = ? AND status NOT IN ('done', 'cancelled'))",
    );
    if query.bind(id).fetch_one(connection).await? {
        let message = format!("a campaign refers to the segment `{id}`");
        return Err(StoreError::Conflict(message));
    }
    Ok(())
}

/// A build may have been finished since the editor looked: what is active already stays so.
async fn upsert_segment(
    connection: &mut SqliteConnection,
    segment: &Segment,
    revision: u64,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO segments (id, name, type, rules, active, created_at, updated_at, description,
             expression, status, version, newest_version, revision, failed_version, failure)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type,
             rules = excluded.rules, active = excluded.active, created_at = excluded.created_at,
             updated_at = excluded.updated_at, description = excluded.description,
             expression = excluded.expression,
             status = CASE WHEN segments.status = 'active' AND excluded.status = 'building'
                 AND segments.version = excluded.version
                 THEN segments.status ELSE excluded.status END,
             version = excluded.version, newest_version = excluded.newest_version,
             revision = excluded.revision, failed_version = excluded.failed_version,
             failure = excluded.failure",
    );
    let query = query.bind(&segment.id).bind(&segment.name);
    let query = query.bind(&segment.segment_type).bind(Json(&segment.rules));
    let query = query.bind(segment.is_active).bind(segment.created_at);
    let query = query.bind(segment.updated_at).bind(&segment.description);
    let query = query.bind(&segment.expression).bind(segment.status.name());
    let query = query.bind(segment.version).bind(segment.newest_version);
    let failure = segment.failure.as_ref();
    let query = query.bind(revision as i64);
    let query = query.bind(failure.map(|failure| failure.version));
    let query = query.bind(failure.map(|failure| &failure.reason));
    query.execute(connection).await?;
    Ok(())
}

async fn add_version(
    connection: &mut SqliteConnection,
    segment_id: &str,
    version: Version,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO segment_versions (segment_id, version, name, description, rules, expression,
             active, created_at, published_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let query = query.bind(segment_id).bind(version.version);
    let query = query.bind(version.name).bind(version.description);
    let query = query.bind(Json(version.rules)).bind(version.expression);
    let query = query.bind(version.is_active).bind(version.created_at);
    query.bind(version.published_at).execute(connection).await?;
    Ok(())
}

/// Keeps `rules` the rules of the published segments.
async fn write_rule(
    connection: &mut SqliteConnection,
    segment: &Segment,
) -> Result<(), StoreError> {
    if matches!(segment.status, Status::Failed | Status::Deleted) {
        let query = sqlx::query("DELETE FROM rules WHERE segment_id = ?");
        query.bind(&segment.id).execute(connection).await?;
        return Ok(());
    }
    let query = sqlx::query(
        "INSERT INTO rules (id, segment_id, name, expression, type, active, created_at, updated_at)
         VALUES (?1, ?1, ?2, ?3, 'expression', ?4, ?5, ?5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, expression = excluded.expression,
             active = excluded.active, updated_at = excluded.updated_at",
    );
    let query = query.bind(&segment.id).bind(&segment.name);
    let query = query.bind(&segment.expression).bind(segment.is_active);
    query.bind(segment.updated_at).execute(connection).await?;
    Ok(())
}

async fn publish(
    connection: &mut SqliteConnection,
    publication: Publication,
    declared: Option<Value>,
) -> Result<(), StoreError> {
    let Publication {
        update,
        change,
        created_at,
    } = publication;
    let query = sqlx::query(
        "INSERT INTO outbox (segment_update, definition_change, declared, created_at)
         VALUES (?, ?, ?, ?)",
    );
    let query = query.bind(update.map(Json)).bind(change.map(Json));
    let query = query.bind(declared.map(Json));
    query.bind(created_at).execute(&mut *connection).await?;
    let query = sqlx::query("UPDATE definitions_state SET revision = revision + 1");
    query.execute(connection).await?;
    Ok(())
}

/// Keeps what a repeated request is to be answered.
pub(super) async fn keep_answer(
    connection: &mut SqliteConnection,
    answer: StoredAnswer,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM idempotency_keys WHERE created_at <= ?");
    let query = query.bind(answer.created_at - ANSWERS_KEPT_MS);
    query.execute(&mut *connection).await?;
    let query = sqlx::query(
        "INSERT INTO idempotency_keys (key, request_hash, status, body, created_at)
         VALUES (?, ?, ?, ?, ?)",
    );
    let query = query.bind(answer.key).bind(answer.request_hash);
    let query = query.bind(answer.status).bind(Json(answer.body));
    query.bind(answer.created_at).execute(connection).await?;
    Ok(())
}
