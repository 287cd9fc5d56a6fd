//! Lines that cannot be used: the first few, and how many there are.

use std::fmt;

use kit::wire::WireError;

/// Lines told of; further ones are only counted.
const SHOWN_MAX: usize = 20;

/// The lines of a run that cannot be used.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    count: u64,
    first: Vec<BadLine>,
}

#[derive(Debug)]
struct BadLine {
    file: String,
    line: u64,
    error: WireError,
}

impl BadLines {
    /// Notes one.
    pub(crate) fn push(&mut self, file: &str, line: u64, error: WireError) {
        self.count += 1;
        if self.first.len() < SHOWN_MAX {
            self.first.push(BadLine {
                file: file.to_owned(),
                line,
                error,
            });
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for BadLines {
    /// `file:line:column: reason` a line, then what to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for BadLine { file, line, error } in &self.first {
            writeln!(f, "{file}:{line}:{}: {error}", error.column)?;
            if let Some(fix) = &error.fix {
                writeln!(f, "    {fix}")?;
            }
        }
        let rest = self.count - self.first.len() as u64;
        if rest > 0 {
            writeln!(f, "… and {rest} more")?;
        }
        let noun = if self.count == 1 { "line" } else { "lines" };
        write!(f, "{} {noun} cannot be read", self.count)
    }
}
