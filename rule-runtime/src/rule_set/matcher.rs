//! Which rules a change of a slot can flip.
//!
//! Most leaf conditions compare a slot with constants. Seen from the slot, a number moves along a
//! line on which each such constant is a *cut*; a rule can flip only if one of its cuts was
//! crossed. A string leaves one constant's rules and meets another's. What is neither, wakes on
//! any change. All answers are supersets: a woken rule is evaluated whole.
//!
//! Most rules are conjunctions, and most users fail most of them on the same rare condition. So
//! each conjunction names one of its conditions its *access*: while that is not TRUE of a user,
//! nothing else wakes the rule. Per user, only the rules whose access is TRUE (*armed*) are kept.
//! (The idea is the access predicate of Fabret et al., "Filtering algorithms and implementation
//! for very fast publish/subscribe systems", SIGMOD 2001.)

use std::collections::HashMap;
use std::sync::Arc;

use rulelang::Value;

/// A place between two neighbouring keys: just below (`false`) or just above (`true`) one.
pub(crate) type Cut = (i64, bool);

/// The numbers from one cut to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Interval {
    /// The lower end; `None` if it has none.
    pub(crate) from: Option<Cut>,
    /// The upper end; `None` if it has none.
    pub(crate) to: Option<Cut>,
}

impl Interval {
    /// Whether the key lies in it.
    pub(crate) fn contains(self, key: i64) -> bool {
        let place = (key, false);
        self.from.is_none_or(|cut| cut <= place) && self.to.is_none_or(|cut| cut > place)
    }
}

/// When an access condition is TRUE.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Access {
    /// The slot is a number within an interval.
    Number(Interval),
    /// The slot is one of some strings.
    Strings(Vec<Arc<str>>),
}

impl Access {
    /// Whether it is TRUE of a value.
    pub(crate) fn is_true(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Strings(strings), Value::String(text)) => strings.contains(text),
            (Self::Strings(_), _) => false,
            (Self::Number(interval), value) => key(value).is_some_and(|key| interval.contains(key)),
        }
    }
}

/// What a change of a slot means to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Its rule may flip.
    Any,
    /// Its access is now TRUE, or not; its rule may flip.
    Access(bool),
}

/// What wakes on a change of one slot.
#[derive(Debug, Default)]
pub(crate) struct SlotMatcher {
    /// Cuts ascending, each with a segment that has it.
    cuts: Vec<(Cut, u32)>,
    /// Where the entries of each different cut begin.
    starts: Vec<u32>,
    /// Segments that compare the slot with a string for equality.
    strings: HashMap<Arc<str>, Vec<u32>>,
    /// Segments that may flip when the value comes or goes.
    presence: Vec<u32>,
    /// Segments that may flip on any change.
    any: Vec<u32>,
    /// The access conditions on this slot, by segment.
    access: HashMap<u32, Access, foldhash::fast::RandomState>,
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

    /// Makes a condition on this slot a segment's access. Its cuts, strings and presence are
    /// added as those of any other.
    pub(crate) fn add_access(&mut self, access: Access, segment: u32) {
        self.access.insert(segment, access);
    }

    /// To be called once, when everything is added.
    pub(crate) fn finish(&mut self) {
        self.cuts.sort_unstable();
        self.cuts.dedup();
        let is_new = |at: &usize| *at == 0 || self.cuts[at - 1].0 != self.cuts[*at].0;
        let starts = (0..self.cuts.len()).filter(is_new).map(|at| at as u32);
        self.starts = starts.collect();
        for list in self
            .strings
            .values_mut()
            .chain([&mut self.presence, &mut self.any])
        {
            list.sort_unstable();
            list.dedup();
        }
    }

    /// The cuts, where a change of a number matters only if it crosses one (or comes from NULL or
    /// goes to it).
    pub(crate) fn only_cuts(&self) -> Option<Vec<Cut>> {
        let only = self.any.is_empty() && self.strings.is_empty();
        let mut cuts: Vec<Cut> = self.cuts.iter().map(|(cut, _)| *cut).collect();
        cuts.dedup();
        only.then_some(cuts)
    }

