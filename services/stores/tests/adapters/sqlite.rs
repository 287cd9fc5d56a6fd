//! The catalog on SQLite.

use stores::catalog::Catalog;
use stores::{CATALOG_FILE, SqliteCatalog, StoreError};
use tempfile::TempDir;

use crate::tempdir;
use store_contracts::catalog::published;
use store_contracts::{campaigns, catalog, definitions, keys};

/// A catalog in a directory that is removed after the test.
struct Fixture {
    catalog: SqliteCatalog,
    dir: TempDir,
}

async fn fixture() -> Fixture {
    let dir = tempdir();
    Fixture {
        catalog: SqliteCatalog::open(dir.path()).await.unwrap(),
        dir,
    }
}

macro_rules! catalog_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fixture = fixture().await;
            catalog::$name(&fixture.catalog).await;
        }
    )*};
}

store_contracts::catalog_suite!(catalog_keeps_to);

macro_rules! definitions_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fixture = fixture().await;
            definitions::$name(&fixture.catalog).await;
        }
    )*};
}

store_contracts::definitions_suite!(definitions_keep_to);

macro_rules! campaigns_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fixture = fixture().await;
            campaigns::make_segment(&fixture.catalog).await;
            campaigns::$name(&fixture.catalog).await;
        }
    )*};
}

store_contracts::campaigns_suite!(campaigns_keep_to);

macro_rules! keys_keep_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fixture = fixture().await;
            keys::$name(&fixture.catalog).await;
        }
    )*};
}

store_contracts::keys_suite!(keys_keep_to);

#[tokio::test]
async fn what_is_committed_is_there_when_the_file_is_opened_again() {
    let Fixture { catalog, dir } = fixture().await;
    catalog
        .commit(published("vip", 1, None, vec![]))
        .await
        .unwrap();
    let before = catalog.segment("vip").await.unwrap();
    catalog.close().await;
    let catalog = SqliteCatalog::open(dir.path()).await.unwrap();
    assert_eq!(catalog.segment("vip").await.unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_catalog_is_refused() {
    let dir = tempdir();
    let path = dir.path().join(CATALOG_FILE);
    let text = "not a database, but longer than a header would be".repeat(40);
    std::fs::write(&path, text).unwrap();
    let error = SqliteCatalog::open(dir.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
}
