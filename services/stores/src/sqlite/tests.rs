//! What only a connection of its own can bring about.

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::catalog::{Catalog, Edit, Segment, SegmentEdit, Status};

async fn catalog() -> (SqliteCatalog, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let catalog = SqliteCatalog::open(directory.path()).await.unwrap();
    (catalog, directory)
}

fn saved(id: &str, expression: &str) -> Edit {
    let segment = Segment {
        id: id.to_owned(),
        name: format!("Name of {id}"),
        description: String::new(),
        segment_type: "DYNAMIC".to_owned(),
        rules: json!({"expression": expression}),
        expression: expression.to_owned(),
        is_active: true,
        status: Status::Draft,
        version: 1,
        newest_version: 1,
        failure: None,
        revision: 0,
        created_at: 1,
        updated_at: 1,
    };
    Edit {
        segment: Some(SegmentEdit {
            replaces: None,
            segment,
            version: None,
        }),
        ..Edit::default()
    }
}

#[tokio::test]
async fn a_write_that_finds_the_disk_full_is_told_so_and_leaves_nothing_behind() {
    let (catalog, _directory) = catalog().await;
    // Of this connection alone; the write that fails takes it along.
    let limit = sqlx::query("PRAGMA max_page_count = 1");
    limit.execute(&catalog.writer).await.unwrap();
    let large = saved("vip", &"a".repeat(100_000));
    let full = catalog.commit(large.clone()).await;
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    assert_eq!(catalog.segment("vip").await.unwrap(), None);
    catalog.commit(large).await.unwrap();
    assert!(catalog.segment("vip").await.unwrap().is_some());
}

#[tokio::test]
async fn a_write_that_is_given_up_half_way_leaves_nothing_behind() {
    let (catalog, _directory) = catalog().await;
    let mut transaction = catalog.begin().await.unwrap();
    let change = sqlx::query("UPDATE definitions_state SET revision = 9");
    change.execute(&mut *transaction).await.unwrap();
    drop(transaction);
    assert_eq!(catalog.revision().await.unwrap(), 0);
    catalog.commit(saved("vip", "a > 1")).await.unwrap();
    assert!(catalog.segment("vip").await.unwrap().is_some());
}
