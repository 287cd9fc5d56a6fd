//! The console in a real browser (`browser/console.mjs`), where node and Chromium are.

use std::path::Path;
use std::process::Command;

use crate::platform::Platform;
use crate::server::shipped;

#[test]
fn whoever_signs_in_makes_a_segment_that_gets_a_member() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("node") || !has("npm") || !has("chromium") {
        println!("skipped: this test needs node, npm and chromium");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("browser");
    std::fs::create_dir(&folder).unwrap();
    for name in ["console.mjs", "package.json", "package-lock.json"] {
        std::fs::copy(shipped("browser").join(name), folder.join(name)).unwrap();
    }
    run(Command::new("npm")
        .args(["ci", "--silent", "--no-audit"])
        .current_dir(&folder));
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let shots = std::env::var("TEST_SHOTS");
    let shots = shots.unwrap_or_else(|_| folder.to_str().unwrap().to_owned());
    let arguments = [
        "console.mjs",
        &platform.segments,
        &platform.ingestion,
        &shots,
        &platform.key,
    ];
    run(Command::new("node").args(arguments).current_dir(&folder));
    assert!(Path::new(&shots).join("4-a-member.png").exists());
    platform.server.stop();
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    let told = [stdout, stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{}\n{}", told[0], told[1]);
}
