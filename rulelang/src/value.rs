//! Runtime values, raw and typed, and the one rule by which a raw value takes a type.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::limits::QUANTIFIED_ITEMS_MAX;
use crate::types::Type;

/// A value: what a field holds, what an expression answers.
///
/// A raw value, as it comes out of JSON, is NULL, a bool, an int, a float, a string or a list,
/// whose items may be objects;
/// [`Value::typed`] gives it the type of the field that it stands in.
/// Floats are finite: whoever makes one maps NaN and the infinities to [`Value::Null`]
/// ([`Value::float`] does). [`PartialEq`] is structural (`Int(1) != Float(1.0)`); what the
/// language calls equal is [`Value::compare`].
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Absent or unknown.
    #[default]
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// Text.
    String(Arc<str>),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    /// Days since the epoch.
    Date(i32),
    /// Milliseconds.
    Duration(i64),
    /// Items in their order.
    List(Arc<[Value]>),
    /// An object, which stands in a list alone: its raw members by name, the names ascending by
    /// bytes, nested ones dotted (`product.sku`). [`Value::object`] makes one.
    Object(Arc<[(Arc<str>, Value)]>),
}

/// 2^63 as a float: the first one above every `i64`.
const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;

impl Value {
    /// A float; NaN and the infinities are NULL, and −0 is 0.
    pub fn float(value: f64) -> Self {
        if value.is_finite() {
            Self::Float(value + 0.0)
        } else {
            Self::Null
        }
    }

    /// A string.
    pub fn string(text: &str) -> Self {
        Self::String(text.into())
    }

    /// An object of these raw members; the last of a name counts, and one that is NULL is absent.
    pub fn object(members: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        let named: BTreeMap<Arc<str>, Self> = members.into_iter().collect();
        Self::Object(
            named
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
        )
    }

    /// The raw member of that name; NULL where there is none, or of what is no object.
    pub fn member(&self, name: &str) -> &Self {
        let Self::Object(members) = self else {
            return &Self::Null;
        };
        let found = members.binary_search_by(|(known, _)| (**known).cmp(name));
        let found = found.ok().and_then(|at| members.get(at));
        found.map_or(&Self::Null, |(_, value)| value)
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Gives a raw value the type of the place that it stands in; NULL where it does not fit.
    ///
    /// - `float` takes an int only where f64 holds it exactly; `int` takes a float without
    ///   fraction that fits 64 bits.
    /// - `timestamp` takes an RFC 3339 string, or `YYYY-MM-DD` as that day's midnight in UTC; `date` takes
    ///   `YYYY-MM-DD`, or an RFC 3339 string as its day in UTC; neither takes a number.
    /// - `any` takes every scalar; a list takes a list, each of whose items must fit.
    /// - `list<object>` takes up to [`QUANTIFIED_ITEMS_MAX`] objects as they are: who reads a member gives
    ///   it its type.
    /// - A value that already has the type stays as it is, but −0 is 0.
    #[must_use]
    pub fn typed(&self, ty: Type) -> Self {
        match (ty, self) {
            (Type::Any, Self::List(_)) | (Type::Null, _) | (_, Self::Object(_)) => Self::Null,
            (Type::Objects, Self::List(items)) => {
                let fits = items.len() <= QUANTIFIED_ITEMS_MAX
                    && items.iter().all(|item| matches!(item, Self::Object(_)));
                if fits { self.clone() } else { Self::Null }
            }
            (Type::Any | Type::Float, Self::Float(float)) => Self::float(*float),
            (Type::Any, value) => value.clone(),
            (Type::Float, Self::Int(int)) => exact_float(*int).map_or(Self::Null, Self::Float),
            (Type::Int, Self::Float(float)) => exact_int(*float).map_or(Self::Null, Self::Int),
            (Type::Timestamp, Self::String(text)) => {
                crate::time::instant_of(text).map_or(Self::Null, Self::Timestamp)
            }
            (Type::Date, Self::String(text)) => {
                crate::time::day_of(text).map_or(Self::Null, Self::Date)
            }
            (Type::List(item), Self::List(items)) => {
                let typed: Arc<[Self]> = items
                    .iter()
                    .map(|value| value.typed(item.as_type()))
                    .collect();
                if typed.iter().any(Self::is_null) {
                    Self::Null
                } else {
                    Self::List(typed)
                }
            }
            (ty, value) if value.type_of() == ty => value.clone(),
            _ => Self::Null,
        }
    }

    /// The type it shows by itself; a list's is that of its first item (`list<string>` if empty).
    /// An object has none.
    pub fn type_of(&self) -> Type {
        match self {
            Self::Null | Self::Object(_) => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Float(_) => Type::Float,
            Self::String(_) => Type::String,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Date(_) => Type::Date,
            Self::Duration(_) => Type::Duration,
            Self::List(items) if matches!(items.first(), Some(Self::Object(_))) => Type::Objects,
            Self::List(items) => Type::List(
                items
                    .first()
                    .and_then(|item| item.type_of().as_scalar())
                    .unwrap_or(crate::types::Scalar::String),
            ),
        }
    }

    /// The order of two values of comparable types; `None` where one is NULL or they are not
    /// comparable. int and float compare exactly, strings by bytes, FALSE before TRUE.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Float(b)) => Some(compare_int_float(*a, *b)),
            (Self::Float(a), Self::Int(b)) => Some(compare_int_float(*b, *a).reverse()),
            (Self::String(a), Self::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::Timestamp(a), Self::Timestamp(b)) | (Self::Duration(a), Self::Duration(b)) => {
                Some(a.cmp(b))
            }
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// The float equal to `int`, if there is one.
pub fn exact_float(int: i64) -> Option<f64> {
    let float = int as f64;
    (compare_int_float(int, float) == Ordering::Equal).then_some(float)
}

/// The int equal to `float`, if there is one.
pub fn exact_int(float: f64) -> Option<i64> {
    let fits = float.fract() == 0.0 && (-TWO_POW_63..TWO_POW_63).contains(&float);
    fits.then_some(float as i64)
}

/// Compares on the number line, never by rounding the int. `float` is finite.
pub fn compare_int_float(int: i64, float: f64) -> Ordering {
    if float >= TWO_POW_63 {
        return Ordering::Less;
    }
    if float < -TWO_POW_63 {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    int.cmp(&(whole as i64))
        .then_with(|| whole.partial_cmp(&float).unwrap_or(Ordering::Equal))
}
