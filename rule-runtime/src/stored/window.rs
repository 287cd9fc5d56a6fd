//! The running results of all-time and DURING windows as bytes.
//!
//! (Those of sliding windows follow from the entries.)

use std::cmp::Ordering;

use rulelang::rule::Window;
use rulelang::{Type, Value};

use super::StoredStateError;
use super::bytes::{Reader, put_block, put_signed, put_signed_128, put_text, put_varint};
use super::values::{is_of, put_value, read_value};
use crate::rule_set::plan::{Keeps, SeriesPlan, WindowPlan};
use crate::series::{Distinct, ENTRIES_MAX, End, Key, More, Staircase, WindowState};

const SUM: u8 = 1;
const MIN: u8 = 2;
const MAX: u8 = 4;
const DISTINCT: u8 = 8;
const OVERFLOWED: u8 = 16;
const FIRST: u8 = 32;
const LAST: u8 = 64;

/// The most that one value adds to an exact sum: 10¹⁸ in units of 10⁻⁹.
const ADDEND_MAX: u128 = 10_u128.pow(27);

/// More events than a user has, and few enough that the sum of their values, and of as many
/// still to come, is exact.
const COUNT_MAX: u64 = 80_000_000_000;

pub(super) fn put_window(out: &mut Vec<u8>, plan: &WindowPlan, state: &WindowState) {
    match plan.window {
        Window::During { start, end } => {
            out.push(1);
            put_signed(out, start);
            put_signed(out, end);
        }
        // Sliding windows are not written.
        _ => out.push(0),
    }
    put_block(out, |out| put_results(out, plan.keeps, state));
}

fn put_results(out: &mut Vec<u8>, keeps: Keeps, state: &WindowState) {
    let more = state.more.as_deref();
    let extreme = |stairs: Option<&'_ Staircase>| {
        let value = stairs.map(|stairs| stairs.value().clone());
        value.filter(|value| !value.is_null())
    };
    let min = extreme(more.and_then(|more| more.min.as_ref()));
    let max = extreme(more.and_then(|more| more.max.as_ref()));
    let distinct = more.and_then(|more| more.distinct.as_ref());
    let first = more.and_then(|more| more.first.as_ref());
    let last = more.and_then(|more| more.last.as_ref());
    let flags = [
        (SUM, keeps.sum),
        (MIN, min.is_some()),
        (MAX, max.is_some()),
        (DISTINCT, distinct.is_some()),
        (
            OVERFLOWED,
            distinct.is_some_and(|distinct| distinct.overflowed),
        ),
        (FIRST, first.is_some()),
        (LAST, last.is_some()),
    ];
    let flags = flags.into_iter().filter(|(_, is_set)| *is_set);
    out.push(flags.fold(0, |flags, (flag, _)| flags | flag));
    put_varint(out, state.count);
    if keeps.sum {
        put_signed_128(out, state.sum);
    }
    for value in min.iter().chain(&max) {
        put_value(out, value);
    }
    if let Some(distinct) = distinct.filter(|distinct| !distinct.overflowed) {
        put_distinct(out, distinct);
    }
    for end in first.into_iter().chain(last) {
        put_signed(out, end.timestamp);
        put_text(out, &end.id);
        put_value(out, &end.value);
    }
}

/// The values, without how often each was there: nothing leaves a fixed window. In the order of
/// their bytes, so that equal states have equal bytes.
fn put_distinct(out: &mut Vec<u8>, distinct: &Distinct) {
    let coded = distinct.counts.keys().map(|Key(value)| {
        let mut bytes = vec![];
        put_value(&mut bytes, value);
        bytes
    });
    let mut coded: Vec<Vec<u8>> = coded.collect();
    coded.sort_unstable();
    put_varint(out, coded.len() as u64);
    out.extend(coded.into_iter().flatten());
}

/// Reads one window into the state of its plan; drops it if there is none.
pub(super) fn read_window(
    reader: &mut Reader<'_>,
    series: &SeriesPlan,
    states: &mut [WindowState],
) -> Result<(), StoredStateError> {
    let window = match reader.byte()? {
        0 => Window::AllTime,
        1 => Window::During {
            start: reader.signed()?,
            end: reader.signed()?,
        },
        _ => return Err(reader.malformed("an unknown kind of window")),
    };
    let mut block = reader.block()?;
    let mut plans = series.windows.iter().zip(states);
    let Some((plan, state)) = plans.find(|(plan, _)| plan.window == window) else {
        return Ok(());
    };
    let ty = series.value.as_ref().map_or(Type::Null, |value| value.ty);
    *state = read_results(&mut block, plan.keeps, ty)?;
    block.finish()
}

/// Reads results, and drops those that nobody asks for any more.
fn read_results(
    reader: &mut Reader<'_>,
    keeps: Keeps,
    ty: Type,
) -> Result<WindowState, StoredStateError> {
    let flags = reader.flags(7)?;
    let has = |flag: u8| flags & flag != 0;
    let count = reader.varint()?;
    if count > COUNT_MAX {
        return Err(reader.malformed("more events than a user has"));
    }
    let mut state = WindowState {
        count,
        ..WindowState::default()
    };
    if has(SUM) {
        let sum = reader.signed_128()?;
        if sum.unsigned_abs() > u128::from(count) * ADDEND_MAX {
            return Err(reader.malformed("a sum of more than its values"));
        }
        state.sum = if keeps.sum { sum } else { 0 };
    }
    let mut more = More::default();
    for (flag, stairs, toward) in [
        (MIN, &mut more.min, Ordering::Less),
        (MAX, &mut more.max, Ordering::Greater),
    ] {
        if has(flag) {
            let kept = stairs.insert(Staircase::new(toward));
            kept.add(i64::MAX, &read_typed(reader, ty)?);
        }
    }
    if has(DISTINCT) {
        more.distinct = Some(read_distinct(reader, has(OVERFLOWED))?);
    }
    for (flag, end) in [(FIRST, &mut more.first), (LAST, &mut more.last)] {
        if has(flag) {
            *end = Some(End {
                timestamp: reader.signed()?,
                id: reader.text()?,
                value: read_typed(reader, ty)?,
            });
        }
    }
    more.min = more.min.filter(|_| keeps.min);
    more.max = more.max.filter(|_| keeps.max);
    more.distinct = more.distinct.filter(|_| keeps.distinct);
    more.first = more.first.filter(|_| keeps.first);
    more.last = more.last.filter(|_| keeps.last);
    state.more = (more != More::default()).then(|| Box::new(more));
    Ok(state)
}

fn read_typed(reader: &mut Reader<'_>, ty: Type) -> Result<Value, StoredStateError> {
    let value = read_value(reader)?;
    if is_of(&value, ty) {
        Ok(value)
    } else {
        Err(reader.malformed("a value that is not of its series' type"))
    }
}

fn read_distinct(reader: &mut Reader<'_>, overflowed: bool) -> Result<Distinct, StoredStateError> {
    let mut distinct = Distinct {
        overflowed,
        ..Distinct::default()
    };
    if overflowed {
        return Ok(distinct);
    }
    let count = reader.count()?;
    if count > ENTRIES_MAX {
        return Err(reader.malformed("more distinct values than are ever kept"));
    }
    for _ in 0..count {
        let value = read_value(reader)?;
        let key = Key::new(&value);
        if value.is_null() || key.0 != value || distinct.counts.insert(key, 1).is_some() {
            return Err(reader.malformed("a distinct value that is none"));
        }
    }
    Ok(distinct)
}
