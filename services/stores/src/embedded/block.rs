//! How records are stored: in blocks of one partition, under the offset of their first record.
//!
//! A block is its format, the stamp of all its records, their number, and the records one after the
//! other: key, value and headers, each with its length before it. Numbers are little-endian.

use bytes::{Buf, BufMut, Bytes};
use bytestring::ByteString;
use fjall::{Keyspace, OwnedWriteBatch as WriteBatch};

use crate::{NewRecord, Record, StoreError};

use super::tail::End;

/// Bytes at which a block is closed and the next one begun; one longer record has its own.
const BLOCK_BYTES: usize = 64 * 1024;

/// The format that this code writes.
const FORMAT: u8 = 1;

/// Bytes before the first record: format, stamp, number of records.
const HEAD_BYTES: usize = 1 + 8 + 4;

/// Puts records at the end of a partition, all with one stamp, and returns its new end.
pub(super) fn put_records<'a>(
    batch: &mut WriteBatch,
    keyspace: &Keyspace,
    end: End,
    now: i64,
    records: impl IntoIterator<Item = &'a NewRecord>,
) -> End {
    let stamp = now.max(end.stamp);
    let mut end = End {
        offset: end.offset,
        stamp,
    };
    let mut block = Block::new(stamp);
    for record in records {
        block.push(record);
        if block.bytes.len() >= BLOCK_BYTES {
            end.offset = block.put(batch, keyspace, end.offset);
            block = Block::new(stamp);
        }
    }
    if block.count > 0 {
        end.offset = block.put(batch, keyspace, end.offset);
    }
    end
}

struct Block {
    count: u32,
    bytes: Vec<u8>,
}

impl Block {
    fn new(stamp: i64) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.put_u8(FORMAT);
        bytes.put_i64_le(stamp);
        bytes.put_u32_le(0);
        Self { count: 0, bytes }
    }

    fn push(&mut self, record: &NewRecord) {
        self.count += 1;
        put_part(&mut self.bytes, record.key.as_bytes());
        put_part(&mut self.bytes, &record.value);
        put_length(&mut self.bytes, record.headers.len());
        for (name, value) in &record.headers {
            put_part(&mut self.bytes, name.as_bytes());
            put_part(&mut self.bytes, value.as_bytes());
        }
    }

    /// Puts the block into a batch and returns the offset after its last record.
    fn put(mut self, batch: &mut WriteBatch, keyspace: &Keyspace, base: u64) -> u64 {
        if let Some(count) = self.bytes.get_mut(HEAD_BYTES - 4..HEAD_BYTES) {
            count.copy_from_slice(&self.count.to_le_bytes());
        }
        batch.insert(keyspace, base.to_be_bytes(), self.bytes);
        base + u64::from(self.count)
    }
}

fn put_part(bytes: &mut Vec<u8>, part: &[u8]) {
    put_length(bytes, part.len());
    bytes.extend_from_slice(part);
}

/// A length in LEB128: seven bits a byte, the lowest first.
fn put_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// The end of a partition whose last block this is.
pub(super) fn end_of(base: u64, block: Bytes) -> Result<End, StoreError> {
    let mut block = block;
    let (stamp, count) = take_head(&mut block).ok_or_else(|| corrupt(base))?;
    Ok(End {
        offset: base + u64::from(count),
        stamp,
    })
}

/// The records of a block; their values share its bytes.
pub(super) fn records_of(base: u64, block: Bytes) -> Result<Vec<Record>, StoreError> {
    let mut rest = block;
    let (stamp, count) = take_head(&mut rest).ok_or_else(|| corrupt(base))?;
    (0..u64::from(count))
        .map(|index| take_record(&mut rest, base + index, stamp).ok_or_else(|| corrupt(base)))
        .collect()
}

fn corrupt(base: u64) -> StoreError {
    StoreError::Corrupt(format!("the block of records at offset {base}"))
}

fn take_head(rest: &mut Bytes) -> Option<(i64, u32)> {
    if rest.try_get_u8().ok()? != FORMAT {
        return None;
    }
    Some((rest.try_get_i64_le().ok()?, rest.try_get_u32_le().ok()?))
}

fn take_record(rest: &mut Bytes, offset: u64, stamp: i64) -> Option<Record> {
    let key = take_text(rest)?.to_string();
    let value = take_part(rest)?;
    let count = take_length(rest)?;
    let headers = (0..count)
        .map(|_| Some((take_text(rest)?, take_text(rest)?)))
        .collect::<Option<_>>()?;
    Some(Record {
        offset,
        stamp,
        key,
        value,
        headers,
    })
}

fn take_text(rest: &mut Bytes) -> Option<ByteString> {
    ByteString::try_from(take_part(rest)?).ok()
}

fn take_part(rest: &mut Bytes) -> Option<Bytes> {
    let length = take_length(rest)?;
    (length <= rest.len()).then(|| rest.split_to(length))
}

fn take_length(rest: &mut Bytes) -> Option<usize> {
    let mut length = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = rest.try_get_u8().ok()?;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use fjall::{Database, KeyspaceCreateOptions};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn new_record() -> impl Strategy<Value = NewRecord> {
        let value = prop_oneof![vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..100_000)];
        let headers = vec((".{0,9}", ".{0,200}"), 0..4);
        (".{0,200}", value, headers).prop_map(|(key, value, headers)| NewRecord {
            partition: 0,
            key,
            value: value.into(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn records_come_back_from_blocks(
            records in vec(new_record(), 1..30),
            offset in 0..u64::from(u32::MAX),
            now in any::<i64>(),
            newest in any::<i64>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let database = Database::builder(dir.path()).open().unwrap();
            let keyspace = database.keyspace("log", KeyspaceCreateOptions::default).unwrap();
            let mut batch = database.batch();
            let start = End { offset, stamp: newest };
            let end = put_records(&mut batch, &keyspace, start, now, &records);
            batch.commit().unwrap();
            let mut read = Vec::new();
            let mut last = start;
            for block in keyspace.iter() {
                let (key, block) = block.into_inner().unwrap();
                let base = u64::from_be_bytes((&*key).try_into().unwrap());
                prop_assert_eq!(base, last.offset);
                let block = Bytes::from_owner(block);
                last = end_of(base, block.clone()).unwrap();
                read.extend(records_of(base, block).unwrap());
            }
            prop_assert_eq!(last, end);
            let stamp = now.max(newest);
            let wanted = (offset..).zip(records).map(|(offset, record)| Record {
                offset,
                stamp,
                key: record.key,
                value: record.value,
                headers: record.headers,
            });
            prop_assert_eq!(read, wanted.collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_a_block_panic(bytes in vec(any::<u8>(), 0..200)) {
            let bytes = [&[FORMAT][..], &bytes].concat();
            let _ = end_of(0, bytes.clone().into());
            let _ = records_of(0, bytes.into());
        }
    }
}
