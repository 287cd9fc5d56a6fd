//! Replays a target's kept inputs on the property that the fuzzer holds.

/// Calls `holds` with each file of a target's folder.
pub(crate) fn replay(target: &str, holds: fn(&[u8])) {
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
