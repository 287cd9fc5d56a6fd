//! The lines of a file of any size, decompressed as they are read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use crate::failure::Failure;
use crate::input::{GZIP_MAGIC, ZSTD_MAGIC};

/// Bytes of one line: more is no record that ingestion would take.
const LINE_BYTES_MAX: u64 = 1 << 20;
const BUFFER_BYTES: usize = 1 << 17;

/// The lines of a file.
pub(super) struct Lines {
    name: String,
    reader: Box<dyn BufRead>,
    /// Bytes of the file that were read so far, as they are stored.
    read: Rc<Cell<u64>>,
    /// Bytes of the file.
    size: u64,
    number: u64,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    /// More than a line may have; its bytes are left out.
    TooLong,
}

impl Lines {
    /// Opens a file. What starts like gzip or zstd is decompressed.
    pub(super) fn open(path: &str) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::message(format!("cannot read `{path}`: {error}"));
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let read = Rc::new(Cell::new(0));
        let counted = Counted {
            file,
            read: Rc::clone(&read),
        };
        let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
        let start = plain.fill_buf().map_err(failed)?;
        let reader: Box<dyn BufRead> = if start.starts_with(GZIP_MAGIC) {
            Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(plain)))
        } else if start.starts_with(ZSTD_MAGIC) {
            let decoder = zstd::Decoder::with_buffer(plain).map_err(failed)?;
            Box::new(BufReader::new(decoder))
        } else {
            Box::new(plain)
        };
        Ok(Self {
            name: path.to_owned(),
            reader,
            read,
            size,
            number: 0,
        })
    }

    /// The next line with its number, from 1; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Line)>, Failure> {
        let mut bytes = vec![];
        let mut limited = (&mut self.reader).take(LINE_BYTES_MAX + 1);
        let taken = limited.read_until(b'\n', &mut bytes);
        let taken = taken.map_err(|error| self.failed(&error))? as u64;
        if taken == 0 {
            return Ok(None);
        }
        self.number += 1;
        if taken > LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
            self.skip_line()?;
            return Ok(Some((self.number, Line::TooLong)));
        }
        bytes.truncate(bytes.trim_ascii_end().len());
        Ok(Some((self.number, Line::Whole(bytes))))
    }

    fn skip_line(&mut self) -> Result<(), Failure> {
        let skipped = self.reader.skip_until(b'\n');
        skipped.map(drop).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        let message = format!(
            "cannot read `{}` after line {}: {error}",
            self.name, self.number
        );
        Failure::new(message, "the file may be cut off: copy it again")
    }

    /// Bytes of the file, as it is stored.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How many of them were read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.get()
    }
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<(u64, Line)> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut lines = Lines::open(file.path().to_str().unwrap()).unwrap();
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_are_read_plain_and_compressed() {
        let text = b"{\"a\":1}\r\n\nlast";
        let wanted = [(1, whole("{\"a\":1}")), (2, whole("")), (3, whole("last"))];
        assert_eq!(all(text), wanted);
        assert_eq!(all(&zstd::encode_all(&text[..], 1).unwrap()), wanted);
        let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        gzip.write_all(text).unwrap();
        assert_eq!(all(&gzip.finish().unwrap()), wanted);
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_one_read() {
        let longest = "a".repeat(LINE_BYTES_MAX as usize);
        let text = format!("{longest}\n{longest}b\nnext");
        let wanted = [(1, whole(&longest)), (2, Line::TooLong), (3, whole("next"))];
        assert_eq!(all(text.as_bytes()), wanted);
    }
}
