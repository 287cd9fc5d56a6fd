//! The catalog on SQLite: one file, write-ahead logged, synced at each commit.
//!
//! INVARIANT: all writes go through one connection, each in a transaction that begins IMMEDIATE,
//! so that no write of this process waits for a lock half way. Reads go on beside it.

mod campaigns;
mod commit;
mod definitions;
mod error;
mod segments;
mod transaction;
mod uses;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use kit::control::SegmentVersion;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::watch;

use self::transaction::WriteTransaction;
use crate::catalog::{
    Catalog, Dependent, Edit, Lookalike, OpenDefinition, SchemaState, Segment, StoredAnswer,
    Version,
};
use crate::{BuildProgress, BuildReports, StoreError};

/// The file in the data directory.
pub const CATALOG_FILE: &str = "catalog.sqlite";

/// Connections that read.
const READERS_MAX: u32 = 4;
/// How long to wait for a connection or for another process's lock.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The catalog on SQLite.
#[derive(Debug)]
pub struct SqliteCatalog {
    readers: SqlitePool,
    writer: SqlitePool,
    wakeups: watch::Sender<u64>,
}

impl SqliteCatalog {
    /// Opens `catalog.sqlite` in a directory, made if it is not there, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// The file cannot be opened, or is not a catalog of this or an earlier version.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(directory.join(CATALOG_FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT_MAX);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(WAIT_MAX)
        };
        let writer = pool(1).connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await?;
        let readers = pool(READERS_MAX).connect_with(options).await?;
        let (wakeups, _) = watch::channel(0);
        Ok(Self {
            readers,
            writer,
            wakeups,
        })
    }

    /// Closes it: the write-ahead log is taken into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<WriteTransaction, StoreError> {
        WriteTransaction::begin(&self.writer).await
    }

    fn wake(&self) {
        self.wakeups.send_modify(|count| *count += 1);
    }
}

#[async_trait]
impl BuildReports for SqliteCatalog {
    async fn report(
        &self,
        definition_id: &str,
        partition: u32,
        progress: BuildProgress,
    ) -> Result<(), StoreError> {
        definitions::report(&self.writer, definition_id, partition, progress).await?;
        self.wake();
        Ok(())
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn segment(&self, id: &str) -> Result<Option<Segment>, StoreError> {
        segments::segment(&self.readers, id).await
    }

    async fn segments(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Segment>, StoreError> {
        segments::segments(&self.readers, after, limit).await
    }

    async fn segment_count(&self) -> Result<u64, StoreError> {
        segments::count(&self.readers).await
    }

    async fn versions(
        &self,
        id: &str,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError> {
        segments::versions(&self.readers, id, before, limit).await
    }

    async fn lookalikes(&self, name: &str, expression: &str) -> Result<Vec<Lookalike>, StoreError> {
        segments::lookalikes(&self.readers, name, expression).await
    }

    async fn dependents(&self, id: &str) -> Result<Vec<Dependent>, StoreError> {
        uses::dependents(&self.readers, id).await
    }

    async fn users_of_trait(&self, name: &str) -> Result<Vec<String>, StoreError> {
        uses::users_of_trait(&self.readers, name).await
    }

    async fn references(&self) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        uses::references(&self.readers).await
    }

    async fn published(&self) -> Result<Vec<SegmentVersion>, StoreError> {
        segments::published(&self.readers).await
    }

    async fn schema(&self, without: Option<&str>) -> Result<SchemaState, StoreError> {
        uses::schema(&self.readers, without).await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        uses::revision(&self.readers).await
    }

    async fn answer(&self, key: &str, now: i64) -> Result<Option<StoredAnswer>, StoreError> {
        commit::answer(&self.readers, key, now).await
    }

    async fn commit(&self, edit: Edit) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        commit::commit(&mut transaction, edit).await?;
        transaction.commit().await?;
        self.wake();
        Ok(())
    }

    async fn next_definition(&self, now: i64) -> Result<Option<OpenDefinition>, StoreError> {
        // Asked several times a second, and mostly in vain: no reason to keep a writer waiting.
        if !definitions::is_waiting(&self.readers).await? {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let definition = definitions::next(&mut transaction, now).await?;
        transaction.commit().await?;
        Ok(definition)
    }

    async fn open_definition(&self) -> Result<Option<OpenDefinition>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        definitions::open(&mut reader).await
    }

    async fn progress(
        &self,
        definition_id: &str,
    ) -> Result<BTreeMap<u32, BuildProgress>, StoreError> {
        definitions::progress(&self.readers, definition_id).await
    }

    async fn finish_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        definitions::finish(&mut transaction, definition_id, now).await?;
        transaction.commit().await?;
        self.wake();
        Ok(())
    }

    async fn split_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        definitions::split(&mut transaction, definition_id, now).await?;
        transaction.commit().await?;
        self.wake();
        Ok(())
    }

    async fn abandon_definition(
        &self,
        definition_id: &str,
        reason: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        definitions::abandon(&mut transaction, definition_id, reason, now).await?;
        transaction.commit().await?;
        self.wake();
        Ok(())
    }

    fn wakeups(&self) -> watch::Receiver<u64> {
        self.wakeups.subscribe()
    }
}

#[cfg(test)]
mod tests;
