//! The catalog on SQLite: one file, write-ahead logged, synced at each commit.
//!
//! INVARIANT: all writes go through one connection, each in a transaction that begins IMMEDIATE,
//! so that no write of this process waits for a lock half way. Reads go on beside it.

#[path = "sql/adapter.rs"]
mod adapter;
mod transaction;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::watch;

use self::transaction::WriteTransaction;
use crate::StoreError;

/// What stands for the types of a database in the statements.
mod database {
    pub(super) use sqlx::sqlite::{
        SqliteConnection as Connection, SqlitePool as Pool, SqliteRow as Row,
    };
    pub(super) use sqlx::types::Json as Document;

    pub(super) use super::SqliteCatalog as Store;

    pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN";

    /// Milliseconds, stored as they are.
    #[derive(Debug, Clone, Copy, sqlx::Type)]
    #[sqlx(transparent)]
    pub(super) struct Instant(pub(super) i64);
}

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
        Ok(WriteTransaction::begin(&self.writer).await?)
    }

    async fn commit_and_tell(&self, transaction: WriteTransaction) -> Result<(), StoreError> {
        transaction.commit().await?;
        self.wakeups.send_modify(|count| *count += 1);
        Ok(())
    }

    fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Everything here ends by itself: a file does not keep anybody waiting as a network may.
    async fn within_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        work.await
    }
}

#[cfg(test)]
mod tests;
