//! One import from its file's next line to its last.

use std::path::PathBuf;

use kit::wire::EVENT_BYTES_MAX;
use serde_json::Value;

use super::lines::{Line, Lines};
use super::mapping::{Mapped, Mapping};
use super::rejects::{Reject, Rejects};
use super::resume::{Counts, Resume, Subject};
use super::sender::{Sender, Verdict};
use crate::client::KeyArg;
use crate::failure::Failure;
use crate::progress::Progress;

/// What ingestion takes at once: calls, and bytes of them with a margin for what stands around.
const BATCH_CALLS_MAX: usize = 2_500;
const BATCH_BYTES_MAX: usize = 480 * 1024;

/// What to import and how.
#[derive(Debug)]
pub(crate) struct Import {
    /// The file.
    pub(crate) events: String,
    pub(crate) mapping: Mapping,
    /// Where ingestion is.
    pub(crate) url: String,
    pub(crate) key: KeyArg,
    /// Where it is kept how far the import is.
    pub(crate) progress: PathBuf,
    /// Where records go that cannot be used.
    pub(crate) rejected: PathBuf,
    /// Begins at the first line, whatever was imported before.
    pub(crate) restart: bool,
}

/// Imports what is left of a file. Returns what became of all of its lines.
pub(crate) async fn run(import: &Import) -> Result<Counts, Failure> {
    let mut lines = Lines::open(&import.events)?;
    let subject = Subject {
        size: lines.size(),
        mapping: import.mapping.fingerprint().to_owned(),
        url: import.url.clone(),
    };
    let resume = Resume::open(import.progress.clone(), subject, import.restart)?;
    let counts = resume.counts();
    if import.rejected == import.progress {
        let message = "progress and rejected records cannot go into one file";
        return Err(Failure::new(message, "name another with --rejected"));
    }
    let mut running = Running {
        mapping: &import.mapping,
        sender: Sender::new(&import.url, &import.key)?,
        rejects: Rejects::open(import.rejected.clone(), counts.lines > 0)?,
        resume,
        counts,
        batch: Batch::default(),
    };
    let mut display = Progress::new("importing", lines.size());
    let mut shown = 0;
    while let Some((number, line)) = lines.next()? {
        if number <= counts.lines {
            continue;
        }
        if running.take(number, line) {
            running.flush().await?;
            display.advance(lines.bytes_read() - shown);
            shown = lines.bytes_read();
        }
    }
    running.flush().await?;
    display.finish();
    Ok(running.counts)
}

struct Running<'a> {
    mapping: &'a Mapping,
    sender: Sender,
    rejects: Rejects,
    resume: Resume,
    counts: Counts,
    batch: Batch,
}

/// Lines that are noted together.
#[derive(Default)]
struct Batch {
    /// Calls as JSON, with commas between them.
    calls: String,
    /// The line of each call, and the record.
    records: Vec<(u64, Vec<u8>)>,
    rejects: Vec<Reject>,
    ignored: u64,
    /// The last line.
    line: u64,
}

impl Running<'_> {
    /// Takes a line. Whether the batch is full.
    fn take(&mut self, number: u64, line: Line) -> bool {
        let batch = &mut self.batch;
        batch.line = number;
        match line {
            Line::Whole(bytes) if bytes.is_empty() => {}
            Line::Whole(bytes) => batch.take(self.mapping, number, bytes),
            Line::TooLong => batch.reject(number, "the line is longer than 1 MiB", vec![]),
        }
        batch.is_full()
    }

    /// Sends the batch and notes how far the import is.
    async fn flush(&mut self) -> Result<(), Failure> {
        let mut batch = std::mem::take(&mut self.batch);
        if batch.line == 0 {
            return Ok(());
        }
        let verdict = if batch.records.is_empty() {
            Verdict::default()
        } else {
            let calls = std::mem::take(&mut batch.calls);
            self.sender.send(format!("{{\"batch\":[{calls}]}}")).await?
        };
        for rejected in &verdict.rejected {
            if let Some((number, record)) = batch.records.get_mut(rejected.index) {
                let (number, record) = (*number, std::mem::take(record));
                batch.rejects.push(Reject {
                    line: number,
                    reason: rejected.problem.detail.clone(),
                    record,
                });
            }
        }
        batch.rejects.sort_by_key(|reject| reject.line);
        self.rejects.write(&batch.rejects)?;
        self.counts.lines = batch.line;
        self.counts.accepted += verdict.accepted;
        self.counts.duplicates += verdict.duplicates;
        self.counts.rejected += batch.rejects.len() as u64;
        self.counts.ignored += batch.ignored;
        self.resume.keep(self.counts)
    }
}

impl Batch {
    fn take(&mut self, mapping: &Mapping, number: u64, bytes: Vec<u8>) {
        let record: Value = match serde_json::from_slice(&bytes) {
            Ok(record) => record,
            Err(error) => {
                return self.reject(number, &format!("it is no JSON: {error}"), bytes);
            }
        };
        // Of the content and the place: sent again it is the same, and two equal lines are two.
        let own_id = format!(
            "import-{number}-{:016x}",
            xxhash_rust::xxh3::xxh3_64(&bytes)
        );
        match mapping.map(&record, &own_id) {
            Mapped::Ignored => self.ignored += 1,
            Mapped::Unknown => {
                self.reject(number, "no rule of the mapping fits it", bytes);
            }
            Mapped::Call(call) => self.push(number, &call.to_string(), bytes),
        }
    }

    /// One that is too large is found here: with it the whole batch would be refused.
    fn push(&mut self, number: u64, call: &str, record: Vec<u8>) {
        if call.len() > EVENT_BYTES_MAX {
            let reason = format!("as a fact it is larger than {EVENT_BYTES_MAX} bytes");
            return self.reject(number, &reason, record);
        }
        if !self.records.is_empty() {
            self.calls.push(',');
        }
        self.calls.push_str(call);
        self.records.push((number, record));
    }

    fn reject(&mut self, line: u64, reason: &str, record: Vec<u8>) {
        let reason = reason.to_owned();
        self.rejects.push(Reject {
            line,
            reason,
            record,
        });
    }

    fn is_full(&self) -> bool {
        // What one more call may have must fit too.
        let bytes = self.calls.len() + EVENT_BYTES_MAX;
        self.records.len() >= BATCH_CALLS_MAX
            || bytes > BATCH_BYTES_MAX
            || self.rejects.len() >= BATCH_CALLS_MAX
    }
}
