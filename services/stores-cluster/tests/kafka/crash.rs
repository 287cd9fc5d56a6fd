//! Processes that end in the middle of a commit.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use stores::Journal;

use crate::world::{World, assert_published, commit_up_to, dump, expected, tempdir};

/// The signal of a process that ends itself.
const ABORTED: i32 = 6;
/// How many commits a child makes at most.
const COMMITS: u64 = 20;

/// Not a test of its own: what the child process runs.
#[test]
fn commit_until_the_crash() {
    let variables = [
        "KAFKA_CRASH_BROKER",
        "KAFKA_CRASH_PREFIX",
        "KAFKA_CRASH_DIR",
    ];
    let Ok([address, prefix, dir]) = <[String; 3]>::try_from(
        variables
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .collect::<Vec<_>>(),
    ) else {
        return;
    };
    let world = World::named(&address, &prefix);
    let journal = world.journal(Path::new(&dir));
    commit_up_to(&mut *journal.open(0).unwrap(), COMMITS);
}

/// Lets a child commit until it passes a place so often.
fn crash(world: &World, prefix: &str, dir: &Path, place: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["crash::commit_until_the_crash", "--exact", "--nocapture"])
        .env("KAFKA_CRASH_BROKER", &world.address)
        .env("KAFKA_CRASH_PREFIX", prefix)
        .env("KAFKA_CRASH_DIR", dir)
        .env("AUDIENCE_CRASH_POINT", place)
        .output()
        .unwrap();
    let signal = output.status.signal();
    assert_eq!(signal, Some(ABORTED), "it did not crash: {output:?}");
}

#[test]
fn what_is_there_after_a_crash_in_a_commit_is_what_was_committed() {
    let Some(world) = World::new() else { return };
    let prefix = world.group.trim_end_matches(crate::world::GROUP);
    let (one, two) = (tempdir(), tempdir());
    let mut committed = 0;
    for (place, commits) in [
        ("before-transaction-commit:4", 3),
        ("after-transaction-commit:2", 2),
        ("after-transaction-commit:1", 1),
        ("before-transaction-commit:1", 0),
    ] {
        crash(&world, prefix, one.path(), place);
        committed += commits;
    }
    let journal = world.journal(one.path());
    let mut owner = journal.open(0).unwrap();
    assert_eq!(owner.position(), committed);
    assert_eq!(world.committed(0), Some(committed));
    assert_eq!(dump(&*journal.reader(0).unwrap()), expected(committed));
    assert_published(&world, committed);
    commit_up_to(&mut *owner, committed + 2);
    drop(owner);
    // And the changelog alone comes to the same.
    let elsewhere = world.journal(two.path());
    assert_eq!(elsewhere.open(0).unwrap().position(), committed + 2);
    assert_eq!(
        dump(&*elsewhere.reader(0).unwrap()),
        expected(committed + 2)
    );
}
