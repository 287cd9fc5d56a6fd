//! How far an import is, kept beside its file.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::AtomicFile;

/// What became of the lines so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Lines that were dealt with, blank ones too.
    pub(crate) lines: u64,
    /// Facts that are in the log.
    pub(crate) accepted: u64,
    /// Facts that ingestion had already.
    pub(crate) duplicates: u64,
    /// Records that could not be used.
    pub(crate) rejected: u64,
    /// Records that the mapping leaves out.
    pub(crate) ignored: u64,
}

/// What is being imported: another file or mapping is another import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subject {
    /// Bytes of the file.
    pub(super) size: u64,
    /// Of the mapping.
    pub(super) mapping: String,
    /// Where the facts go.
    pub(super) url: String,
}

/// How far an import is, and where that is kept.
#[derive(Debug)]
pub(super) struct Resume {
    path: PathBuf,
    kept: Kept,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(flatten)]
    subject: Subject,
    #[serde(flatten)]
    counts: Counts,
}

impl Resume {
    /// How far the import of a subject is; at its beginning where nothing is kept, or what is kept
    /// is to be forgotten.
    pub(super) fn open(path: PathBuf, subject: Subject, restart: bool) -> Result<Self, Failure> {
        let counts = Counts::default();
        let fresh = Kept { subject, counts };
        if restart || !path.exists() {
            return Ok(Self { path, kept: fresh });
        }
        let failed = |error: &dyn std::error::Error| {
            let message = format!("cannot read `{}`: {error}", path.display());
            Failure::new(message, "begin again with --restart")
        };
        let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
        let kept: Kept = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        if kept.subject != fresh.subject {
            let message = format!(
                "`{}` tells of another import: of another file, mapping or platform",
                path.display()
            );
            return Err(Failure::new(message, "begin this one with --restart"));
        }
        Ok(Self { path, kept })
    }

    pub(super) fn counts(&self) -> Counts {
        self.kept.counts
    }

    /// Keeps how far it is now.
    pub(super) fn keep(&mut self, counts: Counts) -> Result<(), Failure> {
        self.kept.counts = counts;
        self.write().map_err(|error| {
            let path = self.path.display();
            let message = format!("cannot write `{path}`: {error}");
            Failure::new(message, "name another place with --progress")
        })
    }

    fn write(&self) -> std::io::Result<()> {
        let mut file = AtomicFile::create(&self.path)?;
        serde_json::to_writer(&mut file, &self.kept)?;
        writeln!(file)?;
        file.finish()
    }
}
