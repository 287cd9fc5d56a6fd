//! The catalog on PostgreSQL, which several processes share.
//!
//! INVARIANT: a transaction that writes first locks the one row of `definitions_state`, so edits
//! happen one after the other as they do in SQLite: what one has checked stays true until it
//! commits, no two wait for one another, and the outbox is numbered in the order of commits.

#[path = "sql/adapter.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled for each database"
)]
mod adapter;
mod document;
mod instant;
mod listener;
mod migrations;
mod options;
mod processes;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::{Connection as _, Transaction};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;

pub use self::options::PostgresOptions;
use crate::StoreError;

/// What stands for the types of a database in the statements.
mod database {
    pub(super) use sqlx::postgres::{PgConnection as Connection, PgPool as Pool, PgRow as Row};

    pub(super) use super::PostgresCatalog as Store;
    pub(super) use super::document::Document;
    pub(super) use super::instant::Instant;

    pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

/// A transaction that is rolled back unless it is committed.
type WriteTransaction = Transaction<'static, Postgres>;

/// Each statement sees what was committed before it, so those after the lock see all that was written
/// under it, whatever the server's default is.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// How long a connection that is given back, or a pool that is closed, may take to show that it works.
const RELEASE_MAX: Duration = Duration::from_secs(5);

/// The catalog on PostgreSQL.
#[derive(Debug)]
pub struct PostgresCatalog {
    pool: PgPool,
    call_max: Duration,
    wakeups: watch::Sender<u64>,
    listener: AbortHandle,
    /// Names this catalog in notifications: it knows of its own commits already.
    name: String,
}

impl PostgresCatalog {
    /// Connects to the database of the options, brings its tables up to date, and begins to listen
    /// for the commits of others.
    ///
    /// # Errors
    /// The address is none ([`StoreError::Conflict`]); the server does not answer or refuses; its
    /// tables are not a catalog's, or another's change of the same version.
    pub async fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        let connect = options.connect_options()?;
        let migrated = migrations::run(options, &connect).await;
        migrated.map_err(|error| at(&connect, error))?;
        let pool = pool(options).connect_with(connect.clone()).await?;
        let (wakeups, _) = watch::channel(0);
        let name = uuid::Uuid::now_v7().to_string();
        let listener = listener::spawn(connect, options, name.clone(), wakeups.clone());
        Ok(Self {
            pool,
            call_max: options.call_max,
            wakeups,
            listener,
            name,
        })
    }

    /// Closes its connections. Calls that wait for one fail.
    pub async fn close(&self) {
        self.listener.abort();
        if timeout(RELEASE_MAX, self.pool.close()).await.is_err() {
            tracing::warn!("connections to PostgreSQL were left open: they did not close in time");
        }
    }

    /// Begins a transaction that writes.
    async fn begin(&self) -> Result<WriteTransaction, StoreError> {
        let mut transaction = self.pool.begin_with(BEGIN_WRITE).await?;
        let lock = sqlx::query("SELECT revision FROM definitions_state FOR UPDATE");
        lock.fetch_one(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Commits, and wakes whoever waits for news, here and in other processes.
    async fn commit_and_tell(&self, mut transaction: WriteTransaction) -> Result<(), StoreError> {
        let tell = sqlx::query("SELECT pg_notify($1, $2)").bind(listener::CHANNEL);
        tell.bind(&self.name).execute(&mut *transaction).await?;
        transaction.commit().await?;
        self.wakeups.send_modify(|count| *count += 1);
        Ok(())
    }

    fn readers(&self) -> &PgPool {
        &self.pool
    }

    async fn within_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(self.call_max, work).await.unwrap_or_else(|_| {
            let message = format!("PostgreSQL did not answer within {:?}", self.call_max);
            Err(StoreError::Unavailable(message))
        })
    }
}

impl Drop for PostgresCatalog {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Names the server that a start failed at.
fn at(connect: &PgConnectOptions, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(message) => {
            let (host, port) = (connect.get_host(), connect.get_port());
            StoreError::Unavailable(format!("PostgreSQL at {host}:{port}: {message}"))
        }
        other => other,
    }
}

/// A pool that gives up a connection which does not answer when it is given back, as one whose call was
/// given up. By itself it would keep the place of such a connection for as long as the silence lasts.
fn pool(options: &PostgresOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(options.connections_max)
        .acquire_timeout(options.wait_max)
        .after_release(|connection, _| Box::pin(is_alive(connection)))
}

async fn is_alive(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let ping = timeout(RELEASE_MAX, connection.ping()).await;
    ping.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))?;
    Ok(true)
}
