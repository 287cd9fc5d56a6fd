//! The power goes, again and again: what was acknowledged is there, and whoever saw a change before
//! sees it again as it was.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::crash::{from_environment, seed};
use crate::follower::Follower;
use crate::load::{Load, load, make_segments};
use crate::machine::Machine;
use crate::platform::Platform;
use crate::verify::{Deployment, everything_adds_up, identity};

/// How long a platform is loaded, at most.
const LOADED_MS: u64 = 600;
/// A start takes about as long.
const STARTING_MS: u64 = 200;

#[tokio::test]
async fn power_cuts_at_random_moments_lose_and_double_nothing() {
    let seed = seed();
    println!("seed {seed}");
    let mut machine = Machine::new(seed);
    let what = Arc::new(Load::default());
    let follower = Arc::new(Mutex::new(Follower::default()));
    if machine.is_so() {
        start_and_kill(&mut machine).await;
    }
    let first = machine.start();
    make_segments(&first, &what).await;
    first.server.kill();
    machine.cut();
    for _ in 1..from_environment("TEST_CUTS", 6) {
        load_and_kill(&mut machine, &what, &follower).await;
        // A kill keeps what was not synced, for a later power cut to take.
        if machine.is_so() {
            load_and_kill(&mut machine, &what, &follower).await;
        }
        if machine.is_so() {
            start_and_kill(&mut machine).await;
        }
        machine.cut();
    }
    let changes = everything_adds_up(&Deployment::embedded(&machine.data()), &what).await;
    let mut follower = follower.lock().await;
    let again = saw_what_is_there(&machine.data(), &mut follower, &changes).await;
    println!("{} changes, {again} of them seen twice", changes.len());
}

/// A follower once went on after changes that a power cut took, and which then came in another order.
#[tokio::test]
async fn who_follows_on_is_told_again_what_is_not_durable_yet() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    platform
        .create(&[("spent", "SUM(purchase.amount) > 500")])
        .await;
    let mut follower = Follower::default();
    for (user, count) in [("ann", 1), ("bob", 3)] {
        let event = json!({"userId": user, "eventType": "purchase", "properties": {"amount": 501}});
        let url = format!("{}/api/events", platform.ingestion);
        assert_eq!(platform.post(url, &event).await.unwrap().0, 202);
        let is_enough = |follower: &Follower| follower.seen.len() >= count;
        follower.follow(&platform, is_enough).await.unwrap();
    }
    // The commit of ann's change became durable with bob's event, that of bob's has not yet.
    let users = follower.seen.iter().map(|change| &change["userId"]);
    let mut users: Vec<_> = users.collect();
    users[1..].sort_by_key(|user| user.as_str());
    assert_eq!(users, ["ann", "ann", "bob"]);
    platform.server.stop();
}

/// Kills a platform that did not get far.
async fn start_and_kill(machine: &mut Machine) {
    let server = machine.begin("serve");
    tokio::time::sleep(machine.while_of(STARTING_MS)).await;
    server.kill();
}

/// Kills a platform under load, or when the load has just ended and a follower has seen everything.
async fn load_and_kill(machine: &mut Machine, what: &Arc<Load>, follower: &Arc<Mutex<Follower>>) {
    let platform = Arc::new(machine.start());
    let tasks = load(&platform.api, what);
    let (following, followed) = (Arc::clone(follower), Arc::clone(&platform));
    let follower = tokio::spawn(async move {
        // It ends with the platform.
        let mut follower = following.lock().await;
        follower.follow(&followed, |_| false).await.unwrap_or(());
    });
    tokio::time::sleep(machine.while_of(LOADED_MS)).await;
    if machine.is_so() {
        platform.server.kill_now();
        tasks.join_all().await;
    } else {
        what.pause(tasks).await;
        platform.caught_up().await;
        tokio::time::sleep(machine.while_of(STARTING_MS)).await;
        platform.server.kill_now();
    }
    follower.await.unwrap();
}

/// A follower saw nothing that is not in the stream in the end, and missed nothing. Returns how many
/// changes were seen again.
async fn saw_what_is_there(data: &Path, follower: &mut Follower, changes: &[Value]) -> usize {
    let platform = Platform::start(data, &[]);
    let ends = platform.changes_end().await;
    let end: Vec<String> = ends.iter().map(u64::to_string).collect();
    let end = Some(end.join("-"));
    let is_enough = |follower: &Follower| follower.at == end;
    follower.follow(&platform, is_enough).await.unwrap();
    let all: BTreeSet<String> = changes.iter().map(identity).collect();
    let seen: BTreeSet<String> = follower.seen.iter().map(identity).collect();
    let untrue: Vec<_> = seen.difference(&all).take(3).collect();
    assert!(untrue.is_empty(), "was seen and is not there: {untrue:?}");
    let missed: Vec<_> = all.difference(&seen).collect();
    assert!(missed.is_empty(), "{} missed: {missed:?}", missed.len());
    follower.seen.len() - seen.len()
}
