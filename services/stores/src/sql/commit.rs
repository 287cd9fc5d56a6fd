//! One edit in one transaction.

use serde_json::Value;

use super::{Connection, Document, Instant, answers, narrow, uses};
use crate::StoreError;
use crate::catalog::{Edit, Publication, Segment, SegmentEdit, Status, Version};

pub(super) async fn commit(connection: &mut Connection, edit: Edit) -> Result<(), StoreError> {
    if let Some(based_on) = edit.based_on {
        check_revision(connection, based_on).await?;
    }
    let is_publication = edit.publication.is_some();
    if let Some(segment) = edit.segment {
        write_segment(connection, segment, is_publication).await?;
    }
    if let Some(declared) = &edit.declared {
        let query = sqlx::query("UPDATE definitions_state SET declared = $1");
        query
            .bind(Document(declared))
            .execute(&mut *connection)
            .await?;
    }
    for (segment_id, items) in edit.uses {
        uses::replace(connection, &segment_id, items).await?;
    }
    if let Some(publication) = edit.publication {
        publish(connection, publication, edit.declared).await?;
    }
    if let Some(answer) = edit.answer {
        answers::keep_answer(connection, answer).await?;
    }
    Ok(())
}

async fn check_revision(connection: &mut Connection, based_on: u64) -> Result<(), StoreError> {
    let query = sqlx::query_scalar("SELECT revision FROM definitions_state");
    let revision: i64 = query.fetch_one(connection).await?;
    if narrow::<u64>(revision)? == based_on {
        return Ok(());
    }
    let message = "another segment was published meanwhile";
    Err(StoreError::Conflict(message.to_owned()))
}

async fn write_segment(
    connection: &mut Connection,
    edit: SegmentEdit,
    is_publication: bool,
) -> Result<(), StoreError> {
    let segment = &edit.segment;
    let query = sqlx::query_as("SELECT revision, status FROM segments WHERE id = $1");
    let before: Option<(i64, String)> = query
        .bind(&segment.id)
        .fetch_optional(&mut *connection)
        .await?;
    let revision = before.as_ref().map_or(0, |(revision, _)| *revision);
    let revision: u64 = narrow(revision)?;
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
            "UPDATE segment_versions SET published_at = COALESCE(published_at, $1), failure = NULL
             WHERE segment_id = $2 AND version = $3",
        );
        let query = query.bind(Instant(segment.updated_at)).bind(&segment.id);
        let query = query.bind(i64::from(segment.version));
        query.execute(&mut *connection).await?;
        write_rule(connection, segment).await?;
    }
    if let Some(failure) = &segment.failure {
        fail_version(connection, &segment.id, failure.version, &failure.reason).await?;
    }
    Ok(())
}

/// Notes why a version could not be brought into force.
pub(super) async fn fail_version(
    connection: &mut Connection,
    segment_id: &str,
    version: u32,
    reason: &str,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE segment_versions SET failure = $1 WHERE segment_id = $2 AND version = $3",
    );
    let query = query.bind(reason).bind(segment_id);
    let query = query.bind(i64::from(version));
    query.execute(connection).await?;
    Ok(())
}

/// Segments are looked at when the edit is made, and its revision guards that; campaigns have none.
async fn check_no_campaign(connection: &mut Connection, id: &str) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM campaigns
         WHERE segment_id = $1 AND status NOT IN ('done', 'cancelled'))",
    );
    if query.bind(id).fetch_one(connection).await? {
        let message = format!("a campaign refers to the segment `{id}`");
        return Err(StoreError::Conflict(message));
    }
    Ok(())
}

/// A build may have been finished since the editor looked: what is active already stays so.
async fn upsert_segment(
    connection: &mut Connection,
    segment: &Segment,
    revision: u64,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO segments (id, name, type, rules, active, created_at, updated_at, description,
             expression, status, version, newest_version, revision, failed_version, failure)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
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
    let query = query
        .bind(&segment.segment_type)
        .bind(Document(&segment.rules));
    let query = query.bind(segment.is_active);
    let query = query.bind(Instant(segment.created_at));
    let query = query.bind(Instant(segment.updated_at));
    let query = query.bind(&segment.description);
    let query = query.bind(&segment.expression).bind(segment.status.name());
    let query = query.bind(i64::from(segment.version));
    let query = query.bind(i64::from(segment.newest_version));
    let failure = segment.failure.as_ref();
    let query = query.bind(revision as i64);
    let query = query.bind(failure.map(|failure| i64::from(failure.version)));
    let query = query.bind(failure.map(|failure| &failure.reason));
    query.execute(connection).await?;
    Ok(())
}

async fn add_version(
    connection: &mut Connection,
    segment_id: &str,
    version: Version,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO segment_versions (segment_id, version, name, description, rules, expression,
             active, created_at, published_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let query = query.bind(segment_id).bind(i64::from(version.version));
    let query = query.bind(version.name).bind(version.description);
    let query = query.bind(Document(version.rules)).bind(version.expression);
    let query = query.bind(version.is_active);
    let query = query.bind(Instant(version.created_at));
    let query = query.bind(version.published_at.map(Instant));
    query.execute(connection).await?;
    Ok(())
}

/// Keeps `rules` the rules of the published segments.
async fn write_rule(connection: &mut Connection, segment: &Segment) -> Result<(), StoreError> {
    if matches!(segment.status, Status::Failed | Status::Deleted) {
        let query = sqlx::query("DELETE FROM rules WHERE segment_id = $1");
        query.bind(&segment.id).execute(connection).await?;
        return Ok(());
    }
    let query = sqlx::query(
        "INSERT INTO rules (id, segment_id, name, expression, type, active, created_at, updated_at)
         VALUES ($1, $1, $2, $3, 'expression', $4, $5, $5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, expression = excluded.expression,
             active = excluded.active, updated_at = excluded.updated_at",
    );
    let query = query.bind(&segment.id).bind(&segment.name);
    let query = query.bind(&segment.expression).bind(segment.is_active);
    let query = query.bind(Instant(segment.updated_at));
    query.execute(connection).await?;
    Ok(())
}

async fn publish(
    connection: &mut Connection,
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
         VALUES ($1, $2, $3, $4)",
    );
    let query = query.bind(update.map(Document)).bind(change.map(Document));
    let query = query.bind(declared.map(Document));
    let query = query.bind(Instant(created_at));
    query.execute(&mut *connection).await?;
    let query = sqlx::query("UPDATE definitions_state SET revision = revision + 1");
    query.execute(connection).await?;
    Ok(())
}
