//! The demo's own load, cut short: it ends in the same members as an undisturbed one, for the demo
//! compares its live members with those of a replay before it prints them.

use std::path::Path;
use std::time::Duration;

use crate::crash::{from_environment, seed};
use crate::machine::Machine;
use crate::platform::FREE_PORTS;
use crate::server::Server;

/// A line that the demo prints before it loads.
const BEFORE_THE_LOAD: &str = "so that the newest falls on";
/// How long the demo loads before the power goes, at most.
const LOADED_MS: u64 = 1500;

#[test]
fn a_load_killed_again_and_again_ends_in_the_same_members() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("demo");
    for after_ms in [300, 900, 1500] {
        let args = ["demo", "--data", data.to_str().unwrap()];
        let mut demo = Server::start(&args, &FREE_PORTS);
        demo.wait_for(BEFORE_THE_LOAD);
        std::thread::sleep(Duration::from_millis(after_ms));
        demo.kill();
    }
    ends_in_the_same_members(&data);
}

#[test]
fn a_load_that_the_power_fails_again_and_again_ends_in_the_same_members() {
    let seed = seed();
    println!("seed {seed}");
    let mut machine = Machine::new(seed);
    for _ in 0..from_environment("TEST_CUTS", 3) {
        let mut demo = machine.begin("demo");
        demo.wait_for(BEFORE_THE_LOAD);
        std::thread::sleep(machine.while_of(LOADED_MS));
        demo.kill();
        machine.cut();
    }
    ends_in_the_same_members(&machine.data());
}

fn ends_in_the_same_members(data: &Path) {
    let data = data.to_str().unwrap();
    let mut demo = Server::start(&["demo", "--data", data], &FREE_PORTS);
    demo.wait_for("Ctrl-C");
    assert!(demo.printed.contains("big-spenders"), "{}", demo.printed);
    demo.stop();
    let replay = Server::start(&["replay", "--data", data, "--format", "json"], &[]);
    let printed = replay.wait_until_ended();
    let replayed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(replayed["users"], 23_570, "{printed}");
}
