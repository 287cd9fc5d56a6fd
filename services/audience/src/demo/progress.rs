//! How far the demo is: by how many days the purchases are moved, and how many are loaded. Kept so
//! that a later start, on another day or after a crash, goes on where this one was.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rulelang::time::DAY_MS;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::AtomicFile;

const FILE: &str = "demo.json";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    shift_days: i32,
    #[serde(default)]
    loaded: u64,
    /// The log's ends, by partition, before the batch after `loaded` was sent. If it arrived though
    /// its answer did not, it is found there.
    #[serde(default)]
    ends: Vec<u64>,
}

/// The demo's progress and where it is kept.
#[derive(Debug)]
pub(crate) struct DemoProgress {
    path: PathBuf,
    kept: Kept,
}

impl DemoProgress {
    /// What `directory` holds. Where it holds nothing: nothing is loaded, and purchases are moved by
    /// whole days, so that the newest falls on the day before `now`.
    pub(crate) fn open(directory: &Path, newest_day: i32, now: i64) -> Result<Self, Failure> {
        let path = directory.join(FILE);
        if path.exists() {
            let text = fs::read_to_string(&path).map_err(|error| failed("read", &path, &error))?;
            let kept =
                serde_json::from_str(&text).map_err(|error| failed("read", &path, &error))?;
            return Ok(Self { path, kept });
        }
        let yesterday = now.div_euclid(DAY_MS) as i32 - 1;
        let kept = Kept {
            shift_days: yesterday - newest_day,
            loaded: 0,
            ends: vec![],
        };
        fs::create_dir_all(directory).map_err(|error| failed("write", &path, &error))?;
        let progress = Self { path, kept };
        progress.write()?;
        Ok(progress)
    }

    /// By how many days the purchases are moved.
    pub(crate) fn shift_days(&self) -> i32 {
        self.kept.shift_days
    }

    /// How many purchases are surely loaded.
    pub(crate) fn loaded(&self) -> u64 {
        self.kept.loaded
    }

    /// Where the log ended before the batch that may have arrived unheard; empty if there is none.
    pub(crate) fn ends(&self) -> &[u64] {
        &self.kept.ends
    }

    /// The next batch is about to be sent.
    pub(crate) fn sending(&mut self, ends: Vec<u64>) -> Result<(), Failure> {
        self.kept.ends = ends;
        self.write()
    }

    /// Purchases up to there are loaded.
    pub(crate) fn sent(&mut self, loaded: u64) {
        self.kept.loaded = loaded;
    }

    /// All that will be loaded is.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.kept.ends = vec![];
        self.write()
    }

    fn write(&self) -> Result<(), Failure> {
        let write = || {
            let mut file = AtomicFile::create(&self.path)?;
            serde_json::to_writer(&mut file, &self.kept)?;
            file.flush()?;
            file.finish()
        };
        write().map_err(|error: std::io::Error| failed("write", &self.path, &error))
    }
}

fn failed(what: &str, path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(
        format!("cannot {what} `{}`: {error}", path.display()),
        "start over with --fresh, or elsewhere with --data DIR",
    )
}
