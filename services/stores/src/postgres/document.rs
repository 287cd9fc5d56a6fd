//! JSON documents.
//!
//! A document is sent as `JSON`, whose columns keep its text as it is. Columns of the published
//! schema are `JSONB`, which keeps values: of a number its digits, not whether it was written with
//! an exponent. So a float is written out with a decimal point, which `JSONB` keeps, and stays a
//! float; and it is made short again before it is read.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{Formatter, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};

// As in `pg_type`.
const JSON: Oid = Oid(114);
const JSONB: Oid = Oid(3802);
/// The only version of `JSONB` on the wire.
const JSONB_VERSION: u8 = 1;

/// A document of a `JSON` or `JSONB` column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document<T>(pub(super) T);

impl<T> Type<Postgres> for Document<T> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON)
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        *ty == PgTypeInfo::with_oid(JSON) || *ty == PgTypeInfo::with_oid(JSONB)
    }
}

impl<T: Serialize> Encode<'_, Postgres> for Document<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        write(&self.0, &mut **buffer)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> Decode<'_, Postgres> for Document<T> {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let is_binary = value.format() == PgValueFormat::Binary;
        let text = value.as_bytes()?;
        // No text of JSON begins with that byte.
        let text = match text.split_first() {
            Some((&JSONB_VERSION, text)) if is_binary => text,
            _ => text,
        };
        read(std::str::from_utf8(text)?).map(Self)
    }
}

fn write(document: &impl Serialize, out: impl Write) -> Result<(), serde_json::Error> {
    let mut serializer = Serializer::with_formatter(out, DecimalPoints);
    document.serialize(&mut serializer)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, BoxDynError> {
    Ok(serde_json::from_str(&shortened(text))?)
}

/// The document with each float in its shortest form: of hundreds of digits `serde_json` would lose
/// the last bit, or find the number out of range.
fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    let begins = |c: char| c == '"' || c == '-' || c.is_ascii_digit();
    while let Some(start) = rest.find(begins) {
        let (before, token) = rest.split_at(start);
        let is_string = token.starts_with('"');
        let end = if is_string {
            string_end(token)
        } else {
            number_end(token)
        };
        let (token, after) = token.split_at(end);
        let is_float = !is_string && token.contains('.');
        let float = token.parse().ok();
        let float = float.filter(|float: &f64| is_float && float.is_finite());
        short.push_str(before);
        match float {
            Some(float) => short.push_str(&shortest(float)),
            None => short.push_str(token),
        }
        rest = after;
    }
    short.push_str(rest);
    short
}

fn shortest(float: f64) -> String {
    format!("{float:?}")
}

/// Where the string ends that a text begins with.
fn string_end(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Where the number ends that a text begins with.
fn number_end(text: &str) -> usize {
    let is_in = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// Writes floats without an exponent and always with a decimal point.
struct DecimalPoints;

impl Formatter for DecimalPoints {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let text = value.to_string();
        writer.write_all(text.as_bytes())?;
        if text.contains('.') {
            return Ok(());
        }
        writer.write_all(b".0")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_float_is_written_with_a_decimal_point_and_read_as_the_same_float() {
        for value in [
            json!(1.0),
            json!(-0.1),
            json!(1e16),
            json!(1e300),
            json!(f64::MAX),
            json!(f64::MIN_POSITIVE),
            json!(5e-324),
            json!(i64::MIN),
            json!(u64::MAX),
            json!({"a-1": [1, 1.5, [], {}, "1.50 \\", "\"2.50\"", "é3.50", null, true], "": 0.1}),
        ] {
            let mut text = Vec::new();
            write(&value, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert_eq!(read::<Value>(&text).unwrap(), value);
            assert_eq!(text.contains('.'), value.is_f64() || value.is_object());
        }
    }
}
