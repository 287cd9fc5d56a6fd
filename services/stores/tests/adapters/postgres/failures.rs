//! Connections that break, statements that last, and a server that dies.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use stores::StoreError;
use stores::catalog::Catalog;

use super::processes::hears;
use super::{Fixture, fixture, in_time, open, options};
use store_contracts::catalog::published;
use store_contracts::postgres::{Server, connect};

/// Holds the lock that writes wait for.
const HOLD: &str = "SELECT revision FROM definitions_state FOR UPDATE";

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// Kills the connections of this database that a condition is true of, until there were some.
async fn kill(admin: &mut PgConnection, condition: &str) {
    let text = format!(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
    );
    loop {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text.as_str()));
        let killed: i64 = query.fetch_one(&mut *admin).await.unwrap();
        if killed > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_write_whose_connection_is_killed_is_not_made_and_the_next_one_is() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let mut holder = connect(&options.url).await;
    let mut admin = connect(&options.url).await;
    let mut held = holder.begin().await.unwrap();
    sqlx::query(HOLD).execute(&mut *held).await.unwrap();
    let (written, ()) = tokio::join!(
        catalog.commit(published("vip", 1, None, vec![])),
        in_time(kill(&mut admin, "wait_event_type = 'Lock'")),
    );
    assert!(is_unavailable(&written), "{written:?}");
    held.rollback().await.unwrap();
    assert_eq!(catalog.segment("vip").await.unwrap(), None);
    let edit = published("vip", 1, None, vec![]);
    catalog.commit(edit).await.unwrap();
}

#[tokio::test]
async fn connections_that_are_killed_while_nobody_uses_them_are_replaced_unseen() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let other = open(options.clone()).await.catalog;
    hears(&catalog, &other, "before").await;
    let mut admin = connect(&options.url).await;
    in_time(kill(&mut admin, "application_name = 'audience'")).await;
    assert_eq!(catalog.revision().await.unwrap(), 4);
    hears(&catalog, &other, "after").await;
}

#[tokio::test]
async fn a_statement_that_lasts_too_long_is_given_up() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    catalog.close().await;
    let mut holder = connect(&options.url).await;
    let mut held = holder.begin().await.unwrap();
    sqlx::query(HOLD).execute(&mut *held).await.unwrap();
    let impatient = stores::PostgresOptions {
        statement_max: Duration::from_millis(200),
        ..options.clone()
    };
    let impatient = open(impatient).await.catalog;
    let written = impatient.commit(published("vip", 1, None, vec![])).await;
    assert!(is_unavailable(&written), "{written:?}");
    held.rollback().await.unwrap();
    let patient = open(options).await.catalog;
    assert_eq!(patient.segment("vip").await.unwrap(), None);
    let edit = published("vip", 1, None, vec![]);
    patient.commit(edit).await.unwrap();
}

/// A connection of this database that waits for a lock, as soon as there is one.
async fn waiting(observer: &mut PgConnection) -> i32 {
    loop {
        let query = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        if let Some(process) = query.fetch_optional(&mut *observer).await.unwrap() {
            return process;
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_keeps_nobody_waiting() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    catalog.close().await;
    let mut observer = connect(&options.url).await;
    let mut holder = connect(&options.url).await;
    let mut held = holder.begin().await.unwrap();
    sqlx::query(HOLD).execute(&mut *held).await.unwrap();
    let hasty = stores::PostgresOptions {
        call_max: Duration::from_secs(3),
        ..options
    };
    let catalog = open(hasty).await.catalog;
    // On a busy machine a call may be given up before it comes as far as the lock.
    let silence = async {
        loop {
            let mut write = catalog.commit(published("vip", 1, None, vec![]));
            tokio::select! {
                written = &mut write => assert!(is_unavailable(&written), "{written:?}"),
                process = waiting(&mut observer) => {
                    signal("-STOP", process);
                    let written = write.await;
                    assert!(is_unavailable(&written), "{written:?}");
                    break process;
                }
            }
        }
    };
    let process = in_time(silence).await;
    held.rollback().await.unwrap();
    // Other connections answer meanwhile; then the silent one finds that it is not wanted any more.
    in_time(async { while catalog.revision().await.is_err() {} }).await;
    signal("-CONT", process);
    in_time(async {
        while !matches!(catalog.revision().await, Ok(1)) {
            let edit = published("vip", 1, None, vec![]);
            let _ = catalog.commit(edit).await;
        }
    })
    .await;
}

fn signal(signal: &str, process: i32) {
    let mut kill = std::process::Command::new("kill");
    let status = kill.arg(signal).arg(process.to_string()).status().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn a_server_that_dies_and_returns_has_all_that_was_committed() {
    let Some(server) = Server::new() else {
        return;
    };
    let options = options(server.new_database().await);
    let catalog = open(options.clone()).await.catalog;
    for round in 0..3 {
        for number in 0..10 {
            let id = format!("s-{round}-{number}");
            let edit = published(&id, 1, None, vec![]);
            catalog.commit(edit).await.unwrap();
        }
        server.crash();
        let impatient = stores::PostgresOptions {
            wait_max: Duration::from_millis(100),
            ..options.clone()
        };
        let opened = stores::PostgresCatalog::open(&impatient).await;
        assert!(is_unavailable(&opened), "{opened:?}");
        let read = catalog.segment("s-0-0").await;
        assert!(is_unavailable(&read), "{read:?}");
        let written = catalog.commit(published("lost", 1, None, vec![])).await;
        assert!(is_unavailable(&written), "{written:?}");
        server.start();
        assert_eq!(catalog.segment("lost").await.unwrap(), None);
        let count = catalog.segment_count().await.unwrap();
        assert_eq!(count, 10 * (round + 1));
    }
    let other = open(options).await.catalog;
    hears(&catalog, &other, "after").await;
}
