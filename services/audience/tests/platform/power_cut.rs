//! The power goes: unsynced writes are lost, the last ones torn. What was acknowledged is there, and
//! whoever saw a change before sees it again as it was.

#[path = "../../../stores/tests/adapters/power_cut/disk.rs"]
pub(crate) mod disk;
#[path = "../../../stores/tests/adapters/power_cut/shim.rs"]
mod shim;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;

use crate::crash::{from_environment, random};
use crate::follower::Follower;
use crate::load::{Load, load, make_segments};
use crate::platform::{FREE_PORTS, Platform};
use crate::server::Server;
use crate::verify::{everything_adds_up, identity};

use self::disk::{Disk, Random};
use self::shim::Shim;

/// How long a platform is loaded, at most.
const LOADED_MS: u64 = 600;
/// A start takes about as long.
const STARTING_MS: u64 = 200;

/// A machine with one disk, on which platforms run one after another.
struct Machine {
    shim: Shim,
    place: tempfile::TempDir,
    /// The disk since the last power cut.
    disk: Disk,
    cuts: u64,
    random: Random,
}

impl Machine {
    fn new() -> Self {
        // In memory where that is possible: what is kept of each sync would only wear a disk.
        let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let place = place.unwrap();
        let root = place.path().join("0");
        std::fs::create_dir(&root).unwrap();
        Self {
            shim: Shim::build(),
            disk: Disk::begin(&root, &place.path().join("shadow")),
            place,
            cuts: 0,
            random: random(),
        }
    }

    fn root(&self) -> PathBuf {
        self.place.path().join(self.cuts.to_string())
    }

    fn shadow(&self) -> PathBuf {
        self.place.path().join("shadow")
    }

    /// The folder of the platform, which it makes itself.
    fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let all = self.shim.environment(&self.root(), &self.shadow());
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        all.into_iter()
            .map(|(name, path)| (name, text(path)))
            .collect()
    }

    fn start(&self) -> Platform {
        let environment = self.environment();
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, path)| (*name, path.as_str()))
            .collect();
        Platform::start(&self.data(), &environment)
    }

    /// Starts a platform that does not get far.
    async fn start_and_kill(&mut self) {
        let environment = self.environment();
        let environment = environment
            .iter()
            .map(|(name, path)| (*name, path.as_str()));
        let environment: Vec<_> = environment.chain(FREE_PORTS).collect();
        let data = self.data();
        let server = Server::start(&["serve", "--data", data.to_str().unwrap()], &environment);
        self.wait(STARTING_MS).await;
        server.kill();
    }

    /// Leaves of the disk what a power cut might; nothing runs any more.
    fn cut(&mut self) {
        let before = self.root();
        self.cuts += 1;
        self.disk.cut(&self.root(), &mut self.random);
        std::fs::remove_dir_all(before).unwrap();
        std::fs::remove_dir_all(self.shadow()).unwrap();
        self.disk = Disk::begin(&self.root(), &self.shadow());
    }

    /// Leaves to chance, one time in two.
    fn is_so(&mut self) -> bool {
        self.random.below(2) == 0
    }

    async fn wait(&mut self, milliseconds_max: u64) {
        let milliseconds = self.random.below(milliseconds_max);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

#[tokio::test]
async fn power_cuts_at_random_moments_lose_and_double_nothing() {
    let mut machine = Machine::new();
    let what = Arc::new(Load::default());
    let follower = Arc::new(Mutex::new(Follower::default()));
    if machine.is_so() {
        machine.start_and_kill().await;
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
            machine.start_and_kill().await;
        }
        machine.cut();
    }
    let changes = everything_adds_up(&machine.data(), &what).await;
    let mut follower = follower.lock().await;
    saw_what_is_there(&machine.data(), &mut follower, &changes).await;
}

/// Kills a platform under load, or when the load has just ended and a follower has seen everything.
async fn load_and_kill(machine: &mut Machine, what: &Arc<Load>, follower: &Arc<Mutex<Follower>>) {
    let platform = Arc::new(machine.start());
    let tasks = load(&platform, what);
    let (following, followed) = (Arc::clone(follower), Arc::clone(&platform));
    let follower = tokio::spawn(async move {
        // It ends with the platform.
        let mut follower = following.lock().await;
        follower.follow(&followed, |_| false).await.unwrap_or(());
    });
    machine.wait(LOADED_MS).await;
    if machine.is_so() {
        platform.server.kill_now();
        tasks.join_all().await;
    } else {
        what.pause(tasks).await;
        platform.caught_up().await;
        machine.wait(STARTING_MS).await;
        platform.server.kill_now();
    }
    follower.await.unwrap();
}

/// A follower saw nothing that is not in the stream in the end, and missed nothing.
async fn saw_what_is_there(data: &Path, follower: &mut Follower, changes: &[Value]) {
    let platform = Platform::start(data, &[]);
    let ends = platform.changes_end().await;
    let end: Vec<String> = ends.iter().map(u64::to_string).collect();
    let end = Some(end.join("-"));
    let is_enough = |follower: &Follower| follower.at == end;
    follower.follow(&platform, is_enough).await.unwrap();
    let all: BTreeSet<String> = changes.iter().map(identity).collect();
    let seen: BTreeSet<String> = follower.seen.iter().map(identity).collect();
    let again = follower.seen.len() - seen.len();
    println!("{} changes, {again} of them seen twice", all.len());
    let untrue: Vec<_> = seen.difference(&all).take(3).collect();
    assert!(untrue.is_empty(), "was seen and is not there: {untrue:?}");
    let missed: Vec<_> = all.difference(&seen).collect();
    assert!(missed.is_empty(), "{} missed: {missed:?}", missed.len());
}
