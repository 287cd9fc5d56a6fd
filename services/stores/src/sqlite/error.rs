//! What a failure of SQLite is to whoever asked.

use std::borrow::Cow;

use sqlx::Error;
use sqlx::migrate::MigrateError;

use crate::StoreError;

// Primary result codes, https://www.sqlite.org/rescode.html
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CONSTRAINT: u32 = 19;
const NOT_A_DATABASE: u32 = 26;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Database(database) => primary_code(database.code()),
            Error::ColumnDecode { .. } | Error::Decode(_) => Some(CORRUPT),
            _ => None,
        };
        let message = error.to_string();
        match code {
            Some(FULL) => Self::Full,
            Some(CONSTRAINT) => Self::Conflict(message),
            Some(CORRUPT | NOT_A_DATABASE) => Self::Corrupt(message),
            _ => Self::Unavailable(message),
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

/// The lowest byte of SQLite's extended code.
fn primary_code(code: Option<Cow<'_, str>>) -> Option<u32> {
    let extended: u32 = code?.parse().ok()?;
    Some(extended & 0xff)
}
