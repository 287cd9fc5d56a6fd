//! The files that a replay writes: who is in at the end, and every change.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::Failure;
use crate::output::AtomicFile;

/// The `user-segments` messages, one a line.
pub(super) struct ChangesFile {
    path: PathBuf,
    file: AtomicFile,
    line: Vec<u8>,
    failed: Option<std::io::Error>,
}

impl ChangesFile {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            path: path.to_owned(),
            file: AtomicFile::create(path).map_err(|error| unwritable(path, &error))?,
            line: vec![],
            failed: None,
        })
    }

    /// Writes the line that `encode` appends. The first failure is kept for [`Self::finish`].
    pub(super) fn write(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) {
        self.line.clear();
        let written = encode(&mut self.line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.file.write_all(&self.line));
        self.failed = self.failed.take().or(written.err());
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let result = self
            .failed
            .map_or(Ok(()), Err)
            .and_then(|()| self.file.finish());
        result.map_err(|error| unwritable(&self.path, &error))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    segment_id: &'a str,
    user_id: &'a str,
}

/// Writes members, each a segment's and a user's id, in the order given.
pub(super) fn write_members<'a>(
    path: &Path,
    members: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Failure> {
    let write = || {
        let mut file = AtomicFile::create(path)?;
        for (segment_id, user_id) in members {
            let member = Member {
                segment_id,
                user_id,
            };
            serde_json::to_writer(&mut file, &member)?;
            file.write_all(b"\n")?;
        }
        file.finish()
    };
    write().map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::message(format!("cannot write `{}`: {error}", path.display()))
}
