//! Profile fields as bytes.

use rulelang::{Type, Value};

use super::bytes::{Reader, put_optional, put_signed, put_text, put_varint};
use super::values::{is_of, put_type, put_value, read_type, read_value};
use super::{StoredStateError, sorted};
use crate::fields::{FieldState, SaidTrait, Stamped};
use crate::rule_set::RuleSet;

const SAID: u8 = 1;
const UNSET: u8 = 2;
const SEEN: u8 = 4;

pub(super) fn put(out: &mut Vec<u8>, rules: &RuleSet, fields: &[(u32, FieldState)]) {
    put_varint(out, fields.len() as u64);
    for (index, field) in fields {
        let plan = &rules.fields[*index as usize].field;
        put_text(out, &plan.name);
        put_type(out, plan.ty);
        let said = field.said.as_deref();
        let mut flags = 0;
        flags |= if said.is_some() { SAID } else { 0 };
        flags |= if said.is_some_and(|said| said.unset) {
            UNSET
        } else {
            0
        };
        flags |= if field.seen.is_some() { SEEN } else { 0 };
        out.push(flags);
        let said = said.map(|said| &said.stamped);
        for stamped in said.into_iter().chain(&field.seen) {
            put_optional(out, stamped.timestamp, put_signed);
            put_text(out, &stamped.id);
            put_value(out, &stamped.value);
        }
    }
}

/// The fields that the rule set knows, by index.
pub(super) fn read(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
) -> Result<Vec<(u32, FieldState)>, StoredStateError> {
    let mut fields = vec![];
    for _ in 0..reader.count()? {
        let name = reader.text()?;
        let ty = read_type(reader)?;
        let flags = reader.flags(3)?;
        let mut field = FieldState::default();
        if flags & SAID != 0 {
            let stamped = read_stamped(reader, ty)?;
            let unset = flags & UNSET != 0;
            field.said = Some(Box::new(SaidTrait { stamped, unset }));
        }
        if flags & SEEN != 0 {
            field.seen = Some(read_stamped(reader, ty)?);
        }
        fields.extend(rules.field_index(&name, ty).map(|index| (index, field)));
    }
    sorted(reader, fields, |(index, _)| *index)
}

fn read_stamped(reader: &mut Reader<'_>, ty: Type) -> Result<Stamped, StoredStateError> {
    let timestamp = reader.optional(Reader::signed)?;
    let id = reader.text()?;
    let value = read_value(reader)?;
    if value != Value::Null && !is_of(&value, ty) {
        return Err(reader.malformed("a value that is not of its field's type"));
    }
    Ok(Stamped {
        timestamp,
        id,
        value,
    })
}
