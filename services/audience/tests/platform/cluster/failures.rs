//! Whatever is killed, the platform, the database or the broker: what was accepted is counted once.

use std::sync::Arc;
use std::time::Duration;

use store_contracts::aerospike::Server as Aerospike;

use super::parts::Parts;
use crate::crash::{from_environment, seed};
use crate::load::{Load, load, make_segments};
use crate::machine::disk::Random;
use crate::verify::everything_adds_up;

#[tokio::test(flavor = "multi_thread")]
async fn kills_of_the_platform_and_of_its_parts_lose_and_double_nothing() {
    let Some(mut parts) = Parts::start().await else {
        return;
    };
    let seed = seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let what = Arc::new(Load::default());
    let mut platform = Arc::new(parts.deployment.start());
    make_segments(&platform, &what).await;
    for round in 0..from_environment("TEST_CLUSTER_KILLS", 6) {
        let tasks = load(&platform.api, &what);
        tokio::time::sleep(Duration::from_millis(500 + random.below(1_000))).await;
        match round % 3 {
            0 => {
                platform.server.kill_now();
                tasks.join_all().await;
                platform = Arc::new(parts.deployment.start());
            }
            1 => {
                // The view's server, too, which comes back empty.
                parts.database.crash();
                parts.aerospike.iter_mut().for_each(Aerospike::kill);
                tokio::time::sleep(Duration::from_millis(random.below(2_000))).await;
                parts.database.start();
                parts.aerospike.iter_mut().for_each(Aerospike::restart);
                what.pause(tasks).await;
            }
            _ => {
                parts.broker.kill();
                tokio::time::sleep(Duration::from_millis(random.below(2_000))).await;
                parts.broker.restart();
                what.pause(tasks).await;
            }
        }
        // The parts work again before the next one is killed.
        platform.caught_up().await;
    }
    platform.server.kill_now();
    everything_adds_up(&parts.deployment, &what).await;
}
