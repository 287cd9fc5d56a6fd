//! Sets of values of one type, NULL among them or not.

use std::cmp::Ordering;

use crate::value::Value;

/// A place between values on the line that they are ordered on.
#[derive(Debug, Clone)]
enum Cut {
    Start,
    Before(Value),
    After(Value),
    End,
}

impl Cut {
    /// The order on the line. The values of one line compare; those that do not count as equal.
    fn order(&self, other: &Self) -> Ordering {
        let value = |cut: &Self| match cut {
            Self::Before(value) | Self::After(value) => Some(value.clone()),
            Self::Start | Self::End => None,
        };
        match (value(self), value(other)) {
            (Some(a), Some(b)) => {
                let order = a.compare(&b).unwrap_or(Ordering::Equal);
                order.then(self.rank().cmp(&other.rank()))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Start => 0,
            Self::Before(_) => 1,
            Self::After(_) => 2,
            Self::End => 3,
        }
    }
}

/// A set of values, as the cuts at which one enters it and leaves it again, in their order.
#[derive(Debug, Clone)]
pub(super) struct Set {
    has_null: bool,
    cuts: Vec<Cut>,
}

impl Set {
    /// Nothing.
    pub(super) fn empty() -> Self {
        Self {
            has_null: false,
            cuts: vec![],
        }
    }

    /// NULL alone.
    pub(super) fn null() -> Self {
        Self {
            has_null: true,
            cuts: vec![],
        }
    }

    /// Every value but NULL.
    pub(super) fn known() -> Self {
        Self::between(Cut::Start, Cut::End)
    }

    /// Every value.
    pub(super) fn all() -> Self {
        Self::known().or(&Self::null())
    }

    /// One value.
    pub(super) fn point(value: &Value) -> Self {
        Self::between(Cut::Before(value.clone()), Cut::After(value.clone()))
    }

    /// These values; they may come in any order and more than once.
    pub(super) fn points(mut values: Vec<Value>) -> Self {
        values.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
        values.dedup_by(|a, b| a.compare(b) == Some(Ordering::Equal));
        let cuts = values
            .into_iter()
            .flat_map(|value| [Cut::Before(value.clone()), Cut::After(value)]);
        Self {
            has_null: false,
            cuts: cuts.collect(),
        }
    }

    /// What is less than a value, or not more.
    pub(super) fn below(value: Value, includes: bool) -> Self {
        let end = if includes {
            Cut::After(value)
        } else {
            Cut::Before(value)
        };
        Self::between(Cut::Start, end)
    }

    /// What is more than a value, or not less.
    pub(super) fn above(value: Value, includes: bool) -> Self {
        let start = if includes {
            Cut::Before(value)
        } else {
            Cut::After(value)
        };
        Self::between(start, Cut::End)
    }

    fn between(start: Cut, end: Cut) -> Self {
        Self {
            has_null: false,
            cuts: vec![start, end],
        }
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && b)
    }

    /// What is in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a || b)
    }

    /// What is in this one and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a && !b)
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_null && self.cuts.is_empty()
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.without(other).is_empty()
    }

    /// How much work it is to combine it.
    pub(super) fn size(&self) -> usize {
        self.cuts.len() + 1
    }

    /// One pass over both; `keep` says what stays, and keeps nothing of what is in neither.
    fn combined(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let (mut ours, mut theirs) = (self.cuts.iter().peekable(), other.cuts.iter().peekable());
        let (mut in_ours, mut in_theirs, mut is_inside) = (false, false, false);
        let mut cuts = vec![];
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.order(b),
            };
            let mut cut = None;
            if order.is_le() {
                in_ours = !in_ours;
                cut = ours.next();
            }
            if order.is_ge() {
                in_theirs = !in_theirs;
                cut = theirs.next();
            }
            let is_kept = keep(in_ours, in_theirs);
            if is_kept != is_inside {
                is_inside = is_kept;
                cuts.extend(cut.cloned());
            }
        }
        Self {
            has_null: keep(self.has_null, other.has_null),
            cuts,
        }
    }
}
