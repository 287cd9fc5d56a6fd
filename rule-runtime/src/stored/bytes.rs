//! Numbers and text as bytes, and a reader that believes no length before it has seen the bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::StoredStateError;

pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_varint_128(out: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(super) fn put_signed_128(out: &mut Vec<u8>, number: i128) {
    put_varint_128(out, ((number << 1) ^ (number >> 127)) as u128);
}

pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend(text.as_bytes());
}

pub(super) fn put_optional<T>(
    out: &mut Vec<u8>,
    value: Option<T>,
    put: impl FnOnce(&mut Vec<u8>, T),
) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

/// Ascending times: the first, then differences. Their count stands elsewhere.
pub(super) fn put_times(out: &mut Vec<u8>, times: impl Iterator<Item = i64>) {
    let mut before = None;
    for time in times {
        match before {
            None => put_signed(out, time),
            Some(before) => put_varint(out, time.abs_diff(before)),
        }
        before = Some(time);
    }
}

/// A length and what `put` writes.
pub(super) fn put_block(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    // Most blocks are short: their length takes the one byte that is kept for it, and nothing moves.
    let at = out.len();
    out.push(0);
    put(out);
    let bytes = out.len() - at - 1;
    if let Some(length) = out.get_mut(at).filter(|_| bytes < 0x80) {
        *length = bytes as u8;
        return;
    }
    let mut length = Vec::with_capacity(5);
    put_varint(&mut length, bytes as u64);
    out.splice(at..=at, length);
}

/// Reads from the front. Nothing is allocated for a count or a length alone.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// Up to the end of what may be read.
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The error that something is wrong just before here.
    pub(super) fn malformed(&self, what: &'static str) -> StoredStateError {
        let offset = self.at;
        StoredStateError::Malformed { offset, what }
    }

    /// That nothing is left.
    pub(super) fn finish(&self) -> Result<(), StoredStateError> {
        if self.remaining() == 0 {
            Ok(())
        } else {
            Err(self.malformed("there are bytes left over"))
        }
    }

    fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], StoredStateError> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| self.malformed("it ends too early"))?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], StoredStateError> {
        let taken = self.take(N)?.try_into();
        taken.map_err(|_| self.malformed("it ends too early"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, StoredStateError> {
        let [byte] = self.fixed()?;
        Ok(byte)
    }

    /// A byte of which only the lowest `known` bits may be set.
    pub(super) fn flags(&mut self, known: u32) -> Result<u8, StoredStateError> {
        let flags = self.byte()?;
        if u32::from(flags) >> known == 0 {
            Ok(flags)
        } else {
            Err(self.malformed("an unknown flag"))
        }
    }

    pub(super) fn varint_128(&mut self) -> Result<u128, StoredStateError> {
        let mut number = 0_u128;
        for shift in (0..u128::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.malformed("a number too large"))
    }

    pub(super) fn varint(&mut self) -> Result<u64, StoredStateError> {
        let number = self.varint_128()?.try_into();
        number.map_err(|_| self.malformed("a number too large"))
    }

    pub(super) fn varint_32(&mut self) -> Result<u32, StoredStateError> {
        let number = self.varint()?.try_into();
        number.map_err(|_| self.malformed("a number too large"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, StoredStateError> {
        let coded = self.varint()?;
        Ok((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    pub(super) fn signed_128(&mut self) -> Result<i128, StoredStateError> {
        let coded = self.varint_128()?;
        Ok((coded >> 1) as i128 ^ -((coded & 1) as i128))
    }

    /// A count of things, each of which takes a byte at least.
    pub(super) fn count(&mut self) -> Result<usize, StoredStateError> {
        let count = self.varint()?;
        let fits = usize::try_from(count).ok();
        let fits = fits.filter(|count| *count <= self.remaining());
        fits.ok_or_else(|| self.malformed("more than there are bytes"))
    }

    pub(super) fn text(&mut self) -> Result<Arc<str>, StoredStateError> {
        let length = self.count()?;
        let text = std::str::from_utf8(self.take(length)?);
        text.map(Arc::from)
            .map_err(|_| self.malformed("text that is not UTF-8"))
    }

    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, StoredStateError>,
    ) -> Result<Option<T>, StoredStateError> {
        if self.flags(1)? == 0 {
            Ok(None)
        } else {
            read(self).map(Some)
        }
    }

    /// As many ascending times.
    pub(super) fn times(&mut self, count: usize) -> Result<VecDeque<i64>, StoredStateError> {
        let mut times = VecDeque::new();
        for _ in 0..count {
            let time = match times.back() {
                None => Some(self.signed()?),
                Some(before) => i64::checked_add_unsigned(*before, self.varint()?),
            };
            let time = time.ok_or_else(|| self.malformed("a time too late"))?;
            times.push_back(time);
        }
        Ok(times)
    }

    /// A block, to be read on its own; this reader goes on behind it.
    pub(super) fn block(&mut self) -> Result<Reader<'a>, StoredStateError> {
        let length = self.count()?;
        let at = self.at;
        self.take(length)?;
        let bytes = self.bytes.get(..self.at).unwrap_or_default();
        Ok(Reader { bytes, at })
    }
}
