//! Values and types as bytes.

use rulelang::limits::QUANTIFIER_DEPTH_MAX;
use rulelang::{Scalar, Type, Value};

use super::StoredStateError;
use super::bytes::{Reader, put_signed, put_text, put_varint};

/// A value. A list in a list has no place to stand in, so it is written as an empty one, which
/// has none either.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value) {
    put_nested(out, value, 0);
}

/// A value that stands in so many objects.
fn put_nested(out: &mut Vec<u8>, value: &Value, objects: usize) {
    let Value::List(items) = value else {
        return put_scalar(out, value);
    };
    out.push(9);
    put_varint(out, items.len() as u64);
    for item in &**items {
        match item {
            Value::List(_) => out.extend([9, 0]),
            Value::Object(members) if objects < QUANTIFIER_DEPTH_MAX => {
                out.push(10);
                put_varint(out, members.len() as u64);
                for (name, value) in &**members {
                    put_text(out, name);
                    put_nested(out, value, objects + 1);
                }
            }
            item => put_scalar(out, item),
        }
    }
}

fn put_scalar(out: &mut Vec<u8>, value: &Value) {
    let (code, number) = match value {
        Value::Null | Value::List(_) | Value::Object(_) => return out.push(0),
        Value::Bool(truth) => return out.push(1 + u8::from(*truth)),
        Value::Float(float) => return put_float(out, *float),
        Value::String(text) => {
            out.push(5);
            return put_text(out, text);
        }
        Value::Int(int) => (3, *int),
        Value::Timestamp(instant) => (6, *instant),
        Value::Date(days) => (7, i64::from(*days)),
        Value::Duration(span) => (8, *span),
    };
    out.push(code);
    put_signed(out, number);
}

/// A raw float may still be −0, which is 0.
fn put_float(out: &mut Vec<u8>, float: f64) {
    match Value::float(float) {
        Value::Float(float) => {
            out.push(4);
            out.extend(float.to_le_bytes());
        }
        _ => out.push(0),
    }
}

pub(super) fn read_value(reader: &mut Reader<'_>) -> Result<Value, StoredStateError> {
    read_nested(reader, 0)
}

/// A value that stands in so many objects.
fn read_nested(reader: &mut Reader<'_>, objects: usize) -> Result<Value, StoredStateError> {
    let code = reader.byte()?;
    if code != 9 {
        return read_scalar(reader, code);
    }
    let mut items = vec![];
    for _ in 0..reader.count()? {
        items.push(match reader.byte()? {
            9 if reader.count()? == 0 => Value::List([].into()),
            10 if objects < QUANTIFIER_DEPTH_MAX => read_object(reader, objects + 1)?,
            code => read_scalar(reader, code)?,
        });
    }
    Ok(Value::List(items.into()))
}

fn read_object(reader: &mut Reader<'_>, objects: usize) -> Result<Value, StoredStateError> {
    let mut members = vec![];
    for _ in 0..reader.count()? {
        let name = reader.text()?;
        members.push((name, read_nested(reader, objects)?));
    }
    Ok(Value::object(members))
}

fn read_scalar(reader: &mut Reader<'_>, code: u8) -> Result<Value, StoredStateError> {
    Ok(match code {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::Int(reader.signed()?),
        4 => Value::Float(read_float(reader)?),
        5 => Value::String(reader.text()?),
        6 => Value::Timestamp(reader.signed()?),
        7 => {
            let days = reader.signed()?.try_into();
            Value::Date(days.map_err(|_| reader.malformed("a date out of range"))?)
        }
        8 => Value::Duration(reader.signed()?),
        _ => return Err(reader.malformed("an unknown kind of value")),
    })
}

/// A finite float that is not −0.
pub(super) fn read_float(reader: &mut Reader<'_>) -> Result<f64, StoredStateError> {
    let float = f64::from_le_bytes(reader.fixed()?);
    if float.is_finite() && float.to_bits() != (-0.0_f64).to_bits() {
        Ok(float)
    } else {
        Err(reader.malformed("no finite float"))
    }
}

/// Whether a value is one of `ty`, and not NULL.
pub(super) fn is_of(value: &Value, ty: Type) -> bool {
    !value.is_null() && value.typed(ty) == *value
}

pub(super) fn put_type(out: &mut Vec<u8>, ty: Type) {
    out.push(match ty {
        Type::List(item) => 16 + type_code(item.as_type()),
        ty => type_code(ty),
    });
}

fn type_code(ty: Type) -> u8 {
    match ty {
        Type::Null | Type::List(_) => 0,
        Type::Any => 1,
        Type::Bool => 2,
        Type::Int => 3,
        Type::Float => 4,
        Type::String => 5,
        Type::Timestamp => 6,
        Type::Date => 7,
        Type::Duration => 8,
        Type::Objects => 9,
    }
}

pub(super) fn read_type(reader: &mut Reader<'_>) -> Result<Type, StoredStateError> {
    let code = reader.byte()?;
    let scalar = |code: u8| {
        Some(match code {
            2 => Scalar::Bool,
            3 => Scalar::Int,
            4 => Scalar::Float,
            5 => Scalar::String,
            6 => Scalar::Timestamp,
            7 => Scalar::Date,
            8 => Scalar::Duration,
            _ => return None,
        })
    };
    let ty = match code {
        0 => Some(Type::Null),
        1 => Some(Type::Any),
        9 => Some(Type::Objects),
        16.. => scalar(code - 16).map(Type::List),
        _ => scalar(code).map(Scalar::as_type),
    };
    ty.ok_or_else(|| reader.malformed("an unknown type"))
}
