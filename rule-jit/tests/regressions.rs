//! Inputs that once broke something, and a few that could: `fuzz/regressions`, on the properties that
//! the fuzzer holds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop and speak"
)]

#[path = "../../fuzz/properties/engines.rs"]
mod engines;

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
fn engines_agree_where_they_once_did_not() {
    replay("engines", engines::holds);
}
