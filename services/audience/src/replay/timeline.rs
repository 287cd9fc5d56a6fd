//! The facts of one or more files in the order of the virtual log: by (timestamp, id bytes).
//!
//! Facts stay text until they are applied: the timeline holds where each one lies.

use kit::wire::{Body, Decoder, Header, Missing};

use super::BadLines;
use crate::input::{Input, lines};
use crate::progress::Progress;

/// A file of facts.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) input: Input,
    pub(crate) body: Body,
}

impl Source {
    fn decoder(&self) -> Decoder {
        Decoder::new(self.body, Missing::REFUSED)
    }
}

/// Where a fact lies and when it happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// In milliseconds.
    pub(crate) timestamp: i64,
    /// Index of its source.
    pub(crate) source: usize,
    /// Number of its line, from 1.
    pub(crate) line: u64,
    start: usize,
    length: usize,
}

/// Facts in order.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    sources: &'a [Source],
    /// Traits without a timestamp, in the order of their files: they hold from the beginning.
    pub(crate) untimed: Vec<Entry>,
    /// The others, by (timestamp, id bytes).
    pub(crate) timed: Vec<Entry>,
    span: Option<(i64, i64)>,
}

impl<'a> Timeline<'a> {
    /// Reads every line of every source. Lines that cannot be used are left out and noted.
    pub(crate) fn read(sources: &'a [Source]) -> (Self, BadLines) {
        let mut timeline = Self {
            sources,
            untimed: vec![],
            timed: vec![],
            span: None,
        };
        let mut bad = BadLines::default();
        let is_in_order = timeline.scan(&mut bad);
        if !is_in_order {
            timeline.sort();
        }
        let ends = timeline.timed.first().zip(timeline.timed.last());
        timeline.span = ends.map(|(first, last)| (first.timestamp, last.timestamp));
        (timeline, bad)
    }

    /// The text of an entry.
    pub(crate) fn text(&self, entry: &Entry) -> &'a [u8] {
        let bytes = self
            .sources
            .get(entry.source)
            .map(|source| source.input.bytes.as_slice());
        let line = bytes.and_then(|bytes| bytes.get(entry.start..entry.start + entry.length));
        line.unwrap_or_default()
    }

    /// Decoders of the sources, in their order.
    pub(crate) fn decoders(&self) -> Vec<Decoder> {
        self.sources.iter().map(Source::decoder).collect()
    }

    /// The instants of the first and the last fact that has one, whoever's it is.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        self.span
    }

    /// Leaves out everybody else's facts; whether any are left. The span stays.
    pub(crate) fn keep_user(&mut self, user: &str) -> bool {
        let mut decoders = self.decoders();
        let (mut untimed, mut timed) = (
            std::mem::take(&mut self.untimed),
            std::mem::take(&mut self.timed),
        );
        for entries in [&mut untimed, &mut timed] {
            entries.retain(|entry| {
                let header = self.header(entry, &mut decoders);
                header.is_some_and(|header| header.user == user)
            });
        }
        (self.untimed, self.timed) = (untimed, timed);
        !(self.untimed.is_empty() && self.timed.is_empty())
    }

    /// Fills the lists in the order of the files; whether that is the order of time.
    fn scan(&mut self, bad: &mut BadLines) -> bool {
        let mut is_in_order = true;
        let (mut last, mut last_id) = (i64::MIN, String::new());
        let size = self
            .sources
            .iter()
            .map(|source| source.input.bytes.len())
            .sum::<usize>();
        let mut progress = Progress::new("reading", size as u64);
        for (index, source) in self.sources.iter().enumerate() {
            let mut decoder = source.decoder();
            for line in lines(&source.input.bytes) {
                progress.advance(line.bytes.len() as u64 + 1);
                let header = match decoder.header(line.bytes, line.number) {
                    Ok(header) => header,
                    Err(error) => {
                        bad.push(&source.input.name, line.number, error);
                        continue;
                    }
                };
                let entry = Entry {
                    timestamp: header.timestamp.unwrap_or(i64::MIN),
                    source: index,
                    line: line.number,
                    start: line.start,
                    length: line.bytes.len(),
                };
                if header.timestamp.is_none() {
                    self.untimed.push(entry);
                    continue;
                }
                is_in_order &= (last, last_id.as_str()) <= (entry.timestamp, header.id.as_ref());
                last = entry.timestamp;
                last_id.clear();
                last_id.push_str(&header.id);
                self.timed.push(entry);
            }
        }
        progress.finish();
        is_in_order
    }

    fn sort(&mut self) {
        let mut timed = std::mem::take(&mut self.timed);
        timed.sort_by_key(|entry| entry.timestamp);
        let mut decoders = self.decoders();
        for group in timed.chunk_by_mut(|a, b| a.timestamp == b.timestamp) {
            if group.len() > 1 {
                group.sort_by_cached_key(|entry| {
                    let header = self.header(entry, &mut decoders);
                    header.map(|header| header.id.into_owned())
                });
            }
        }
        self.timed = timed;
    }

    /// A line that was read before reads the same now, so there is a header.
    fn header(&self, entry: &Entry, decoders: &mut [Decoder]) -> Option<Header<'a>> {
        let decoder = decoders.get_mut(entry.source)?;
        decoder.header(self.text(entry), entry.line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str, body: Body) -> Source {
        Source {
            input: Input {
                name: "test".to_owned(),
                bytes: text.as_bytes().to_vec(),
            },
            body,
        }
    }

    fn event(id: &str, second: u32) -> String {
        format!(
            r#"{{"eventId":"{id}","userId":"u","eventType":"e","timestamp":"2024-01-15T10:30:{second:02}Z"}}"#
        )
    }

    #[test]
    fn facts_are_ordered_by_timestamp_and_id_bytes() {
        let text = [event("b", 5), event("a", 5), event("z", 1), "{".to_owned()].join("\n");
        let traits = concat!(
            r#"{"userId":"u","traits":{}}"#,
            "\n",
            r#"{"userId":"u","traits":{},"timestamp":"2024-01-15T10:30:03Z"}"#
        );
        let sources = [source(&text, Body::Event), source(traits, Body::Traits)];
        let (timeline, bad) = Timeline::read(&sources);
        let order: Vec<(usize, u64)> = timeline
            .timed
            .iter()
            .map(|entry| (entry.source, entry.line))
            .collect();
        assert_eq!(order, [(0, 3), (1, 2), (0, 2), (0, 1)]);
        assert_eq!(timeline.untimed.len(), 1);
        assert_eq!(bad.count(), 1);
        assert!(
            bad.to_string()
                .starts_with("test:4:1: the JSON ends too early")
        );
    }
}
