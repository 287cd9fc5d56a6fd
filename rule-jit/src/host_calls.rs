//! The functions that compiled code may call, by address: no symbol is ever looked up.
//!
//! Strings arrive as the two words of a slot. A NULL string (symbol 0) passes no test, so the code
//! need not ask before it calls.
#![expect(
    unsafe_code,
    reason = "compiled code passes addresses; here they become references again"
)]

use std::cmp::Ordering;

use memchr::memmem::Finder;
use regex::Regex;
use rulelang::Value;
use rulelang::calendar::{Anniversary, CalendarSpan};
use rulelang::text::LikePattern;

use crate::calls::{Call, Frame};
use crate::entry_point::value_of;
use crate::row::{OBJECTS_META, Slot};
use crate::shape::{Step, TextTest};
use crate::symbols::SYMBOL_UNKNOWN;

/// The address of a text test: `(object, text) -> bit` where the pattern is prepared, else
/// `(text, pattern) -> bit`.
pub(crate) fn text_test(test: TextTest) -> usize {
    match test {
        TextTest::Find => find as *const () as usize,
        TextTest::Like => like as *const () as usize,
        TextTest::Matches => matches as *const () as usize,
        TextTest::Contains => contains as *const () as usize,
        TextTest::StartsWith => starts_with as *const () as usize,
        TextTest::EndsWith => ends_with as *const () as usize,
    }
}

/// `(list, item, negated) -> bit`: whether a list holds an item, or is known not to.
pub(crate) fn holds_address() -> usize {
    holds as *const () as usize
}

/// `(list, keys, count, negated) -> bit`: whether a list holds one of the keys, or is known not
/// to.
pub(crate) fn holds_key_address() -> usize {
    holds_key as *const () as usize
}

/// `(list, list, negated) -> bit`: whether two lists are equal, or are known not to be.
pub(crate) fn same_list_address() -> usize {
    same_list as *const () as usize
}

/// `(text, text) -> i32`: −1, 0 or 1 by bytes; of a NULL, anything.
pub(crate) fn compare_texts_address() -> usize {
    compare_texts as *const () as usize
}

/// `(int, float) -> i32`: −1, 0 or 1 on the number line; of a NaN, anything.
pub(crate) fn compare_mixed_address() -> usize {
    compare_mixed as *const () as usize
}

/// `(float, float) -> float`: the quotient truncated toward zero.
pub(crate) fn float_quotient_address() -> usize {
    float_quotient as *const () as usize
}

/// `(float, float) -> float`: the remainder of that quotient.
pub(crate) fn float_remainder_address() -> usize {
    float_remainder as *const () as usize
}

/// `(float) -> float`: the whole number that the step leads to.
pub(crate) fn step_address(step: Step) -> usize {
    match step {
        Step::Floor => floor as *const () as usize,
        Step::Ceil => ceil as *const () as usize,
        Step::Round => round as *const () as usize,
        Step::Trunc | Step::Abs | Step::Sign => trunc as *const () as usize,
    }
}

/// `(calendar, now) -> instant`: the first one of a window.
pub(crate) fn calendar_start_address() -> usize {
    calendar_start as *const () as usize
}

/// `(anniversary, instant, now) -> bit`: whether one of its returns is near.
pub(crate) fn returns_address() -> usize {
    returns as *const () as usize
}

/// `(frame, call, slots) -> 0`: reads a function's arguments from slots that stand side by side,
/// and writes its value into the one behind them.
pub(crate) fn function_address() -> usize {
    function as *const () as usize
}

/// The string of a slot's two words; `None` for NULL.
///
/// # Safety
/// The words are those of a string slot (see [`crate::row`]) that outlives the call, or have a
/// high half of 0 in `meta`.
pub(crate) unsafe fn text_of<'a>(payload: u64, meta: u64) -> Option<&'a str> {
    if meta >> 32 == 0 {
        return None;
    }
    let start = std::ptr::with_exposed_provenance::<u8>(payload as usize);
    let length = meta as u32 as usize;
    // SAFETY: a symbol that is not 0 means, by the invariant of `row`, that `start` points to
    // `length` live bytes that came from a `&str`.
    Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(start, length)) })
}

/// The items of a list's slot; `None` for NULL.
///
/// # Safety
/// The words are those of a slot of a row (see [`crate::row`]) that outlives the call.
pub(crate) unsafe fn list_of<'a>(payload: u64, meta: u64) -> Option<&'a [Slot]> {
    if meta == 0 || meta >> 32 != 0 || meta & 1 != 0 {
        return None;
    }
    let start = std::ptr::with_exposed_provenance::<Slot>(payload as usize);
    // SAFETY: such a `meta` means, by the invariant of `row`, that `start` points to that many
    // live slots, which nobody mutates.
    Some(unsafe { std::slice::from_raw_parts(start, (meta >> 1) as usize - 1) })
}

