//! How to reach a PostgreSQL server, and what its connections may take.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;

/// Connections of one process: its calls are short, and a server allows 100 by default to all.
const CONNECTIONS_MAX: u32 = 8;
/// How long a call waits for a connection, also for one that is being made.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// How long a statement may run: each is a look at, or a change of, a few rows.
const STATEMENT_MAX: Duration = Duration::from_secs(20);
/// How long one call may take in all.
const CALL_MAX: Duration = Duration::from_secs(45);
/// How long a statement may wait for a lock: writers are one after the other, and each is short.
/// Longer than a writer that stopped may hold one.
const LOCK_MAX: Duration = Duration::from_secs(15);
/// How long a transaction may do nothing. Its process has stopped, and others wait for its lock.
const IDLE_IN_TRANSACTION_MAX: Duration = Duration::from_secs(10);

/// How to reach a PostgreSQL server.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=verify-full`. Without an `sslmode` it is
    /// `prefer`: encrypted where the server can, without a look at who it is. `sslrootcert` names a
    /// file of authorities; without one they are those of the web. What else is left out comes from
    /// libpq's environment variables and the password file.
    ///
    /// A pooler in between has to keep a session for each connection, for notifications need one.
    pub url: String,
    /// How many connections the process has at most, one that listens not counted.
    pub connections_max: u32,
    /// How long a call waits for a connection.
    pub wait_max: Duration,
    /// How long a statement may run; the server ends it.
    pub statement_max: Duration,
    /// How long a call may take in all, with its wait for a connection and all of its statements.
    /// Only this ends one whose server is gone without a word.
    pub call_max: Duration,
}

impl PostgresOptions {
    /// A server with the default limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections_max: CONNECTIONS_MAX,
            wait_max: WAIT_MAX,
            statement_max: STATEMENT_MAX,
            call_max: CALL_MAX,
        }
    }

    /// What each connection is opened with; the server holds to the limits by itself.
    pub(super) fn connect_options(&self) -> Result<PgConnectOptions, StoreError> {
        let options = self.address()?.options([
            milliseconds("statement_timeout", self.statement_max),
            milliseconds("lock_timeout", LOCK_MAX),
            milliseconds(
                "idle_in_transaction_session_timeout",
                IDLE_IN_TRANSACTION_MAX,
            ),
        ]);
        Ok(options.application_name("audience"))
    }

    fn address(&self) -> Result<PgConnectOptions, StoreError> {
        let options = self.url.parse();
        // The message is about the form of an address and holds nothing of it.
        options.map_err(|error: sqlx::Error| {
            StoreError::Conflict(format!("the address of PostgreSQL: {error}"))
        })
    }
}

impl Debug for PostgresOptions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Not the address: a password may be in it, also where none belongs.
        f.debug_struct("PostgresOptions")
            .field("connections_max", &self.connections_max)
            .field("wait_max", &self.wait_max)
            .field("statement_max", &self.statement_max)
            .field("call_max", &self.call_max)
            .finish_non_exhaustive()
    }
}

fn milliseconds(name: &'static str, duration: Duration) -> (&'static str, u128) {
    (name, duration.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_asks_the_server_for_its_limits() {
        let options = PostgresOptions {
            statement_max: Duration::from_millis(1_500),
            ..PostgresOptions::new("postgres://h/d?options=-c%20geqo=off")
        };
        let options = options.connect_options().unwrap();
        let asked = options.get_options().unwrap();
        for setting in [
            "-c geqo=off",
            "-c statement_timeout=1500",
            "-c lock_timeout=15000",
            "-c idle_in_transaction_session_timeout=10000",
        ] {
            assert!(asked.contains(setting), "{asked}");
        }
    }

    #[test]
    fn a_password_is_in_no_message() {
        for url in [
            "postgres://audience:hunter2@127.0.0.1:1/none",
            "postgres://audience:hunter2@[::1/none",
            "audience:hunter2@nowhere",
            "postgres://audience:hunter2@h/?port=hunter2",
            "postgres://audience:hunter2@h/?sslmode=hunter2",
        ] {
            let options = PostgresOptions::new(url);
            assert!(!format!("{options:?}").contains("hunter2"), "{url}");
            if let Err(error) = options.connect_options() {
                assert!(!error.to_string().contains("audience"), "{error}");
            }
        }
    }
}
