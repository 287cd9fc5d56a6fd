//! The embedded store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use store_contracts::journal::{Offsets, commit, put};
use store_contracts::log::{Calls, read_all, record};
use store_contracts::view::user;
use store_contracts::{journal, log, view};
use stores::embedded::{Clock, Options, Store};
use stores::{Space, StoreError, Topic};
use tempfile::TempDir;

use crate::tempdir;

/// A store in a directory that is removed after the test.
struct Fixture {
    store: Store,
    _dir: TempDir,
}

fn fixture() -> Fixture {
    let dir = tempdir();
    Fixture {
        store: open(dir.path()),
        _dir: dir,
    }
}

fn open(dir: &Path) -> Store {
    Store::open(dir, options()).unwrap()
}

fn options() -> Options {
    Options {
        reserve_bytes: 0,
        ..Options::default()
    }
}

macro_rules! log_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let fixture = fixture();
            log::$name(fixture.store.log(Topic::UserEvents)).await;
        }
    )*};
}

log_keeps_to! {
    offsets_are_contiguous_and_stamps_never_fall
    a_record_comes_back_as_it_was
    an_append_wakes_a_reader
    a_reader_without_news_returns_nothing
    a_reader_starts_at_any_offset
    a_read_ends_where_it_has_its_bytes
    a_partition_that_is_not_there_is_refused
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_one_call_stay_adjacent() {
    let fixture = fixture();
    let events = fixture.store.log(Topic::UserEvents);
    log::records_of_one_call_stay_adjacent(events, Calls::Adjacent).await;
}

macro_rules! journal_keeps_to {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let fixture = fixture();
            journal::$name(&*fixture.store.journal());
        }
    )*};
}

journal_keeps_to! {
    a_commit_moves_the_position_and_the_state
    of_two_entries_with_one_key_the_later_counts
    spaces_and_partitions_are_apart
    a_scan_pages_through_a_prefix
    a_partition_has_one_owner
}

#[test]
fn readers_see_whole_commits() {
    journal::readers_see_whole_commits(&*fixture().store.journal(), 2_000);
}

#[test]
fn changes_are_published_with_their_commit() {
    let fixture = fixture();
    journal::changes_are_published_with_their_commit(
        &*fixture.store.journal(),
        &*fixture.store.log(Topic::UserSegments),
        Offsets::Contiguous,
    );
}

#[test]
fn dead_letters_are_published_with_their_commit() {
    let fixture = fixture();
    let log = fixture.store.log(Topic::DeadEvents);
    journal::dead_letters_are_published_with_their_commit(&*fixture.store.journal(), &*log);
}

#[test]
fn commits_do_what_a_map_does() {
    let dir = tempdir();
    let count = AtomicI64::new(0);
    let make = || {
        let count = count.fetch_add(1, Ordering::Relaxed);
        open(&dir.path().join(count.to_string())).journal()
    };
    journal::commits_do_what_a_map_does(make, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_what_is_gathered_writes_wait_and_are_done() {
    let dir = tempdir();
    let options = Options {
        gathered_bytes_max: 0,
        ..options()
    };
    let store = Store::open(dir.path(), options).unwrap();
    let events = store.log(Topic::UserEvents);
    for value in ["first", "second"] {
        events.append(vec![record(0, "ann", value)]).await.unwrap();
    }
    assert_eq!(read_all(&*events, 0, 0).len(), 2);
}

macro_rules! view_keeps_to {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            let fixture = fixture();
            view::$name(fixture.store.view()).await;
        }
    )*};
}

view_keeps_to! {
    a_user_comes_back_as_written
    an_older_record_never_replaces_a_newer_one
    of_one_users_records_in_a_call_the_newest_counts
    members_follow_the_records
    members_come_once_each_over_pages
    what_is_counted_is_of_its_span_alone
    a_mark_is_there_until_the_view_is_lost
    sizes_are_summed_over_partitions
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let dir = tempdir();
    {
        let store = open(dir.path());
        let events = store.log(Topic::UserEvents);
        let records = (0..100).map(|i| record(i % 2, "user", i.to_string()));
        events.append(records.collect()).await.unwrap();
        let mut owner = store.journal().open(0).unwrap();
        commit(&mut *owner, 50, vec![put(Space::State, "user", "state")]);
        let users = vec![user("user", 0, 1, &[("vip", 1)])];
        store.view().write(users).await.unwrap();
    }
    let store = open(dir.path());
    let events = store.log(Topic::UserEvents);
    assert_eq!(read_all(&*events, 1, 0).len(), 50);
    events
        .append(vec![record(1, "user", "next")])
        .await
        .unwrap();
    assert_eq!(read_all(&*events, 1, 50)[0].offset, 50);
    assert_eq!(store.journal().open(0).unwrap().position(), 50);
    let state = store.journal().reader(0).unwrap();
    assert!(state.get(Space::State, b"user").unwrap().is_some());
    let members = store.view().members("vip", None, 1).await.unwrap();
    assert_eq!(members[0].user_id, "user");
}

