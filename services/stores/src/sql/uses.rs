//! What published rules use, and the types that follow from it.
//!
//! INVARIANT: each field and property that a published rule uses has one row in `known_types`,
//! which names a segment that uses it. The first one that is published fixes the type; when it
//! stops using the name, another user stands for it, and with the last user the type is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;

use super::{Connection, Document, Pool, Row, narrow};
use crate::StoreError;
use crate::catalog::{Dependent, KnownType, SchemaState, Use};

pub(super) async fn dependents(pool: &Pool, id: &str) -> Result<Vec<Dependent>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT segment_id FROM segment_uses
         WHERE kind = 'segment' AND event = '' AND name = $1 ORDER BY segment_id",
    );
    let segments: Vec<String> = query.bind(id).fetch_all(pool).await?;
    let query = sqlx::query_scalar(
        "SELECT id FROM campaigns
         WHERE segment_id = $1 AND status NOT IN ('done', 'cancelled') ORDER BY id",
    );
    let campaigns: Vec<String> = query.bind(id).fetch_all(pool).await?;
    let segments = segments.into_iter().map(Dependent::Segment);
    let campaigns = campaigns.into_iter().map(Dependent::Campaign);
    Ok(segments.chain(campaigns).collect())
}

pub(super) async fn users_of_trait(pool: &Pool, name: &str) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT segment_id FROM segment_uses
         WHERE kind = 'trait' AND event = '' AND name = $1 ORDER BY segment_id",
    );
    Ok(query.bind(name).fetch_all(pool).await?)
}

pub(super) async fn references(pool: &Pool) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let query = sqlx::query_as(
        "SELECT segment_id, name FROM segment_uses WHERE kind = 'segment' AND event = ''",
    );
    let pairs: Vec<(String, String)> = query.fetch_all(pool).await?;
    let mut references: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (segment, named) in pairs {
        references.entry(segment).or_default().push(named);
    }
    Ok(references)
}

pub(super) async fn revision(pool: &Pool) -> Result<u64, StoreError> {
    let query = sqlx::query_scalar("SELECT revision FROM definitions_state");
    narrow(query.fetch_one(pool).await?)
}

pub(super) async fn schema(pool: &Pool, without: Option<&str>) -> Result<SchemaState, StoreError> {
    // The revision first: what is published meanwhile makes an edit based on it a conflict.
    let query = sqlx::query_as("SELECT revision, declared FROM definitions_state");
    let (revision, Document(declared)): (i64, Document<_>) = query.fetch_one(pool).await?;
    let query = sqlx::query(
        "SELECT kind, event, name, type, segment_id FROM (
             SELECT kind, event, name, type,
                 CASE WHEN segment_id <> $1 THEN segment_id ELSE (
                     SELECT uses.segment_id FROM segment_uses AS uses
                     WHERE uses.kind = known.kind AND uses.event = known.event
                         AND uses.name = known.name AND uses.segment_id <> $1
                     ORDER BY uses.segment_id LIMIT 1) END AS segment_id
             FROM known_types AS known) AS standing
         WHERE segment_id IS NOT NULL ORDER BY kind, event, name",
    );
    let query = query.bind(without.unwrap_or_default());
    let rows = query.fetch_all(pool).await?;
    Ok(SchemaState {
        revision: narrow(revision)?,
        declared,
        known: rows.iter().map(read_known).collect::<Result<_, _>>()?,
    })
}

fn read_known(row: &Row) -> Result<KnownType, StoreError> {
    let kind: String = row.try_get("kind")?;
    let event: String = row.try_get("event")?;
    Ok(KnownType {
        event: (kind == "property").then_some(event),
        name: row.try_get("name")?,
        type_name: row.try_get("type")?,
        segment_id: row.try_get("segment_id")?,
    })
}

/// Kind, event and name.
type UseKey = (String, String, String);

/// Replaces what one segment uses.
pub(super) async fn replace(
    connection: &mut Connection,
    segment_id: &str,
    uses: Vec<Use>,
) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM segment_uses WHERE segment_id = $1");
    query.bind(segment_id).execute(&mut *connection).await?;
    let query =
        sqlx::query_as("DELETE FROM known_types WHERE segment_id = $1 RETURNING kind, event, name");
    let mut orphans: BTreeSet<UseKey> = query
        .bind(segment_id)
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    for item in uses {
        let ((kind, event, name), type_name) = columns(item);
        let query = sqlx::query(
            "INSERT INTO segment_uses (segment_id, kind, event, name, type)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(segment_id).bind(&kind).bind(&event).bind(&name);
        query.bind(&type_name).execute(&mut *connection).await?;
        if !type_name.is_empty() {
            orphans.insert((kind, event, name));
        }
    }
    for (kind, event, name) in orphans {
        let query = sqlx::query(
            "INSERT INTO known_types (kind, event, name, type, segment_id)
             SELECT kind, event, name, type, segment_id FROM segment_uses
             WHERE kind = $1 AND event = $2 AND name = $3 ORDER BY segment_id LIMIT 1
             ON CONFLICT DO NOTHING",
        );
        let query = query.bind(kind).bind(event).bind(name);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

fn columns(item: Use) -> (UseKey, String) {
    let key = |kind: &str, event: Option<String>, name| {
        (kind.to_owned(), event.unwrap_or_default(), name)
    };
    match item {
        Use::Segment(id) => (key("segment", None, id), String::new()),
        Use::Trait(name) => (key("trait", None, name), String::new()),
        Use::Typed {
            event,
            name,
            type_name,
        } => {
            let kind = if event.is_some() { "property" } else { "field" };
            (key(kind, event, name), type_name)
        }
    }
}
