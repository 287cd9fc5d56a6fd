//! Profile fields: the last value by (timestamp, eventId bytes), a trait before a property.

use std::sync::Arc;

use rulelang::Value;

/// A value and the place in the user's history that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamped {
    /// `None` is before every instant.
    pub(crate) timestamp: Option<i64>,
    pub(crate) id: Arc<str>,
    /// Of the field's type; NULL where the raw value did not fit, or for a trait unset.
    pub(crate) value: Value,
}

/// What one user has for one field.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FieldState {
    /// The last trait said of that name.
    pub(crate) said: Option<Box<SaidTrait>>,
    /// The last property seen of that name.
    pub(crate) seen: Option<Stamped>,
}

/// A trait, or its removal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SaidTrait {
    pub(crate) stamped: Stamped,
    /// An explicit null: properties show through again.
    pub(crate) unset: bool,
}

impl FieldState {
    /// The field's value.
    pub(crate) fn value(&self) -> &Value {
        let said = self
            .said
            .as_deref()
            .filter(|said| !said.unset)
            .map(|said| &said.stamped);
        said.or(self.seen.as_ref())
            .map_or(&Value::Null, |stamped| &stamped.value)
    }

    /// A property's value; kept if it is later than the last.
    pub(crate) fn see(&mut self, stamped: Stamped) {
        if self.seen.as_ref().is_none_or(|seen| stamped.is_after(seen)) {
            self.seen = Some(stamped);
        }
    }

    /// A trait's value; kept if it is later than the last.
    pub(crate) fn say(&mut self, stamped: Stamped, unset: bool) {
        if self
            .said
            .as_ref()
            .is_none_or(|said| stamped.is_after(&said.stamped))
        {
            self.said = Some(Box::new(SaidTrait { stamped, unset }));
        }
    }
}

impl Stamped {
    fn is_after(&self, other: &Self) -> bool {
        (self.timestamp, self.id.as_bytes()) > (other.timestamp, other.id.as_bytes())
    }
}
