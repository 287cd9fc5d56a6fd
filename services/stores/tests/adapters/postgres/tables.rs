//! What the tables are to others: people who query them, and other versions of this program.

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use stores::StoreError;
use stores::catalog::{Catalog, Edit};

use super::{Fixture, fixture, open};
use store_contracts::catalog::published;
use store_contracts::postgres::connect;

fn named(id: &str, name: &str) -> Edit {
    let mut edit = published(id, 1, None, vec![]);
    name.clone_into(&mut edit.segment.as_mut().unwrap().segment.name);
    edit
}

#[tokio::test]
async fn the_published_schema_holds_for_people_who_query_it() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let edit = published("vip", 1, None, vec![]);
    catalog.commit(edit).await.unwrap();
    let mut reader = connect(&options.url).await;
    let query = sqlx::query_as(
        "SELECT s.rules ->> 'expression', s.active, s.created_at::text, r.expression, r.priority
         FROM segments s JOIN rules r ON r.segment_id = s.id
         WHERE s.created_at < now() AND s.rules @> '{\"expression\": \"a > 1\"}'",
    );
    let row: (String, bool, String, String, i32) = query.fetch_one(&mut reader).await.unwrap();
    let first = "1970-01-01 00:00:00.001".to_owned();
    assert_eq!(row, ("a > 1".into(), true, first, "a > 1".into(), 0));
    let query = sqlx::query_scalar(
        "SELECT DISTINCT data_type FROM information_schema.columns
         WHERE table_name IN ('segments', 'rules', 'campaigns')
             AND column_name IN ('created_at', 'updated_at', 'scheduled_at')",
    );
    let types: Vec<String> = query.fetch_all(&mut reader).await.unwrap();
    assert_eq!(types, ["timestamp without time zone"]);
    let query = sqlx::query_scalar(
        "SELECT DISTINCT collation_name FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
             AND (column_name = 'id' OR column_name LIKE '%\\_id') AND data_type <> 'integer'",
    );
    let collations: Vec<Option<String>> = query.fetch_all(&mut reader).await.unwrap();
    assert_eq!(collations, [Some("C".to_owned())]);
}

#[tokio::test]
async fn columns_that_a_later_version_adds_disturb_nobody() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let edit = published("before", 1, None, vec![]);
    catalog.commit(edit).await.unwrap();
    assert_eq!(catalog.segments(None, 9).await.unwrap().len(), 1);
    let mut later = connect(&options.url).await;
    let query = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    );
    let tables: Vec<String> = query.fetch_all(&mut later).await.unwrap();
    assert_eq!(tables.len(), 15, "{tables:?}");
    for table in tables {
        let add = format!("ALTER TABLE {table} ADD COLUMN later TEXT DEFAULT 'x'");
        sqlx::query(AssertSqlSafe(add))
            .execute(&mut later)
            .await
            .unwrap();
    }
    let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum,
             execution_time)
         VALUES (9999, 'later', true, '', 0)";
    sqlx::query(note).execute(&mut later).await.unwrap();

    // Statements that were prepared before, and a start of the version before.
    assert_eq!(catalog.segments(None, 9).await.unwrap().len(), 1);
    let edit = published("after", 1, None, vec![]);
    catalog.commit(edit).await.unwrap();
    let other = open(options).await.catalog;
    assert_eq!(other.segments(None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_stored_is_a_conflict_that_says_why() {
    let Some(Fixture { catalog, .. }) = fixture().await else {
        return;
    };
    let mut in_json = published("vip", 1, None, vec![]);
    in_json.segment.as_mut().unwrap().segment.rules = json!({"a\0": Value::Null});
    for edit in [named("vip", "a\0b"), in_json] {
        let error = catalog.commit(edit).await.unwrap_err();
        let StoreError::Conflict(message) = error else {
            panic!("{error}");
        };
        assert!(message.contains("U+0000"), "{message}");
    }
    let mut far = published("vip", 1, None, vec![]);
    far.segment.as_mut().unwrap().segment.created_at = i64::MAX;
    for edit in [named("vip", &"x".repeat(256)), far] {
        let error = catalog.commit(edit).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    }
    catalog
        .commit(named("vip", &"é".repeat(255)))
        .await
        .unwrap();
}
