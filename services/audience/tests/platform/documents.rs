//! The calls of `docs/platform.md` and of the README, as printed, against a running platform.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::platform::Platform;

const PATIENCE: Duration = Duration::from_mins(1);

fn document(name: &str) -> String {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The blocks for a shell, from a heading to the next.
fn blocks(document: &str, heading: &str) -> Vec<String> {
    let (_, section) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

/// A call as printed, to where the services are.
fn to(platform: &Platform, call: &str) -> String {
    let ports = ["8081", "8082", "8083", "8084"];
    let places = ports.into_iter().zip(platform.ports());
    places.fold(call.to_owned(), |call, (port, place)| {
        let place = place.trim_start_matches("http://");
        call.replace(&format!("localhost:{port}"), place)
    })
}

#[test]
fn the_calls_of_the_document_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let page = document("docs/platform.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let all = headings.flat_map(|heading| blocks(&page, heading));
    let calls: Vec<String> = all.filter(|block| block.contains("curl")).collect();
    assert!(calls.len() >= 3);
    for call in calls {
        until_it_says("", &to(&platform, &call), directory.path(), &platform.key);
    }
    platform.server.stop();
}

#[test]
fn the_readme_and_the_document_walk_through_keys() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let readme = blocks(&document("README.md"), "Run your own");
    let [serve, calls] = readme.as_slice() else {
        panic!("{readme:?}");
    };
    assert!(serve.contains("serve --data data"));
    // The key is made by the block itself.
    let ann = r#""userId":"ann""#;
    until_it_says(ann, &to(&platform, calls), directory.path(), "");
    let page = blocks(&document("docs/platform.md"), "Keys");
    let [make, look_after] = page.as_slice() else {
        panic!("{page:?}");
    };
    let make = format!("{make}\necho $AUDIENCE_KEY");
    let made = until_it_says("aud_", &make, directory.path(), "");
    let id = made.lines().last().unwrap().split('_').nth(1).unwrap();
    let look_after = look_after.replace("3f2a9c81d04e", id);
    let said = until_it_says("web shop", &look_after, directory.path(), "");
    assert!(said.contains(&format!("{id} is revoked.")), "{said}");
    platform.server.stop();
}

/// Calls until all is well and `wanted` is said: what a call asks about may be on its way, as a segment
/// being built or an event being taken. Returns what is said.
fn until_it_says(wanted: &str, call: &str, folder: &Path, key: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_audience");
    let script = format!(
        "curl() {{ command curl --fail-with-body \"$@\"; }}\naudience() {{ {binary} \"$@\"; }}\nset -e\n{}",
        call.replace("cargo run --release --", "audience")
    );
    let started = Instant::now();
    loop {
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir(folder);
        let ran = command.env("AUDIENCE_KEY", key).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        if ran.status.success() && said.contains(wanted) {
            return said;
        }
        assert!(started.elapsed() < PATIENCE, "{call}\n{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