#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn stamps_come_from_the_clock_and_never_fall() {
    let dir = tempdir();
    let clock = Arc::new(SetClock::default());
    let options = Options {
        clock: Arc::<SetClock>::clone(&clock),
        ..options()
    };
    for (now, stamp) in [(-5, -5), (100, 100), (40, 100), (101, 101)] {
        clock.0.store(now, Ordering::Relaxed);
        let store = Store::open(dir.path(), options.clone()).unwrap();
        let events = store.log(Topic::UserEvents);
        events.append(vec![record(0, "a", "b")]).await.unwrap();
        assert_eq!(read_all(&*events, 0, 0).last().unwrap().stamp, stamp);
        let offset = events.end(0).unwrap();
        let set = stores::WriteSet {
            position: offset,
            changes: vec![record(0, "a", "b")],
            ..stores::WriteSet::default()
        };
        store.journal().open(0).unwrap().commit(set).unwrap();
        let changes = read_all(&*store.log(Topic::UserSegments), 0, offset - 1);
        assert_eq!(changes[0].stamp, stamp);
    }
}

#[tokio::test]
async fn changes_are_durable_with_the_next_append_or_opening() {
    let dir = tempdir();
    let store = open(dir.path());
    let changes = store.log(Topic::UserSegments);
    let mut owner = store.journal().open(0).unwrap();
    let mut publish = |position| {
        let set = stores::WriteSet {
            position,
            changes: vec![record(0, "user", "change")],
            ..stores::WriteSet::default()
        };
        owner.commit(set).unwrap();
        (changes.durable_end(0).unwrap(), changes.end(0).unwrap())
    };
    assert_eq!(publish(1), (0, 1));
    let events = store.log(Topic::UserEvents);
    events
        .append(vec![record(1, "user", "fact")])
        .await
        .unwrap();
    assert_eq!(publish(2), (1, 2));
    assert_eq!(events.durable_end(1).unwrap(), 1);
    drop((store, changes, events, owner));
    let changes = open(dir.path()).log(Topic::UserSegments);
    assert_eq!(changes.durable_end(0).unwrap(), 2);
}

#[tokio::test]
async fn only_the_journal_writes_changes() {
    let fixture = fixture();
    let log = fixture.store.log(Topic::UserSegments);
    let refused = log.append(vec![record(0, "a", "b")]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
}

fn refusal(dir: &Path, options: Options) -> String {
    Store::open(dir, options).unwrap_err().to_string()
}

#[test]
fn a_directory_is_open_once() {
    let dir = tempdir();
    let store = open(dir.path());
    let refusal = refusal(dir.path(), options());
    assert!(
        refusal.contains(&format!("is open in process {}:", std::process::id())),
        "{refusal}"
    );
    // Any adapter keeps it open, and the last one gone lets it go.
    let journal = store.journal();
    let owner = journal.open(0).unwrap();
    drop((store, journal));
    assert!(Store::open(dir.path(), options()).is_err());
    drop(owner);
    open(dir.path());
}

#[test]
fn another_count_of_partitions_is_refused() {
    let dir = tempdir();
    open(dir.path());
    let other = Options {
        partitions: 4,
        ..options()
    };
    let refusal = refusal(dir.path(), other);
    assert!(refusal.contains("has 2 partitions, not 4"), "{refusal}");
    open(dir.path());
}

#[test]
fn another_layout_is_refused() {
    let dir = tempdir();
    open(dir.path());
    std::fs::write(dir.path().join("store/layout"), "9 2").unwrap();
    let refusal = refusal(dir.path(), options());
    assert!(refusal.contains("has layout `9`"), "{refusal}");
}
