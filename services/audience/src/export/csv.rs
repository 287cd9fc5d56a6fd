//! Comma-separated values (RFC 4180), with a header.

use std::io::Write;

use super::{MemberSink, failed};
use crate::client::Member;
use crate::failure::Failure;

/// Members as rows of `userId,since,reason`.
#[derive(Debug)]
pub(crate) struct Csv<W: Write>(::csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Begins with the header, which is there also if nobody follows.
    pub(crate) fn new(to: W) -> Result<Self, Failure> {
        let mut writer = ::csv::Writer::from_writer(to);
        let header = ["userId", "since", "reason"];
        writer.write_record(header).map_err(failed)?;
        Ok(Self(writer))
    }
}

impl<W: Write> MemberSink for Csv<W> {
    fn write(&mut self, members: Vec<Member>) -> Result<(), Failure> {
        for Member {
            user_id,
            since,
            reason,
        } in &members
        {
            let row = [user_id, since, reason];
            self.0.write_record(row).map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        Ok(self.0.flush()?)
    }
}
