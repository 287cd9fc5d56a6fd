//! Series and their windows as bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use rulelang::{Type, Value};

use super::bytes::{Reader, put_block, put_optional, put_signed, put_text, put_times, put_varint};
use super::index::StoredIndex;
use super::values::{is_of, put_value, read_float, read_value};
use super::window::{put_window, read_window};
use super::{StoredStateError, sorted};
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SeriesPlan;
use crate::series::{ENTRIES_MAX, Reach, SeriesState};
use crate::state::UserSeries;

pub(super) fn put(out: &mut Vec<u8>, plan: &SeriesPlan, state: &SeriesState, now: i64) {
    out.extend(plan.fingerprint.to_le_bytes());
    put_block(out, |out| {
        let kept_after = plan.left_through(now);
        let lost = (state.lost_through > kept_after).then_some(state.lost_through);
        put_optional(out, lost, put_signed);
        let ty = plan.value.as_ref().map(|value| value.ty);
        out.push(column_code(ty));
        out.push(u8::from(plan.keeps_ids));
        // What left the longest window may not have been dropped yet.
        let first = state.times.partition_point(|time| *time <= kept_after);
        let kept = first..state.times.len();
        put_varint(out, kept.len() as u64);
        put_times(out, state.times.range(kept.clone()).copied());
        if ty.is_some() {
            for at in kept.clone() {
                put_entry(out, column_code(ty), &state.values.get(at));
            }
        }
        if plan.keeps_ids {
            for id in state.ids.range(kept) {
                put_text(out, id);
            }
        }
        let windows = plan.windows.iter().zip(&state.windows);
        let fixed = windows.filter(|(plan, _)| matches!(plan.reach, Reach::Fixed { .. }));
        put_varint(out, fixed.clone().count() as u64);
        for (plan, state) in fixed {
            put_window(out, plan, state);
        }
    });
}

fn column_code(ty: Option<Type>) -> u8 {
    match ty {
        None => 0,
        Some(Type::Float) => 1,
        Some(Type::Int) => 2,
        Some(Type::Timestamp) => 3,
        Some(_) => 4,
    }
}

fn put_entry(out: &mut Vec<u8>, column: u8, value: &Value) {
    match (column, value) {
        (1, Value::Float(float)) => out.extend(float.to_le_bytes()),
        (2, Value::Int(number)) | (3, Value::Timestamp(number)) => put_signed(out, *number),
        (_, value) => put_value(out, value),
    }
}

fn read_entry(reader: &mut Reader<'_>, column: u8) -> Result<Value, StoredStateError> {
    Ok(match column {
        1 => Value::Float(read_float(reader)?),
        2 => Value::Int(reader.signed()?),
        3 => Value::Timestamp(reader.signed()?),
        _ => read_value(reader)?,
    })
}

/// The series that the rule set knows, by index, with their windows at `now`.
pub(super) fn read_all(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
    index: &StoredIndex,
    now: i64,
) -> Result<Vec<UserSeries>, StoredStateError> {
    let mut all = vec![];
    for _ in 0..reader.count()? {
        let fingerprint = u128::from_le_bytes(reader.fixed()?);
        let mut block = reader.block()?;
        let Some(series) = index.series.get(&fingerprint).copied() else {
            continue;
        };
        let plan = &rules.series[series as usize];
        let mut user = UserSeries::new(series, read(&mut block, plan, now)?);
        block.finish()?;
        // Sliding windows hold nothing yet: this lets every entry enter that has its instant.
        user.settle(plan, now);
        all.push(user);
    }
    sorted(reader, all, |user| user.series)
}

fn read(
    reader: &mut Reader<'_>,
    plan: &SeriesPlan,
    now: i64,
) -> Result<SeriesState, StoredStateError> {
    let mut state = SeriesState::new(plan);
    let lost_through = reader.optional(Reader::signed)?;
    read_entries(reader, plan, now, &mut state)?;
    for _ in 0..reader.count()? {
        read_window(reader, plan, &mut state.windows)?;
    }
    if plan.keeps_entries() {
        state.lost_through = lost_through.unwrap_or(i64::MIN);
    }
    Ok(state)
}

fn read_entries(
    reader: &mut Reader<'_>,
    plan: &SeriesPlan,
    now: i64,
    state: &mut SeriesState,
) -> Result<(), StoredStateError> {
    let ty = plan.value.as_ref().map(|value| value.ty);
    let column = reader.byte()?;
    if column != column_code(ty) {
        return Err(reader.malformed("values that are not of their series' type"));
    }
    let has_ids = reader.flags(1)? != 0;
    let count = reader.count()?;
    if count > ENTRIES_MAX {
        return Err(reader.malformed("more entries than are ever kept"));
    }
    let times = reader.times(count)?;
    if times.back().is_some_and(|last| *last > now) {
        return Err(reader.malformed("an entry after now"));
    }
    let mut values = vec![];
    if let Some(ty) = ty {
        for _ in 0..count {
            let value = read_entry(reader, column)?;
            if !is_of(&value, ty) {
                return Err(reader.malformed("a value that is not of its series' type"));
            }
            values.push(value);
        }
    }
    let ids = if has_ids {
        read_ids(reader, &times)?
    } else {
        // They were kept by no rule then: the order of ties is lost.
        std::iter::repeat_n(Arc::from(""), count).collect()
    };
    if !plan.keeps_entries() {
        // Nothing slides over this series any more.
        return Ok(());
    }
    for (at, value) in values.iter().enumerate() {
        state.values.insert(at, value);
    }
    state.times = times;
    if plan.keeps_ids {
        state.ids = ids;
    }
    Ok(())
}

fn read_ids(
    reader: &mut Reader<'_>,
    times: &VecDeque<i64>,
) -> Result<VecDeque<Arc<str>>, StoredStateError> {
    let mut ids: VecDeque<Arc<str>> = VecDeque::new();
    let mut before: Option<i64> = None;
    for time in times {
        let id = reader.text()?;
        let is_tie = before == Some(*time);
        if is_tie && ids.back().is_some_and(|last| **last > *id) {
            return Err(reader.malformed("entries out of order"));
        }
        ids.push_back(id);
        before = Some(*time);
    }
    Ok(ids)
}