    /// The access conditions on this slot, by segment.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = (u32, &Access)> {
        self.access
            .iter()
            .map(|(segment, access)| (*segment, access))
    }

    /// Calls `wake` with each segment that a change of the slot from one side of its
    /// [cuts](Self::only_cuts) to another may flip; `None` is NULL. `new` is the value now.
    pub(crate) fn wake_crossed(
        &self,
        sides: (Option<u32>, Option<u32>),
        new: &Value,
        wake: impl FnMut(u32, Wake),
    ) {
        let wake = self.waker(new, wake);
        let (Some(old), Some(new)) = sides else {
            return self.presence.iter().for_each(wake);
        };
        let start = |side: u32| {
            let start = self.starts.get(side as usize);
            start.map_or(self.cuts.len(), |start| *start as usize)
        };
        let crossed = &self.cuts[start(old.min(new))..start(old.max(new))];
        crossed.iter().map(|(_, segment)| segment).for_each(wake);
    }

    /// Tells with each segment what the value `new` means to it.
    fn waker(&self, new: &Value, mut wake: impl FnMut(u32, Wake)) -> impl FnMut(&u32) {
        move |segment| {
            let access = self.access.get(segment).filter(|_| !self.access.is_empty());
            wake(
                *segment,
                access.map_or(Wake::Any, |access| Wake::Access(access.is_true(new))),
            );
        }
    }

    /// Calls `wake` with each segment that a change of the slot from `old` to `new` may flip.
    pub(crate) fn wake(&self, old: &Value, new: &Value, wake: impl FnMut(u32, Wake)) {
        if old == new {
            return;
        }
        let mut wake = self.waker(new, wake);
        self.any.iter().for_each(&mut wake);
        if old.is_null() || new.is_null() {
            self.presence.iter().for_each(&mut wake);
        }
        match (key(old), key(new)) {
            (Some(old), Some(new)) => self.crossed(old, new).for_each(wake),
            _ => self.equal(old).chain(self.equal(new)).for_each(wake),
        }
    }

    fn crossed(&self, old: i64, new: i64) -> impl Iterator<Item = &u32> {
        let (low, high) = (old.min(new), old.max(new));
        let start = self.cuts.partition_point(|(cut, _)| *cut < (low, true));
        let crossed = self.cuts.get(start..).unwrap_or_default().iter();
        crossed
            .take_while(move |(cut, _)| *cut <= (high, false))
            .map(|(_, segment)| segment)
    }

    fn equal(&self, value: &Value) -> impl Iterator<Item = &u32> {
        let Value::String(text) = value else {
            return [].iter();
        };
        self.strings
            .get(text)
            .map_or([].iter(), |segments| segments.iter())
    }
}

/// Numbers and instants as integers of the same order.
pub(crate) fn key(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => Some(*int),
        Value::Date(days) => Some(i64::from(*days)),
        Value::Float(float) => Some(float_key(*float)),
        Value::Null | Value::String(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// The order of floats as the order of integers: negative ones have all bits but the sign
/// inverted. −0 is 0.
pub(crate) fn float_key(float: f64) -> i64 {
    let bits = (float + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woken(matcher: &SlotMatcher, old: i64, new: i64) -> Vec<u32> {
        let mut woken = vec![];
        matcher.wake(&Value::Int(old), &Value::Int(new), |segment, _| {
            woken.push(segment);
        });
        woken
    }

    #[test]
    fn a_number_wakes_the_cuts_that_it_crosses() {
        let mut matcher = SlotMatcher::default();
        matcher.add_cut((10, true), 1); // x > 10
        matcher.add_cut((10, false), 2); // x >= 10
        matcher.finish();
        assert_eq!(woken(&matcher, 9, 10), [2]);
        assert_eq!(woken(&matcher, 10, 11), [1]);
        assert_eq!(woken(&matcher, 12, 3), [2, 1]);
        assert!(woken(&matcher, 11, 12).is_empty());
    }

    #[test]
    fn an_access_tells_whether_it_is_true() {
        let mut matcher = SlotMatcher::default();
        matcher.add_cut((10, true), 1);
        matcher.add_access(
            Access::Number(Interval {
                from: Some((10, true)),
                to: None,
            }),
            1,
        );
        matcher.finish();
        let mut woken = vec![];
        matcher.wake(&Value::Int(10), &Value::Int(11), |_, wake| woken.push(wake));
        matcher.wake(&Value::Int(11), &Value::Int(10), |_, wake| woken.push(wake));
        assert_eq!(woken, [Wake::Access(true), Wake::Access(false)]);
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
