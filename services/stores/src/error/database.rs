//! What a failure of a SQL database is to whoever asked.

use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

#[cfg(feature = "postgres")]
use super::postgres;
use super::{StoreError, sqlite};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => of_database(&*error),
            Error::ColumnDecode { .. } | Error::Decode(_) => Self::Corrupt(error.to_string()),
            Error::Encode(_) => Self::Conflict(error.to_string()),
            Error::PoolTimedOut => Self::Unavailable("no connection in time".to_owned()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Corrupt(format!("the catalog cannot be brought up to date: {other}")),
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    #[cfg(feature = "postgres")]
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        return postgres::store_error(&code, error.to_string());
    }
    sqlite::store_error(&code, error.to_string())
}
