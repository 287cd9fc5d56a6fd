//! Inputs that once broke something, and a few that could: `fuzz/regressions`, on the properties that
//! the fuzzer holds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop and speak"
)]

#[path = "../../fuzz/properties/state_format.rs"]
mod state_format;

/// Calls `holds` with each file of a target's folder.
fn replay(target: &str, holds: fn(&[u8])) {
    let folder = format!(
        "{}/../fuzz/regressions/{target}",
        env!("CARGO_MANIFEST_DIR")
    );
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert!(!files.is_empty(), "nothing in {folder}");
    for file in files {
        let path = file.unwrap().path();
        println!("{}", path.display());
        holds(&std::fs::read(&path).unwrap());
    }
}

#[test]
fn stored_states_that_broke_something_hold() {
    replay("state_format", state_format::holds);
}
