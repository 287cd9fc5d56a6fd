//! Whatever is killed, and whenever: what was accepted is counted once, changes have no gap and no
//! double, and everything equals a replay of the recorded log.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::load::{Load, load, make_segments};
use crate::machine::disk::Random;
use crate::platform::Platform;
use crate::verify::{Deployment, everything_adds_up};

/// Starts the platform and loads it until it is gone.
fn start(data: &Path, what: &Arc<Load>) -> (Arc<Platform>, JoinSet<()>) {
    let platform = Arc::new(Platform::start(data, &[]));
    let tasks = load(&platform.api, what);
    (platform, tasks)
}

/// The same with a place at which it ends itself. It may pass that place before it serves: what is
/// left from the last time is worked on at once. Then it is started again.
fn start_to_end_at(data: &Path, what: &Arc<Load>, point: &str) -> (Arc<Platform>, JoinSet<()>) {
    let starts =
        std::iter::repeat_with(|| Platform::try_start(data, &[("AUDIENCE_CRASH_POINT", point)]));
    let platform = Arc::new(starts.take(100).flatten().next().unwrap());
    let tasks = load(&platform.api, what);
    (platform, tasks)
}

/// A number from the environment, such as `TEST_KILLS=200`.
pub(crate) fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// What random numbers begin with, `TEST_SEED`.
pub(crate) fn seed() -> u64 {
    from_environment("TEST_SEED", 0x5eed)
}

#[tokio::test]
async fn kills_at_random_moments_lose_and_double_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let seed = seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let what = Arc::new(Load::default());
    let first = Platform::start(&data, &[]);
    make_segments(&first, &what).await;
    first.server.kill();
    for _ in 0..from_environment("TEST_KILLS", 8) {
        let (platform, tasks) = start(&data, &what);
        tokio::time::sleep(Duration::from_millis(random.below(600))).await;
        platform.server.kill_now();
        tasks.join_all().await;
    }
    everything_adds_up(&Deployment::embedded(&data), &what).await;
}

/// Where the processor ends itself, and the how manyth passing of that place it is.
const POINTS: [&str; 9] = [
    "after-append-before-commit:40",
    "after-append-before-commit:300",
    "after-commit-before-view:30",
    "after-commit-before-view:200",
    "after-deadline-before-commit:3",
    "after-deadline-before-commit:20",
    "between-transfer-halves:1",
    "during-build:1",
    "during-switch-sweep:1",
];

#[tokio::test]
async fn every_crash_point_loses_and_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let what = Arc::new(Load::default());
    let first = Platform::start(&data, &[]);
    make_segments(&first, &what).await;
    first.server.kill();
    for point in POINTS {
        let (platform, tasks) = start_to_end_at(&data, &what, point);
        let started = Instant::now();
        while !platform.server.has_ended() {
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "{point} was not passed"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tasks.join_all().await;
    }
    everything_adds_up(&Deployment::embedded(&data), &what).await;
}
