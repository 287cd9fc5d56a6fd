//! Brings the tables up to date while others use them; `migrations/postgres/README.md` says how a
//! migration is written so that it can.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;

use super::{PostgresOptions, pool};
use crate::StoreError;

/// How long all of it may take, also by another process that was first.
const MIGRATIONS_MAX: Duration = Duration::from_mins(10);
/// How often to try again when a table is busy: a migration gives way to what holds it up, so that
/// what came after it does not wait for both.
const ATTEMPTS_MAX: usize = 20;

/// Takes the migrator's lock, which lets one process through at a time, and runs what is missing.
pub(super) async fn run(
    options: &PostgresOptions,
    connect: &PgConnectOptions,
) -> Result<(), StoreError> {
    // Its statements may take long. How long one waits for a table is said in each migration.
    let connect = connect.clone();
    let connect = connect.options([("statement_timeout", "0"), ("lock_timeout", "0")]);
    for _ in 1..ATTEMPTS_MAX {
        match attempt(options, &connect).await {
            Err(error) if is_busy(&error) => tracing::info!("a table is busy: {error}"),
            other => return Ok(other?),
        }
    }
    Ok(attempt(options, &connect).await?)
}

async fn attempt(
    options: &PostgresOptions,
    connect: &PgConnectOptions,
) -> Result<(), MigrateError> {
    let mut migrator = sqlx::migrate!("migrations/postgres");
    // A later version of this program may have been here: what it adds is no matter to this one.
    migrator.set_ignore_missing(true);
    let pool = pool(options).max_connections(1);
    let pool = pool.connect_lazy_with(connect.clone());
    let mut connection = pool.acquire().await?.detach();
    let work = timeout(
        MIGRATIONS_MAX,
        migrator.run_direct(None, &mut connection, false),
    );
    let done = work.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
    // The lock goes with the connection, whatever became of the rest.
    let _ = timeout(options.wait_max, connection.close()).await;
    done
}

/// Whether a lock was not free within the time that a migration waits for it.
fn is_busy(error: &MigrateError) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error
            .as_database_error()
            .is_some_and(|error| error.code().as_deref() == Some(LOCK_NOT_AVAILABLE)),
        _ => false,
    }
}
