//! One JSON object a line.

use std::io::{BufWriter, Write};

use super::{MemberSink, failed};
use crate::client::Member;
use crate::failure::Failure;

/// Members as `{"userId","since","reason"}` a line.
#[derive(Debug)]
pub(crate) struct Ndjson<W: Write>(BufWriter<W>);

impl<W: Write> Ndjson<W> {
    pub(crate) fn new(to: W) -> Self {
        Self(BufWriter::new(to))
    }
}

impl<W: Write> MemberSink for Ndjson<W> {
    fn write(&mut self, members: Vec<Member>) -> Result<(), Failure> {
        for member in members {
            serde_json::to_writer(&mut self.0, &member).map_err(failed)?;
            writeln!(self.0)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        Ok(self.0.flush()?)
    }
}
