//! API keys.

use async_trait::async_trait;
use kit::scope::Scopes;
use sqlx::Row as _;

use super::{Connection, Instant, Pool, Row, Store, instant, optional_instant};
use crate::{ApiKeys, KEYS_MAX, StoreError, StoredKey};

/// What [`read_key`] reads.
macro_rules! select_keys {
    ($which:literal) => {
        concat!(
            "SELECT id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at
             FROM api_keys ",
            $which
        )
    };
}

#[async_trait]
impl ApiKeys for Store {
    async fn add_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            add(&mut transaction, key).await?;
            Ok(transaction.commit().await?)
        };
        self.within_time(work).await
    }

    async fn keys(&self, limit: usize) -> Result<Vec<StoredKey>, StoreError> {
        self.within_time(all(self.readers(), limit)).await
    }

    async fn good_keys(&self, now: i64) -> Result<Vec<StoredKey>, StoreError> {
        self.within_time(good(self.readers(), now)).await
    }

    async fn revoke_key(&self, id: &str, now: i64) -> Result<Option<StoredKey>, StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            let revoked = revoke(&mut transaction, id, now).await?;
            transaction.commit().await?;
            Ok(revoked)
        };
        self.within_time(work).await
    }

    async fn note_used(&self, ids: &[String], at: i64) -> Result<(), StoreError> {
        let work = async {
            let mut transaction = self.begin().await?;
            for id in ids {
                note(&mut transaction, id, at).await?;
            }
            Ok(transaction.commit().await?)
        };
        self.within_time(work).await
    }
}

async fn add(connection: &mut Connection, key: &StoredKey) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(
        "SELECT COUNT(*) FROM api_keys
         WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)",
    );
    let query = query.bind(Instant(key.created_at));
    let count: i64 = query.fetch_one(&mut *connection).await?;
    if count >= KEYS_MAX as i64 {
        let message = format!("there are {KEYS_MAX} keys already; revoke what nobody uses");
        return Err(StoreError::Conflict(message));
    }
    let query = sqlx::query(
        "INSERT INTO api_keys (id, name, hash, scopes, created_at, expires_at, last_used_at,
             revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    let query = query.bind(&key.id).bind(&key.name).bind(key.hash.to_vec());
    let query = query.bind(key.scopes.to_string());
    let query = query.bind(Instant(key.created_at));
    let query = query.bind(key.expires_at.map(Instant));
    let query = query.bind(key.last_used_at.map(Instant));
    let query = query.bind(key.revoked_at.map(Instant));
    query.execute(connection).await?;
    Ok(())
}

async fn all(pool: &Pool, limit: usize) -> Result<Vec<StoredKey>, StoreError> {
    let query = sqlx::query(select_keys!(
        "ORDER BY revoked_at IS NOT NULL, created_at DESC, id LIMIT $1"
    ));
    let rows = query.bind(limit as i64).fetch_all(pool).await?;
    rows.iter().map(read_key).collect()
}

async fn good(pool: &Pool, now: i64) -> Result<Vec<StoredKey>, StoreError> {
    let query = sqlx::query(select_keys!(
        "WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)"
    ));
    let rows = query.bind(Instant(now)).fetch_all(pool).await?;
    rows.iter().map(read_key).collect()
}

async fn revoke(
    connection: &mut Connection,
    id: &str,
    now: i64,
) -> Result<Option<StoredKey>, StoreError> {
    let query =
        sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL");
    let query = query.bind(id).bind(Instant(now));
    query.execute(&mut *connection).await?;
    let query = sqlx::query(select_keys!("WHERE id = $1")).bind(id);
    let row = query.fetch_optional(connection).await?;
    row.as_ref().map(read_key).transpose()
}

async fn note(connection: &mut Connection, id: &str, at: i64) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE api_keys SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
    );
    query.bind(id).bind(Instant(at)).execute(connection).await?;
    Ok(())
}

fn read_key(row: &Row) -> Result<StoredKey, StoreError> {
    let scopes: String = row.try_get("scopes")?;
    let hash: Vec<u8> = row.try_get("hash")?;
    Ok(StoredKey {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        hash: hash
            .try_into()
            .map_err(|_| StoreError::Corrupt("the hash of a key".to_owned()))?,
        scopes: Scopes::parse(&scopes).map_err(StoreError::Corrupt)?,
        created_at: instant(row, "created_at")?,
        expires_at: optional_instant(row, "expires_at")?,
        last_used_at: optional_instant(row, "last_used_at")?,
        revoked_at: optional_instant(row, "revoked_at")?,
    })
}
