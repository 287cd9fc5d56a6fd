//! The demo's own load, cut short: it ends in the same members as an undisturbed one, for the demo
//! compares its live members with those of a replay before it prints them.

use std::time::Duration;

use crate::platform::FREE_PORTS;
use crate::server::Server;

#[test]
fn a_load_killed_again_and_again_ends_in_the_same_members() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("demo");
    let data = data.to_str().unwrap();
    for after_ms in [300, 900, 1500] {
        let mut demo = Server::start(&["demo", "--data", data], &FREE_PORTS);
        demo.wait_for("so that the newest falls on");
        std::thread::sleep(Duration::from_millis(after_ms));
        demo.kill();
    }
    let mut demo = Server::start(&["demo", "--data", data], &FREE_PORTS);
    demo.wait_for("Ctrl-C");
    assert!(demo.printed.contains("big-spenders"), "{}", demo.printed);
    demo.stop();
    let replay = Server::start(&["replay", "--data", data, "--format", "json"], &[]);
    let printed = replay.wait_until_ended();
    let replayed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(replayed["users"], 23_570, "{printed}");
}
