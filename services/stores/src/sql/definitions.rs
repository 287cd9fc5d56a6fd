//! From the outbox to definitions, and how far their builds have come.

use std::collections::{BTreeMap, HashSet};

use kit::control::DefinitionChange;
use serde_json::Value;
use uuid::Uuid;

use super::commit::fail_version;
use super::{Connection, Document, Instant, Pool, narrow};
use crate::catalog::OpenDefinition;
use crate::{BuildProgress, StoreError};

/// How many publications go into one definition at most.
const PUBLICATIONS_MAX: i64 = 256;
/// How large the rules of a definition grow by joining publications, in bytes.
const DEFINITION_BYTES_MAX: usize = 512 * 1024;

/// What to tell the world, and what to tell owners.
type OutboxRow = (
    Option<Document<Value>>,
    Option<Document<DefinitionChange>>,
    bool,
);
/// Its number, what to tell owners, and whether it is to be a definition by itself.
type WaitingRow = (i64, Option<Document<DefinitionChange>>, bool);

pub(super) async fn open(
    connection: &mut Connection,
) -> Result<Option<OpenDefinition>, StoreError> {
    let query =
        sqlx::query_as("SELECT definition_id, created_at FROM builds WHERE finished_at IS NULL");
    let build: Option<(String, Instant)> = query.fetch_optional(&mut *connection).await?;
    let Some((definition_id, Instant(created_at))) = build else {
        return Ok(None);
    };
    let query = sqlx::query_as(
        "SELECT segment_update, definition_change, declared IS NOT NULL FROM outbox
         WHERE definition_id = $1 ORDER BY seq",
    );
    let query = query.bind(&definition_id);
    let rows: Vec<OutboxRow> = query.fetch_all(&mut *connection).await?;
    let query = sqlx::query_scalar("SELECT declared_in_force FROM definitions_state");
    let Document(declared): Document<Value> = query.fetch_one(connection).await?;
    let mut definition = OpenDefinition {
        definition_id,
        updates: vec![],
        change: None,
        publications: rows.len(),
        declared_before: rows
            .iter()
            .any(|(.., declares)| *declares)
            .then_some(declared),
        created_at,
    };
    for (update, change, _) in rows {
        definition
            .updates
            .extend(update.map(|Document(update)| update));
        if let Some(Document(change)) = change {
            let joined = definition.change.get_or_insert_default();
            joined.segments.extend(change.segments);
            joined.removed.extend(change.removed);
            joined.schema = change.schema;
        }
    }
    Ok(Some(definition))
}

/// Whether anything is in the outbox; what an open definition is made of is.
pub(super) async fn is_waiting(pool: &Pool) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox)");
    Ok(query.fetch_one(pool).await?)
}

pub(super) async fn next(
    connection: &mut Connection,
    now: i64,
) -> Result<Option<OpenDefinition>, StoreError> {
    if let Some(definition) = open(connection).await? {
        return Ok(Some(definition));
    }
    let query = sqlx::query_as(
        "SELECT seq, definition_change, alone FROM outbox WHERE definition_id IS NULL
         ORDER BY seq LIMIT $1",
    );
    let waiting: Vec<WaitingRow> = query
        .bind(PUBLICATIONS_MAX)
        .fetch_all(&mut *connection)
        .await?;
    let Some(last) = last_that_joins(&waiting) else {
        return Ok(None);
    };
    let definition_id = Uuid::now_v7().to_string();
    let query = sqlx::query("INSERT INTO builds (definition_id, created_at) VALUES ($1, $2)");
    let query = query.bind(&definition_id).bind(Instant(now));
    query.execute(&mut *connection).await?;
    let query = sqlx::query("UPDATE outbox SET definition_id = $1 WHERE seq <= $2");
    let query = query.bind(&definition_id).bind(last);
    query.execute(&mut *connection).await?;
    open(connection).await
}

/// Publications join in order until one is about a segment that is in already (so that each version
/// comes into force by itself), or the definition would be too large. One that is to be alone is.
fn last_that_joins(waiting: &[WaitingRow]) -> Option<i64> {
    let (mut seen, mut bytes, mut last) = (HashSet::new(), 0, None);
    for (seq, change, is_alone) in waiting {
        if *is_alone {
            return last.or(Some(*seq));
        }
        let (segments, removed) = change
            .as_ref()
            .map_or((&[][..], &[][..]), |Document(change)| {
                (&change.segments[..], &change.removed[..])
            });
        let rules = segments
            .iter()
            .map(|segment| segment.rules.to_string().len());
        bytes += rules.sum::<usize>();
        let edited = segments.iter().map(|segment| &segment.id);
        let is_new = edited.chain(removed).all(|id| seen.insert(id));
        if last.is_some() && (bytes > DEFINITION_BYTES_MAX || !is_new) {
            break;
        }
        last = Some(*seq);
    }
    last
}

