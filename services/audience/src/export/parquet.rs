//! Apache Parquet: three required columns, `since` as an instant in UTC milliseconds.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use rulelang::time::parse_timestamp;

use super::{MemberSink, failed};
use crate::client::Member;
use crate::failure::Failure;

const SCHEMA: &str = "message member {
    required binary userId (STRING);
    required int64 since (TIMESTAMP(MILLIS, true));
    required binary reason (STRING);
}";
/// Rows that are read together, and held in memory until they are written.
const GROUP_ROWS: usize = 64 * 1024;

/// Members as rows of a Parquet file.
pub(crate) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    /// Rows of the next group.
    waiting: Vec<Member>,
}

impl<W: Write + Send> Parquet<W> {
    pub(crate) fn new(to: W) -> Result<Self, Failure> {
        let schema = parse_message_type(SCHEMA).map_err(failed)?;
        let compression = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(compression);
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(to, Arc::new(schema), properties);
        Ok(Self {
            writer: writer.map_err(failed)?,
            waiting: vec![],
        })
    }

    fn write_group(&mut self) -> Result<(), Failure> {
        let members = std::mem::take(&mut self.waiting);
        if members.is_empty() {
            return Ok(());
        }
        let text = |text: &String| ByteArray::from(text.as_bytes().to_vec());
        let users: Vec<_> = members.iter().map(|member| text(&member.user_id)).collect();
        let reasons: Vec<_> = members.iter().map(|member| text(&member.reason)).collect();
        let since: Option<Vec<i64>> = members
            .iter()
            .map(|member| parse_timestamp(&member.since))
            .collect();
        let since = since.ok_or_else(|| failed("a membership begins at no instant"))?;
        let mut group = self.writer.next_row_group().map_err(failed)?;
        write_column::<ByteArrayType, W>(&mut group, &users)?;
        write_column::<Int64Type, W>(&mut group, &since)?;
        write_column::<ByteArrayType, W>(&mut group, &reasons)?;
        group.close().map(drop).map_err(failed)
    }
}

fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> Result<(), Failure> {
    let column = group.next_column().map_err(failed)?;
    let mut column = column.ok_or_else(|| failed("a column is missing"))?;
    let batch = column.typed::<T>().write_batch(values, None, None);
    batch.map_err(failed)?;
    column.close().map_err(failed)
}

impl<W: Write + Send> MemberSink for Parquet<W> {
    fn write(&mut self, members: Vec<Member>) -> Result<(), Failure> {
        self.waiting.extend(members);
        if self.waiting.len() >= GROUP_ROWS {
            self.write_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        self.write_group()?;
        self.writer.close().map(drop).map_err(failed)
    }
}
