//! What commands print: text and JSON on standard output, styles where a terminal reads it.

mod atomic_file;
mod chart;
mod style;
mod table;

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;

pub(crate) use atomic_file::AtomicFile;
pub(crate) use chart::sparkline;
pub(crate) use style::Style;
pub(crate) use table::{Align, Table};

/// Standard output.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    color: bool,
    error_color: bool,
}

impl Output {
    /// Takes standard output; colours only on a terminal and without `NO_COLOR`.
    pub(crate) fn new() -> Self {
        let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            stdout: BufWriter::new(io::stdout().lock()),
            color: is_wanted && io::stdout().is_terminal(),
            error_color: is_wanted && io::stderr().is_terminal(),
        }
    }

    /// The styles of standard output.
    pub(crate) fn style(&self) -> Style {
        Style { color: self.color }
    }

    /// The styles of standard error.
    pub(crate) fn error_style(&self) -> Style {
        Style {
            color: self.error_color,
        }
    }

    /// Prints one JSON value, indented.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.stdout, value)?;
        writeln!(self.stdout)
    }

    /// Prints one JSON value on one line.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.stdout, value)?;
        writeln!(self.stdout)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Tells something beside the answer, one line on standard error.
pub(crate) fn note(text: &str, style: Style) -> io::Result<()> {
    writeln!(io::stderr(), "{} {text}", style.yellow("note:"))
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The most memory that the process has held so far; `None` where the system does not say.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    memory_bytes("VmHWM:")
}

/// The memory that the process holds; `None` where the system does not say.
pub(crate) fn resident_memory_bytes() -> Option<u64> {
    memory_bytes("VmRSS:")
}

fn memory_bytes(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(100_000), "100,000");
    }
}
