//! Reading segments and their versions.

use kit::control::SegmentVersion;
use serde_json::Value;
use sqlx::Row as _;

use super::{Document, Pool, Row, instant, narrow, number, optional_instant};
use crate::StoreError;
use crate::catalog::{Failure, Lookalike, Segment, Status, Version};

/// How many segments that look like another are named.
const LOOKALIKES_MAX: i64 = 10;

/// What [`read_segment`] reads.
macro_rules! select_segments {
    ($which:literal) => {
        concat!(
            "SELECT id, name, type, rules, active, created_at, updated_at, description, expression,
                 status, version, newest_version, revision, failed_version, failure
             FROM segments ",
            $which
        )
    };
}

pub(super) async fn segment(pool: &Pool, id: &str) -> Result<Option<Segment>, StoreError> {
    let query = sqlx::query(select_segments!("WHERE id = $1")).bind(id);
    let row = query.fetch_optional(pool).await?;
    row.as_ref().map(read_segment).transpose()
}

pub(super) async fn segments(
    pool: &Pool,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Segment>, StoreError> {
    let query = sqlx::query(select_segments!(
        "WHERE id > $1 AND status <> 'deleted' ORDER BY id LIMIT $2"
    ));
    let query = query.bind(after.unwrap_or_default()).bind(limit as i64);
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(read_segment).collect()
}

pub(super) async fn count(pool: &Pool) -> Result<u64, StoreError> {
    let query = sqlx::query_scalar("SELECT COUNT(*) FROM segments WHERE status <> 'deleted'");
    let count: i64 = query.fetch_one(pool).await?;
    Ok(count as u64)
}

pub(super) async fn versions(
    pool: &Pool,
    id: &str,
    before: Option<u32>,
    limit: usize,
) -> Result<Vec<Version>, StoreError> {
    let query = sqlx::query(
        "SELECT version, name, description, rules, expression, active, created_at, published_at,
             failure
         FROM segment_versions WHERE segment_id = $1 AND version < $2
         ORDER BY version DESC LIMIT $3",
    );
    let before = before.map_or(i64::MAX, i64::from);
    let query = query.bind(id).bind(before).bind(limit as i64);
    let rows = query.fetch_all(pool).await?;
    rows.iter().map(read_version).collect()
}

pub(super) async fn lookalikes(
    pool: &Pool,
    name: &str,
    expression: &str,
) -> Result<Vec<Lookalike>, StoreError> {
    let query = sqlx::query(
        "SELECT id, name = $1 AS same_name, expression = $2 AS same_rule FROM segments
         WHERE (name = $1 OR expression = $2) AND status <> 'deleted' ORDER BY id LIMIT $3",
    );
    let query = query.bind(name).bind(expression).bind(LOOKALIKES_MAX);
    let read = |row: &Row| {
        Ok(Lookalike {
            id: row.try_get("id")?,
            is_same_name: row.try_get("same_name")?,
            is_same_rule: row.try_get("same_rule")?,
        })
    };
    query.fetch_all(pool).await?.iter().map(read).collect()
}

pub(super) async fn published(pool: &Pool) -> Result<Vec<SegmentVersion>, StoreError> {
    let query = sqlx::query(
        "SELECT id, name, version, rules FROM segments
         WHERE status IN ('building', 'active') ORDER BY id",
    );
    let read = |row: &Row| {
        Ok(SegmentVersion {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            version: number(row, "version")?,
            rules: json(row, "rules")?,
        })
    };
    query.fetch_all(pool).await?.iter().map(read).collect()
}

fn read_segment(row: &Row) -> Result<Segment, StoreError> {
    let status: String = row.try_get("status")?;
    Ok(Segment {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        segment_type: row.try_get("type")?,
        rules: json(row, "rules")?,
        expression: row.try_get("expression")?,
        is_active: row.try_get("active")?,
        status: Status::from_name(&status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is not a status")))?,
        version: number(row, "version")?,
        newest_version: number(row, "newest_version")?,
        failure: read_failure(row)?,
        revision: number(row, "revision")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn read_version(row: &Row) -> Result<Version, StoreError> {
    Ok(Version {
        version: number(row, "version")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        rules: json(row, "rules")?,
        expression: row.try_get("expression")?,
        is_active: row.try_get("active")?,
        created_at: instant(row, "created_at")?,
        published_at: optional_instant(row, "published_at")?,
        failure: row.try_get("failure")?,
    })
}

fn read_failure(row: &Row) -> Result<Option<Failure>, StoreError> {
    let version: Option<i64> = row.try_get("failed_version")?;
    let version = version.map(narrow).transpose()?;
    let reason: Option<String> = row.try_get("failure")?;
    let failure = version.zip(reason);
    Ok(failure.map(|(version, reason)| Failure { version, reason }))
}

fn json(row: &Row, column: &str) -> Result<Value, StoreError> {
    let Document(value) = row.try_get(column)?;
    Ok(value)
}
