//! Records that could not be used, each with its line and the reason, for whoever mends them.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;

/// A file of them, made with the first.
#[derive(Debug)]
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<File>,
}

impl Rejects {
    /// At `path`; what an earlier run left there stays only where this one goes on from it.
    pub(super) fn open(path: PathBuf, goes_on: bool) -> Result<Self, Failure> {
        if !goes_on && path.exists() {
            std::fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        }
        Ok(Self { path, file: None })
    }

    /// Writes lines down, durably.
    pub(super) fn write(&mut self, rejects: &[Reject]) -> Result<(), Failure> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.append(rejects)
            .map_err(|error| failed(&self.path, &error))
    }

    fn append(&mut self, rejects: &[Reject]) -> std::io::Result<()> {
        let mut text = vec![];
        for Reject {
            line,
            reason,
            record,
        } in rejects
        {
            let record = serde_json::from_slice::<Value>(record)
                .unwrap_or_else(|_| json!(String::from_utf8_lossy(record)));
            serde_json::to_writer(
                &mut text,
                &json!({
                    "line": line, "reason": reason, "record": record,
                }),
            )?;
            text.push(b'\n');
        }
        if self.file.is_none() {
            self.file = Some(
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&self.path)?,
            );
        }
        if let Some(file) = &mut self.file {
            file.write_all(&text)?;
            file.sync_data()?;
        }
        Ok(())
    }
}

/// A record that could not be used.
#[derive(Debug)]
pub(super) struct Reject {
    pub(super) line: u64,
    pub(super) reason: String,
    pub(super) record: Vec<u8>,
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot write `{}`: {error}", path.display());
    Failure::new(message, "name another place with --rejected")
}
