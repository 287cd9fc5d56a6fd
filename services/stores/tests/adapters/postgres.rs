//! The catalog on a real PostgreSQL, each test in a database of its own. Where PostgreSQL is not
//! installed the tests say so and end.

mod failures;
mod processes;
mod sharing;
mod tables;

use std::time::Duration;

use stores::{PostgresCatalog, PostgresOptions};
use tokio::time::timeout;

use store_contracts::{campaigns, catalog, definitions, keys};

/// How long anything that is waited for may take.
const WAIT_MAX: Duration = Duration::from_mins(2);

/// A catalog in a new database.
struct Fixture {
    catalog: PostgresCatalog,
    options: PostgresOptions,
}

async fn fixture() -> Option<Fixture> {
    let url = store_contracts::postgres::shared()?.new_database().await;
    Some(open(options(url)).await)
}

/// What is waited for, or a failure.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(WAIT_MAX, work).await.unwrap()
}

/// With room for a busy machine.
fn options(url: String) -> PostgresOptions {
    PostgresOptions {
        connections_max: 4,
        wait_max: WAIT_MAX,
        statement_max: WAIT_MAX,
        call_max: WAIT_MAX,
        ..PostgresOptions::new(url)
    }
}

async fn open(options: PostgresOptions) -> Fixture {
    Fixture {
        catalog: PostgresCatalog::open(&options).await.unwrap(),
        options,
    }
}

macro_rules! catalog_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let Some(fixture) = fixture().await else {
                return;
            };
            catalog::$name(&fixture.catalog).await;
            fixture.catalog.close().await;
        }
    )*};
}

store_contracts::catalog_suite!(catalog_keeps_to);

macro_rules! definitions_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let Some(fixture) = fixture().await else {
                return;
            };
            definitions::$name(&fixture.catalog).await;
            fixture.catalog.close().await;
        }
    )*};
}

store_contracts::definitions_suite!(definitions_keep_to);

macro_rules! campaigns_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let Some(fixture) = fixture().await else {
                return;
            };
            campaigns::make_segment(&fixture.catalog).await;
            campaigns::$name(&fixture.catalog).await;
            fixture.catalog.close().await;
        }
    )*};
}

store_contracts::campaigns_suite!(campaigns_keep_to);

macro_rules! keys_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let Some(fixture) = fixture().await else {
                return;
            };
            keys::$name(&fixture.catalog).await;
            fixture.catalog.close().await;
        }
    )*};
}

store_contracts::keys_suite!(keys_keep_to);
