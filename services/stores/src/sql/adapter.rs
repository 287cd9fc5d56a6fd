//! The catalog's ports over a SQL database, with one text for every statement.
//!
//! This module is compiled once for each database: `sqlite` and `postgres` each name this file as a
//! module of their own and say in their `database` module which types stand for the connection, a
//! row, an instant and a document. The compiler then checks every statement's types against that
//! very driver, which code over any `sqlx::Database` could only do with bounds longer than itself.
//!
//! INVARIANT: a statement is valid in both dialects and names its columns: PostgreSQL refuses a
//! prepared `SELECT *` once another process has added a column. Numbers travel as `i64`.

mod answers;
mod campaigns;
mod catalog;
mod commit;
mod definitions;
mod keys;
mod segments;
mod uses;

use sqlx::Row as _;

use super::database::{BEGIN_SNAPSHOT, Connection, Document, Instant, Pool, Row, Store};
use crate::StoreError;

/// A whole number of a column.
fn number<T: TryFrom<i64>>(row: &Row, column: &str) -> Result<T, StoreError> {
    narrow(row.try_get(column)?)
}

/// A number as it was before it was stored.
fn narrow<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Corrupt(format!("the number {number}")))
}

/// The instant of a column, in milliseconds.
fn instant(row: &Row, column: &str) -> Result<i64, StoreError> {
    let Instant(instant) = row.try_get(column)?;
    Ok(instant)
}

/// The instant of a column that may be empty, in milliseconds.
fn optional_instant(row: &Row, column: &str) -> Result<Option<i64>, StoreError> {
    let instant: Option<Instant> = row.try_get(column)?;
    Ok(instant.map(|Instant(instant)| instant))
}
