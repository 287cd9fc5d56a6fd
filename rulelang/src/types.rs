//! The types of the language.

use std::fmt;

/// The type of a value, a field or an expression.
///
/// Every type includes NULL: an absent value is not a type error, it is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// The type of a literal `NULL` alone.
    Null,
    /// A scalar as it came, where only its presence or its distinctness is asked for
    /// (`COUNT DISTINCT(purchase.sku)`). Equal numbers are one value however they were written.
    Any,
    /// TRUE or FALSE.
    Bool,
    /// A 64-bit signed integer; arithmetic that overflows is NULL.
    Int,
    /// A 64-bit float without NaN and infinities (those are NULL), so totally ordered; −0 == 0.
    Float,
    /// UTF-8 text, compared by bytes.
    String,
    /// An instant: milliseconds since 1970-01-01T00:00:00Z.
    Timestamp,
    /// A day: days since 1970-01-01.
    Date,
    /// A span of time in milliseconds.
    Duration,
    /// A list of one scalar type.
    List(Scalar),
    /// `list<object>`: a list of objects, whose members a quantifier reads by their names. An
    /// object by itself is no value of the language.
    Objects,
}

/// The types that a list may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// See [`Type::Bool`].
    Bool,
    /// See [`Type::Int`].
    Int,
    /// See [`Type::Float`].
    Float,
    /// See [`Type::String`].
    String,
    /// See [`Type::Timestamp`].
    Timestamp,
    /// See [`Type::Date`].
    Date,
    /// See [`Type::Duration`].
    Duration,
}

impl Scalar {
    /// The same type outside a list.
    pub fn as_type(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Float => Type::Float,
            Self::String => Type::String,
            Self::Timestamp => Type::Timestamp,
            Self::Date => Type::Date,
            Self::Duration => Type::Duration,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "string" => Self::String,
            "timestamp" => Self::Timestamp,
            "date" => Self::Date,
            "duration" => Self::Duration,
            _ => return None,
        })
    }
}

impl Type {
    /// The same type as a list's item type; `None` for lists, [`Type::Null`] and [`Type::Any`].
    pub fn as_scalar(self) -> Option<Scalar> {
        Some(match self {
            Self::Bool => Scalar::Bool,
            Self::Int => Scalar::Int,
            Self::Float => Scalar::Float,
            Self::String => Scalar::String,
            Self::Timestamp => Scalar::Timestamp,
            Self::Date => Scalar::Date,
            Self::Duration => Scalar::Duration,
            Self::Null | Self::Any | Self::List(_) | Self::Objects => return None,
        })
    }

    /// Whether it is a list, of whatever.
    pub fn is_list(self) -> bool {
        matches!(self, Self::List(_) | Self::Objects)
    }

    /// Whether arithmetic is defined on it.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// Reads the name that [`fmt::Display`] prints: `bool`, `int`, …, `list<string>`.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(item) = name.strip_prefix("list<") {
            return match item.strip_suffix('>')? {
                "object" => Some(Self::Objects),
                item => Scalar::from_name(item).map(Self::List),
            };
        }
        Scalar::from_name(name).map(Scalar::as_type)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Null => "null",
            Self::Any => "any",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Objects => "list<object>",
            Self::List(item) => return write!(f, "list<{}>", item.as_type()),
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_what_it_is_printed_for() {
        for name in ["bool", "float", "list<string>", "list<object>"] {
            let ty = Type::from_name(name);
            assert_eq!(ty.map(|ty| ty.to_string()).as_deref(), Some(name));
        }
        // It ran out of stack.
        let deep = "list<".repeat(300_000);
        for none in ["", "null", "list<", "list<list<int>>", "list<any>", &deep] {
            assert_eq!(Type::from_name(none), None);
        }
    }
}
