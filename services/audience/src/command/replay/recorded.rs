//! `audience replay --data` and `--brokers`: a recorded log through the code of the stream processor.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use kit::wire::change_line;
use serde::Serialize;
use stores::{Log, NewRecord, StoreError};
use stream_processor::Replayed;

use super::files::{ChangesFile, write_members};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::{Align, Output, Table, grouped};

/// Where to write members and changes.
type Files<'a> = (Option<&'a Path>, Option<&'a Path>);

pub(crate) fn run(
    events: &dyn Log,
    (members, changes): Files<'_>,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut file = changes.map(ChangesFile::create).transpose()?;
    let mut sink = |record: NewRecord| {
        if let Some(file) = &mut file {
            file.write(|line| {
                *line = change_line(&record.value, &record.headers)?;
                line.push(b'\n');
                Ok(())
            });
        }
    };
    let replayed = stream_processor::replay(events, &mut sink).map_err(|error| unread(&error))?;
    if let Some(file) = file {
        file.finish()?;
    }
    if let Some(path) = members {
        let members = replayed.members.iter();
        let members = members.flat_map(|(segment, users)| {
            users.iter().map(|user| (segment.as_str(), user.as_str()))
        });
        write_members(path, members)?;
    }
    let summary = Summary::new(&replayed, started);
    match format {
        Format::Json => out.json(&summary)?,
        Format::Text => summary.print(out)?,
    }
    Ok(())
}

fn unread(error: &StoreError) -> Failure {
    Failure::message(format!("cannot read the log: {error}"))
}

/// What a run came to, for people and scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    records: u64,
    dead_letters: u64,
    users: u64,
    changes: u64,
    /// The last stamp; nothing of an empty log.
    until: Option<String>,
    wall_seconds: f64,
    records_per_second: u64,
    segments: Vec<SegmentSize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentSize {
    segment_id: String,
    members: u64,
}

impl Summary {
    fn new(replayed: &Replayed, started: Instant) -> Self {
        let wall_seconds = started.elapsed().as_secs_f64();
        let sizes = replayed.members.iter().map(|(segment, users)| SegmentSize {
            segment_id: segment.clone(),
            members: users.len() as u64,
        });
        Self {
            records: replayed.records,
            dead_letters: replayed.dead_letters,
            users: replayed.users,
            changes: replayed.changes,
            until: replayed.until.map(rulelang::time::format_timestamp),
            wall_seconds,
            records_per_second: (replayed.records as f64 / wall_seconds.max(1e-9)) as u64,
            segments: sizes.collect(),
        }
    }

    fn print(&self, out: &mut Output) -> std::io::Result<()> {
        let style = out.style();
        let bold = |number: u64| style.bold(&grouped(number));
        let until = self.until.as_deref().unwrap_or("nothing");
        let (records, users) = (bold(self.records), bold(self.users));
        writeln!(out, "{records} records of {users} users, up to {until}")?;
        let rate = grouped(self.records_per_second);
        let changes = bold(self.changes);
        writeln!(
            out,
            "{changes} changes, {:.2} s, {rate} records/s",
            self.wall_seconds
        )?;
        if self.dead_letters > 0 {
            writeln!(
                out,
                "{} records could not be used",
                grouped(self.dead_letters)
            )?;
        }
        writeln!(out)?;
        let mut table = Table::new(&[("segment", Align::Left), ("members", Align::Right)]);
        for segment in &self.segments {
            table.row([segment.segment_id.clone(), grouped(segment.members)]);
        }
        table.print("", style, out)
    }
}
