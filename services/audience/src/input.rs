//! Files and standard input, decompressed, and their lines.

use std::fs;
use std::io::{self, Read};

use kit::distinct_keys::{Repeated, check_keys};

use crate::failure::Failure;

/// What a compressed file begins with.
pub(crate) const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
pub(crate) const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// An input in memory, with its name for messages.
#[derive(Debug)]
pub(crate) struct Input {
    /// The path as given; `<stdin>` for `-`.
    pub(crate) name: String,
    /// The contents, decompressed.
    pub(crate) bytes: Vec<u8>,
}

impl Input {
    /// Reads a file, or standard input for `-`. What starts like gzip or zstd is decompressed.
    pub(crate) fn read(path: &str) -> Result<Self, Failure> {
        let is_stdin = path == "-";
        let name = if is_stdin { "<stdin>" } else { path }.to_owned();
        let read = if is_stdin {
            let mut bytes = vec![];
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(path)
        };
        let bytes =
            read.map_err(|error| Failure::message(format!("cannot read `{name}`: {error}")))?;
        let bytes = decompress(bytes).map_err(|error| {
            let message = format!("cannot decompress `{name}`: {error}");
            Failure::new(message, "the file may be cut off: copy it again")
        })?;
        Ok(Self { name, bytes })
    }

    /// The contents as text.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        str::from_utf8(&self.bytes).map_err(|error| {
            let message = format!("`{}` is not UTF-8 text: {error}", self.name);
            Failure::new(message, "save the file as UTF-8")
        })
    }

    /// The contents as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        let json = serde_json::from_slice(&self.bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            Failure::message(format!(
                "{}:{line}:{column}: malformed JSON: {reason}",
                self.name
            ))
        })?;
        check_keys(self.text()?).map_err(|Repeated { message, pointer }| {
            let message = format!("`{}`: {message}, at `{pointer}`", self.name);
            Failure::new(message, "name each key once")
        })?;
        Ok(json)
    }
}

fn decompress(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if bytes.starts_with(GZIP_MAGIC) {
        let mut plain = vec![];
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        Ok(plain)
    } else if bytes.starts_with(ZSTD_MAGIC) {
        zstd::decode_all(bytes.as_slice())
    } else {
        Ok(bytes)
    }
}

/// A line of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub(crate) number: u64,
    /// Offset of its first byte.
    pub(crate) start: usize,
    /// Without its end.
    pub(crate) bytes: &'a [u8],
}

/// The lines that are not blank. A line ends with LF or CR LF; the last one need not.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let pieces = bytes.split(|byte| *byte == b'\n').zip(1..);
    pieces
        .map(move |(piece, number)| {
            let line = Line {
                number,
                start,
                bytes: piece.trim_ascii_end(),
            };
            start += piece.len() + 1;
            line
        })
        .filter(|line| !line.bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_number_and_place() {
        let found: Vec<(u64, usize, &[u8])> = lines(b"a\r\n\n  \nbc")
            .map(|line| (line.number, line.start, line.bytes))
            .collect();
        assert_eq!(found, [(1, 0, b"a".as_slice()), (4, 7, b"bc")]);
    }
}
