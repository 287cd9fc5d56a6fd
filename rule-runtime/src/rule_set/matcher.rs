//! Which rules a change of a slot can flip.
//!
//! Most leaf conditions compare a slot with constants. Seen from the slot, a number moves along a
//! line on which each such constant is a *cut*; a rule can flip only if one of its cuts was
//! crossed. A string leaves one constant's rules and meets another's. What is neither, wakes on
//! any change. All answers are supersets: a woken rule is evaluated whole.

use std::collections::HashMap;
use std::sync::Arc;

use rulelang::Value;

/// A place between two neighbouring keys: just below (`false`) or just above (`true`) one.
pub(crate) type Cut = (i64, bool);

/// What wakes on a change of one slot.
#[derive(Debug, Default)]
pub(crate) struct SlotMatcher {
    /// Cuts ascending, each with a segment that has it.
    cuts: Vec<(Cut, u32)>,
    /// Segments that compare the slot with a string for equality.
    strings: HashMap<Arc<str>, Vec<u32>>,
    /// Segments that may flip when the value comes or goes.
    presence: Vec<u32>,
    /// Segments that may flip on any change.
    any: Vec<u32>,
}

impl SlotMatcher {
    pub(crate) fn add_cut(&mut self, cut: Cut, segment: u32) {
        self.cuts.push((cut, segment));
    }

    pub(crate) fn add_string(&mut self, text: &Arc<str>, segment: u32) {
        self.strings.entry(text.clone()).or_default().push(segment);
    }

    pub(crate) fn add_presence(&mut self, segment: u32) {
        self.presence.push(segment);
    }

    pub(crate) fn add_any(&mut self, segment: u32) {
        self.any.push(segment);
    }

    /// To be called once, when everything is added.
    pub(crate) fn finish(&mut self) {
        self.cuts.sort_unstable();
        self.cuts.dedup();
        for list in self
            .strings
            .values_mut()
            .chain([&mut self.presence, &mut self.any])
        {
            list.sort_unstable();
            list.dedup();
        }
    }

    /// The cuts, where a change of a number matters only if it crosses one.
    pub(crate) fn only_cuts(&self) -> Option<Vec<Cut>> {
        let only = self.any.is_empty() && self.strings.is_empty();
        only.then(|| self.cuts.iter().map(|(cut, _)| *cut).collect())
    }

    /// Calls `wake` with each segment that a change of the slot from `old` to `new` may flip.
    pub(crate) fn wake(&self, old: &Value, new: &Value, mut wake: impl FnMut(u32)) {
        if old == new {
            return;
        }
        self.any.iter().copied().for_each(&mut wake);
        if old.is_null() || new.is_null() {
            self.presence.iter().copied().for_each(&mut wake);
        }
        match (key(old), key(new)) {
            (Some(old), Some(new)) => self.wake_crossed(old, new, wake),
            _ => self.wake_equal(old, new, wake),
        }
    }

    fn wake_crossed(&self, old: i64, new: i64, wake: impl FnMut(u32)) {
        let (low, high) = (old.min(new), old.max(new));
        let start = self.cuts.partition_point(|(cut, _)| *cut < (low, true));
        let crossed = self.cuts.get(start..).unwrap_or_default().iter();
        crossed
            .take_while(|(cut, _)| *cut <= (high, false))
            .map(|(_, segment)| *segment)
            .for_each(wake);
    }

    fn wake_equal(&self, old: &Value, new: &Value, mut wake: impl FnMut(u32)) {
        for value in [old, new] {
            if let Value::String(text) = value
                && let Some(segments) = self.strings.get(text)
            {
                segments.iter().copied().for_each(&mut wake);
            }
        }
    }
}

/// Numbers and instants as integers of the same order.
pub(crate) fn key(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => Some(*int),
        Value::Date(days) => Some(i64::from(*days)),
        Value::Float(float) => Some(float_key(*float)),
        Value::Null | Value::String(_) | Value::List(_) => None,
    }
}

/// The order of floats as the order of integers: negative ones have all bits but the sign
/// inverted. −0 is 0.
fn float_key(float: f64) -> i64 {
    let bits = (float + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woken(matcher: &SlotMatcher, old: Value, new: Value) -> Vec<u32> {
        let mut woken = vec![];
        matcher.wake(&old, &new, |segment| woken.push(segment));
        woken
    }

    #[test]
    fn a_number_wakes_the_cuts_that_it_crosses() {
        let mut matcher = SlotMatcher::default();
        matcher.add_cut((10, true), 1); // x > 10
        matcher.add_cut((10, false), 2); // x >= 10
        matcher.finish();
        assert_eq!(woken(&matcher, Value::Int(9), Value::Int(10)), [2]);
        assert_eq!(woken(&matcher, Value::Int(10), Value::Int(11)), [1]);
        assert_eq!(woken(&matcher, Value::Int(12), Value::Int(3)), [2, 1]);
        assert!(woken(&matcher, Value::Int(11), Value::Int(12)).is_empty());
    }

    #[test]
    fn floats_keep_their_order_as_keys() {
        let floats = [f64::MIN, -1.5, -0.0, 0.0, f64::MIN_POSITIVE, 1.5, f64::MAX];
        assert!(
            floats
                .windows(2)
                .all(|pair| float_key(pair[0]) <= float_key(pair[1]))
        );
        assert_eq!(float_key(-0.0), float_key(0.0));
    }
}
