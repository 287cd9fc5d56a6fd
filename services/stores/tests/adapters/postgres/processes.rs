//! Several processes on one database; each stands for itself by a catalog of its own.

use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use stores::catalog::{Catalog, Edit, Segment, Status};
use stores::{PostgresCatalog, StoreError};
use tokio::task::JoinSet;

use super::{Fixture, fixture, in_time, open, options};
use store_contracts::catalog::{is_conflict, published};
use store_contracts::postgres::{connect, shared};

/// An edit that publishes a segment, based on a revision.
fn based_on(id: &str, revision: u64) -> Edit {
    Edit {
        based_on: Some(revision),
        ..published(id, 1, None, vec![])
    }
}

#[tokio::test]
async fn ten_processes_may_start_at_once_on_an_empty_database() {
    let Some(server) = shared() else {
        return;
    };
    let options = options(server.new_database().await);
    let mut starting = JoinSet::new();
    for _ in 0..10 {
        let options = options.clone();
        starting.spawn(async move { PostgresCatalog::open(&options).await });
    }
    for catalog in starting.join_all().await {
        assert_eq!(catalog.unwrap().revision().await.unwrap(), 0);
    }
}

/// How many connections of a database wait for a lock.
async fn waiting(connection: &mut PgConnection) -> i64 {
    let query = sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    query.fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_migration_gives_way_to_whoever_holds_a_table_and_is_tried_again() {
    let Some(server) = shared() else {
        return;
    };
    let options = options(server.new_database().await);
    let mut observer = connect(&options.url).await;
    let mut holder = connect(&options.url).await;
    let mut held = holder.begin().await.unwrap();
    let hold = sqlx::query("CREATE TABLE segments ()");
    hold.execute(&mut *held).await.unwrap();
    let release = async {
        in_time(async { while waiting(&mut observer).await == 0 {} }).await;
        in_time(async { while waiting(&mut observer).await > 0 {} }).await;
        held.rollback().await.unwrap();
    };
    let (opened, ()) = tokio::join!(PostgresCatalog::open(&options), release);
    assert_eq!(opened.unwrap().revision().await.unwrap(), 0);
}

#[tokio::test]
async fn of_two_edits_based_on_one_revision_exactly_one_is_made() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let other = open(options).await.catalog;
    for round in 0..20 {
        let ids = [format!("ours-{round}"), format!("theirs-{round}")];
        let (ours, theirs) = tokio::join!(
            catalog.commit(based_on(&ids[0], round)),
            other.commit(based_on(&ids[1], round)),
        );
        assert_ne!(ours.is_ok(), theirs.is_ok(), "{ours:?} {theirs:?}");
        assert!(is_conflict(&ours) || is_conflict(&theirs));
        assert_eq!(catalog.revision().await.unwrap(), round + 1);
    }
    assert_eq!(other.segment_count().await.unwrap(), 20);
}

/// More writers than connections, all at once, with every kind of write.
#[tokio::test]
async fn writes_of_many_wait_for_one_another_and_all_are_made() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let catalogs = [catalog, open(options).await.catalog];
    let mut writing = JoinSet::new();
    for (process, catalog) in catalogs.into_iter().enumerate() {
        let catalog = Arc::new(catalog);
        for number in 0..10 {
            let catalog = Arc::clone(&catalog);
            writing.spawn(async move {
                let id = format!("s-{process}-{number}");
                let edit = published(&id, 1, None, vec![]);
                catalog.commit(edit).await?;
                let definition = catalog.next_definition(1).await?;
                let id = definition.map_or_else(String::new, |it| it.definition_id);
                match catalog.finish_definition(&id, 2).await {
                    // Another was first.
                    Ok(()) | Err(StoreError::Conflict(_)) => Ok(catalog),
                    Err(error) => Err(error),
                }
            });
        }
    }
    let done: Result<Vec<_>, StoreError> = writing.join_all().await.into_iter().collect();
    let done = done.unwrap();
    let catalog = done.first().unwrap();
    assert_eq!(catalog.revision().await.unwrap(), 20);
    while let Some(definition) = catalog.next_definition(3).await.unwrap() {
        let finish = catalog.finish_definition(&definition.definition_id, 4);
        finish.await.unwrap();
    }
    let segments = catalog.segments(None, 99).await.unwrap();
    let is_active = |it: &Segment| it.status == Status::Active;
    assert_eq!((segments.len(), segments.iter().all(is_active)), (20, true));
}

#[tokio::test]
async fn a_commit_of_another_process_is_heard() {
    let Some(Fixture { catalog, options }) = fixture().await else {
        return;
    };
    let other = open(options).await.catalog;
    hears(&catalog, &other, "before").await;
}

/// That a catalog hears of what another commits. Waking once, when it begins to listen, is its right;
/// more than once it wakes for news alone.
pub(super) async fn hears(catalog: &PostgresCatalog, other: &PostgresCatalog, name: &str) {
    let mut wakeups = catalog.wakeups();
    for number in 0..4 {
        wakeups.mark_unchanged();
        let edit = published(&format!("{name}-{number}"), 1, None, vec![]);
        other.commit(edit).await.unwrap();
        in_time(wakeups.changed()).await.unwrap();
    }
}