/// An object of a rule's constants.
///
/// # Safety
/// `address` came from [`crate::constants::Object::address`] of an object that holds a `T` and
/// outlives the call.
unsafe fn object<'a, T>(address: u64) -> &'a T {
    // SAFETY: by the contract above it points to a live `T`, which nobody mutates.
    unsafe { &*std::ptr::with_exposed_provenance::<T>(address as usize) }
}

/// The list of objects of a slot; NULL of what is none.
///
/// # Safety
/// The words are those of a slot of a row (see [`crate::row`]) that outlives the call.
pub(crate) unsafe fn objects_of(payload: u64, meta: u64) -> Value {
    if meta != OBJECTS_META {
        // SAFETY: as the caller says.
        let is_empty = unsafe { list_of(payload, meta) }.is_some_and(<[Slot]>::is_empty);
        return if is_empty {
            Value::List([].into())
        } else {
            Value::Null
        };
    }
    let list = std::ptr::with_exposed_provenance::<Value>(payload as usize);
    // SAFETY: that meta means, by the invariant of `row`, that a live value is there.
    unsafe { &*list }.clone()
}

extern "C" fn find(finder: u64, text: u64, meta: u64) -> u8 {
    // SAFETY: compiled code passes the words of a string slot, and the finder that lowering put
    // into the constants for this op; both outlive the call of the rule.
    let (text, finder) = unsafe { (text_of(text, meta), object::<Finder<'static>>(finder)) };
    u8::from(text.is_some_and(|text| finder.find(text.as_bytes()).is_some()))
}

extern "C" fn like(pattern: u64, text: u64, meta: u64) -> u8 {
    // SAFETY: as in `find`, with a LIKE pattern.
    let (text, pattern) = unsafe { (text_of(text, meta), object::<LikePattern>(pattern)) };
    u8::from(text.is_some_and(|text| pattern.is_match(text)))
}

extern "C" fn matches(regex: u64, text: u64, meta: u64) -> u8 {
    // SAFETY: as in `find`, with a regular expression.
    let (text, regex) = unsafe { (text_of(text, meta), object::<Regex>(regex)) };
    u8::from(text.is_some_and(|text| regex.is_match(text)))
}

extern "C" fn contains(text: u64, meta: u64, pattern: u64, pattern_meta: u64) -> u8 {
    both(text, meta, pattern, pattern_meta, |text, pattern| {
        memchr::memmem::find(text.as_bytes(), pattern.as_bytes()).is_some()
    })
}

extern "C" fn starts_with(text: u64, meta: u64, pattern: u64, pattern_meta: u64) -> u8 {
    both(text, meta, pattern, pattern_meta, |text, pattern| {
        text.starts_with(pattern)
    })
}

extern "C" fn ends_with(text: u64, meta: u64, pattern: u64, pattern_meta: u64) -> u8 {
    both(text, meta, pattern, pattern_meta, |text, pattern| {
        text.ends_with(pattern)
    })
}

#[inline]
fn both(a: u64, a_meta: u64, b: u64, b_meta: u64, test: impl Fn(&str, &str) -> bool) -> u8 {
    // SAFETY: compiled code passes the words of two string slots, or of string constants, which
    // have the same form; all outlive the call of the rule.
    let texts = unsafe { (text_of(a, a_meta), text_of(b, b_meta)) };
    match texts {
        (Some(a), Some(b)) => u8::from(test(a, b)),
        _ => 0,
    }
}

extern "C" fn compare_texts(a: u64, a_meta: u64, b: u64, b_meta: u64) -> i32 {
    // SAFETY: as in `both`.
    let texts = unsafe { (text_of(a, a_meta), text_of(b, b_meta)) };
    match texts {
        (Some(a), Some(b)) => sign(a.as_bytes().cmp(b.as_bytes())),
        _ => 0,
    }
}

extern "C" fn holds(list: u64, list_meta: u64, item: u64, meta: u64, negated: u64) -> u8 {
    // SAFETY: compiled code passes the words of a list's slot, then those of a value, each of the
    // row or of the constants; both outlive the call of the rule.
    let Some(list) = (unsafe { list_of(list, list_meta) }) else {
        return 0;
    };
    if list.is_empty() {
        return u8::from(negated != 0);
    }
    if meta == 0 {
        return 0;
    }
    let item = Slot {
        payload: item,
        meta,
    };
    let mut items = list.iter();
    // SAFETY: items of a list are slots of where it came from.
    let held = items.any(|held| unsafe { is_same(*held, item) });
    u8::from(held != (negated != 0))
}

extern "C" fn same_list(a: u64, a_meta: u64, b: u64, b_meta: u64, negated: u64) -> u8 {
    // SAFETY: compiled code passes the words of two lists' slots, of the row, the constants or the
    // frame, all of which outlive the call of the rule.
    let lists = unsafe { (list_of(a, a_meta), list_of(b, b_meta)) };
    let (Some(a), Some(b)) = lists else { return 0 };
    let mut pairs = a.iter().zip(b);
    // SAFETY: items of a list are slots of where it came from.
    let same = a.len() == b.len() && pairs.all(|(a, b)| unsafe { is_same(*a, *b) });
    u8::from(same != (negated != 0))
}

/// Whether two values of one type are equal; NULL is equal to NULL.
///
/// # Safety
/// Both are slots of a row (see [`crate::row`]) that outlives the call.
unsafe fn is_same(a: Slot, b: Slot) -> bool {
    // Symbols of the dictionary tell strings apart; strings outside it must be looked at.
    if known(a.meta) && known(b.meta) {
        return a.meta >> 32 == b.meta >> 32;
    }
    // SAFETY: as the caller says.
    match unsafe { (text_of(a.payload, a.meta), text_of(b.payload, b.meta)) } {
        (None, None) => a == b,
        (a, b) => a == b,
    }
}

extern "C" fn holds_key(list: u64, list_meta: u64, keys: u64, count: u64, negated: u64) -> u8 {
    let keys = std::ptr::with_exposed_provenance::<u64>(keys as usize);
    // SAFETY: compiled code passes the words of a list's slot, then the address and the length of
    // a table of the constants; both outlive the call of the rule.
    let (list, keys) = unsafe {
        let keys = std::slice::from_raw_parts(keys, count as usize);
        (list_of(list, list_meta), keys)
    };
    let Some(list) = list else { return 0 };
    let held = list
        .iter()
        .any(|item| keys.binary_search(&item.key()).is_ok());
    u8::from(held != (negated != 0))
}

/// Whether a string is in the dictionary.
fn known(meta: u64) -> bool {
    meta >> 32 > u64::from(SYMBOL_UNKNOWN)
}

extern "C" fn compare_mixed(int: i64, float: f64) -> i32 {
    sign(rulelang::value::compare_int_float(int, float))
}

extern "C" fn float_quotient(a: f64, b: f64) -> f64 {
    (a / b).trunc()
}

extern "C" fn float_remainder(a: f64, b: f64) -> f64 {
    a % b
}

extern "C" fn floor(x: f64) -> f64 {
    x.floor()
}

extern "C" fn ceil(x: f64) -> f64 {
    x.ceil()
}

extern "C" fn round(x: f64) -> f64 {
    x.round()
}

extern "C" fn trunc(x: f64) -> f64 {
    x.trunc()
}

extern "C" fn calendar_start(calendar: u64, now: i64) -> i64 {
    // SAFETY: as in `find`, with a calendar.
    let calendar = unsafe { object::<CalendarSpan>(calendar) };
    calendar.start(now)
}

extern "C" fn returns(anniversary: u64, instant: i64, now: i64) -> u8 {
    // SAFETY: as in `find`, with an anniversary.
    let anniversary = unsafe { object::<Anniversary>(anniversary) };
    u8::from(anniversary.holds(instant, now))
}

extern "C" fn function(frame: *mut Frame, call: u64, slots: *mut Slot) -> u8 {
    // SAFETY: compiled code passes the call that lowering put into the constants for this op.
    let call = unsafe { object::<Call>(call) };
    let count = call.types.len();
    // SAFETY: and the address of that many slots on its stack, in which it has just put the
    // arguments, with room for one more behind them. Nobody else knows the address.
    let (arguments, answer) = unsafe {
        let arguments = std::slice::from_raw_parts(slots.cast_const(), count);
        (arguments, slots.add(count))
    };
    let typed = call.types.iter().zip(arguments);
    // SAFETY: an argument is of the type for which the rule was lowered, from the row, the
    // constants or this frame, and all of them outlive the call of the rule.
    let values = typed.map(|(ty, slot)| unsafe { value_of(*slot, *ty) });
    let values: Vec<Value> = values.collect();
    // SAFETY: the frame is the one that the rule was called with, of which the caller's only
    // borrow went into that call; no other function of the host looks at it.
    let frame = unsafe { &mut *frame };
    let value = call.answer(&values, frame);
    // SAFETY: as above, there is room for it. What it points to lives in the frame.
    unsafe { answer.write(value) };
    0
}

fn sign(order: Ordering) -> i32 {
    match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}