/// A partition, users done, users, whether it is ready, why it failed.
type ProgressRow = (i64, i64, i64, bool, Option<String>);

pub(super) async fn progress(
    pool: &Pool,
    definition_id: &str,
) -> Result<BTreeMap<u32, BuildProgress>, StoreError> {
    let query = sqlx::query_as(
        "SELECT partition, users_done, users, ready, failure FROM build_progress
         WHERE definition_id = $1",
    );
    let rows: Vec<ProgressRow> = query.bind(definition_id).fetch_all(pool).await?;
    let read = |(partition, users_done, users, is_ready, failure): ProgressRow| {
        let progress = BuildProgress {
            users_done: narrow(users_done)?,
            users: narrow(users)?,
            is_ready,
            failure,
        };
        Ok((narrow(partition)?, progress))
    };
    rows.into_iter().map(read).collect()
}

/// A report about a definition that is finished, or that this catalog never had, is left out.
pub(super) async fn report(
    connection: &mut Connection,
    definition_id: &str,
    partition: u32,
    progress: BuildProgress,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO build_progress (definition_id, partition, users_done, users, ready, failure)
         SELECT definition_id, $1, $2, $3, $4, $5 FROM builds
             WHERE definition_id = $6 AND finished_at IS NULL
         ON CONFLICT (definition_id, partition) DO UPDATE SET
             users_done = excluded.users_done, users = excluded.users, ready = excluded.ready,
             failure = excluded.failure",
    );
    let query = query.bind(i64::from(partition));
    let query = query.bind(progress.users_done as i64);
    let query = query.bind(progress.users as i64).bind(progress.is_ready);
    let query = query.bind(progress.failure);
    query.bind(definition_id).execute(connection).await?;
    Ok(())
}

pub(super) async fn finish(
    connection: &mut Connection,
    definition_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    let definition = opened(connection, definition_id).await?;
    for segment in definition.change.iter().flat_map(|change| &change.segments) {
        let query = sqlx::query(
            "UPDATE segments SET status = 'active'
             WHERE id = $1 AND version = $2 AND status = 'building'",
        );
        let query = query.bind(&segment.id).bind(i64::from(segment.version));
        query.execute(&mut *connection).await?;
    }
    let query = sqlx::query(
        "UPDATE definitions_state SET declared_in_force = COALESCE(
             (SELECT declared FROM outbox WHERE definition_id = $1 AND declared IS NOT NULL
              ORDER BY seq DESC LIMIT 1), declared_in_force)",
    );
    query.bind(definition_id).execute(&mut *connection).await?;
    forget_publications(connection, definition_id).await?;
    close(connection, definition_id, now).await
}

pub(super) async fn split(
    connection: &mut Connection,
    definition_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    opened(connection, definition_id).await?;
    let query = sqlx::query(
        "UPDATE outbox SET definition_id = NULL, alone = TRUE WHERE definition_id = $1",
    );
    query.bind(definition_id).execute(&mut *connection).await?;
    close(connection, definition_id, now).await
}

pub(super) async fn abandon(
    connection: &mut Connection,
    definition_id: &str,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    let definition = opened(connection, definition_id).await?;
    // An edit of the schema builds anew what is in force already; that did not fail.
    let is_edit_of_segments = definition.declared_before.is_none();
    let published = definition.change.filter(|_| is_edit_of_segments);
    for segment in published.iter().flat_map(|change| &change.segments) {
        fail_version(connection, &segment.id, segment.version, reason).await?;
    }
    forget_publications(connection, definition_id).await?;
    close(connection, definition_id, now).await
}

/// The open definition, if it is this one.
async fn opened(
    connection: &mut Connection,
    definition_id: &str,
) -> Result<OpenDefinition, StoreError> {
    let definition = open(connection).await?;
    let definition = definition.filter(|open| open.definition_id == definition_id);
    definition.ok_or_else(|| {
        let message = format!("the definition `{definition_id}` is not open");
        StoreError::Conflict(message)
    })
}

async fn forget_publications(
    connection: &mut Connection,
    definition_id: &str,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM outbox WHERE definition_id = $1");
    query.bind(definition_id).execute(connection).await?;
    Ok(())
}

async fn close(
    connection: &mut Connection,
    definition_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM build_progress WHERE definition_id = $1");
    query.bind(definition_id).execute(&mut *connection).await?;
    let query = sqlx::query("UPDATE builds SET finished_at = $1 WHERE definition_id = $2");
    let query = query.bind(Instant(now)).bind(definition_id);
    query.execute(connection).await?;
    Ok(())
}
