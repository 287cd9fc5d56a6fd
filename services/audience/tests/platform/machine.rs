//! A machine whose power goes: unsynced writes are lost, the last ones torn.

#[path = "../../../stores/tests/adapters/power_cut/disk.rs"]
pub(crate) mod disk;
#[path = "../../../stores/tests/adapters/power_cut/shim.rs"]
mod shim;

use std::path::PathBuf;
use std::time::Duration;

use crate::platform::{FREE_PORTS, Platform};
use crate::server::Server;

use self::disk::{Disk, Random};
use self::shim::Shim;

/// A machine with one disk, on which platforms run one after another.
pub(crate) struct Machine {
    shim: Shim,
    place: tempfile::TempDir,
    /// The disk since the last power cut.
    disk: Disk,
    cuts: u64,
    pub(crate) random: Random,
}

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        // In memory where that is possible: what is kept of each sync would only wear a disk.
        let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let place = place.unwrap();
        let root = place.path().join("0");
        std::fs::create_dir(&root).unwrap();
        Self {
            shim: Shim::build(),
            disk: Disk::begin(&root, &place.path().join("shadow")),
            place,
            cuts: 0,
            random: Random::new(seed),
        }
    }

    fn root(&self) -> PathBuf {
        self.place.path().join(self.cuts.to_string())
    }

    fn shadow(&self) -> PathBuf {
        self.place.path().join("shadow")
    }

    /// The folder of the platform, which it makes itself.
    pub(crate) fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let all = self.shim.environment(&self.root(), &self.shadow());
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        all.into_iter()
            .map(|(name, path)| (name, text(path)))
            .collect()
    }

    pub(crate) fn start(&self) -> Platform {
        let environment = self.environment();
        let environment = environment.iter();
        let environment: Vec<_> = environment
            .map(|(name, path)| (*name, path.as_str()))
            .collect();
        Platform::start(&self.data(), &environment)
    }

    /// Starts a command with the folder, and does not wait for it.
    pub(crate) fn begin(&self, command: &str) -> Server {
        let environment = self.environment();
        let environment = environment.iter();
        let environment = environment.map(|(name, path)| (*name, path.as_str()));
        let environment: Vec<_> = environment.chain(FREE_PORTS).collect();
        let data = self.data();
        Server::start(&[command, "--data", data.to_str().unwrap()], &environment)
    }

    /// Leaves of the disk what a power cut might; nothing runs any more.
    pub(crate) fn cut(&mut self) {
        let before = self.root();
        self.cuts += 1;
        self.disk.cut(&self.root(), &mut self.random);
        std::fs::remove_dir_all(before).unwrap();
        std::fs::remove_dir_all(self.shadow()).unwrap();
        self.disk = Disk::begin(&self.root(), &self.shadow());
    }

    /// Leaves to chance, one time in two.
    pub(crate) fn is_so(&mut self) -> bool {
        self.random.below(2) == 0
    }

    /// A while of up to so many milliseconds.
    pub(crate) fn while_of(&mut self, milliseconds_max: u64) -> Duration {
        Duration::from_millis(self.random.below(milliseconds_max))
    }
}
