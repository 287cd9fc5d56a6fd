//! The shim as a library. The tests of the whole platform use this file and `disk.rs` too.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The built shim, as long as the value lives.
pub(super) struct Shim {
    library: PathBuf,
    _dir: tempfile::TempDir,
}

impl Shim {
    pub(super) fn build() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (source, library) = (dir.path().join("shim.c"), dir.path().join("power_cut.so"));
        std::fs::write(&source, include_str!("shim.c")).unwrap();
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-o"])
            .args([&library, &source])
            .status()
            .unwrap();
        assert!(built.success(), "cc did not build {}", source.display());
        Self { library, _dir: dir }
    }

    /// What a process has to have in its environment to run over the shim.
    pub(super) fn environment(&self, root: &Path, shadow: &Path) -> [(&'static str, PathBuf); 3] {
        [
            ("LD_PRELOAD", self.library.clone()),
            ("POWER_CUT_ROOT", root.to_owned()),
            ("POWER_CUT_SHADOW", shadow.to_owned()),
        ]
    }
}
