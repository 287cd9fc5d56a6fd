//! Text of our language, with the type that it has: foreign dialects are mostly untyped, so how something
//! is said depends on what it is said of.

use std::fmt::Write;

use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// NULL, or a name that nothing is bound to.
    Null,
    Bool,
    Int,
    Float,
    Text,
    Instant,
    Duration,
    List,
    /// An object: our language has no such values, only the names of what is in them.
    Map,
    Unknown,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Int,
            Value::Number(_) => Self::Float,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Map,
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// The type of what is computed of two numbers.
    pub(crate) fn with(self, other: Self) -> Self {
        if self == Self::Float || other == Self::Float {
            return Self::Float;
        }
        Self::Int
    }

    /// The type that values of both types share, if there is one.
    pub(crate) fn shared(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Null | Self::Unknown, kind) | (kind, Self::Null | Self::Unknown) => Some(kind),
            (one, two) if one == two => Some(one),
            (one, two) if one.is_number() && two.is_number() => Some(Self::Float),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    /// Whether brackets are needed before anything stands beside it.
    is_compound: bool,
}

impl Said {
    /// A literal, a name, a call.
    pub(crate) fn atom(text: impl Into<String>, kind: Kind) -> Self {
        Self {
            text: text.into(),
            kind,
            is_compound: false,
        }
    }

    /// Anything with an operator in it.
    pub(crate) fn compound(text: impl Into<String>, kind: Kind) -> Self {
        Self {
            text: text.into(),
            kind,
            is_compound: true,
        }
    }

    pub(crate) fn null() -> Self {
        Self::atom("NULL", Kind::Null)
    }

    /// The literal NULL, not a name that is NULL.
    pub(crate) fn is_null(&self) -> bool {
        self.text == "NULL"
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self::atom(if value { "TRUE" } else { "FALSE" }, Kind::Bool)
    }

    /// A string literal.
    pub(crate) fn string(text: &str) -> Self {
        let mut quoted = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_control() => write!(quoted, "\\u{:04x}", u32::from(c)).unwrap(),
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        Self::atom(quoted, Kind::Text)
    }

    /// A number literal, from its decimal digits.
    pub(crate) fn number(text: &str) -> Self {
        let is_float = text.contains(['.', 'e', 'E']);
        let text = if text.starts_with('.') {
            format!("0{text}")
        } else {
            text.replace("e+", "e")
        };
        let kind = if is_float { Kind::Float } else { Kind::Int };
        // A sign is an operator.
        if text.starts_with('-') {
            return Self::compound(text, kind);
        }
        Self::atom(text, kind)
    }

    /// A field, of the type of what is bound to it.
    pub(crate) fn field(path: &[&str], bindings: &Map<String, Value>) -> Self {
        let quoted: Vec<String> = path
            .iter()
            .map(|part| format!("`{}`", part.replace('`', "``")))
            .collect();
        Self::atom(quoted.join("."), bound(path, bindings))
    }

    /// As an operand.
    pub(crate) fn operand(&self) -> String {
        if self.is_compound {
            return format!("({})", self.text);
        }
        self.text.clone()
    }

    pub(crate) fn call(name: &str, arguments: &[&Self], kind: Kind) -> Self {
        let texts: Vec<&str> = arguments.iter().map(|it| it.text.as_str()).collect();
        Self::atom(format!("{name}({})", texts.join(", ")), kind)
    }

    pub(crate) fn infix(&self, op: &str, right: &Self, kind: Kind) -> Self {
        Self::compound(format!("{} {op} {}", self.operand(), right.operand()), kind)
    }

    /// A test that stands after its operand.
    pub(crate) fn test(&self, test: &str) -> Self {
        Self::compound(format!("{} {test}", self.operand()), Kind::Bool)
    }

    pub(crate) fn not(&self) -> Self {
        Self::compound(format!("NOT {}", self.operand()), Kind::Bool)
    }

    pub(crate) fn negated(&self) -> Self {
        Self::compound(format!("-{}", self.operand()), self.kind)
    }

    /// A quantifier over the items of a list, or how many it is true of.
    pub(crate) fn of_items(quantity: &str, list: &Self, item: &str, condition: &Self) -> Self {
        let kind = match quantity {
            "COUNT_IF" => Kind::Int,
            _ => Kind::Bool,
        };
        let (list, condition) = (&list.text, &condition.text);
        Self::atom(format!("{quantity}({list}, {item} => {condition})"), kind)
    }

    /// The item of a list at a place counted from 0.
    pub(crate) fn item(&self, at: &Self, kind: Kind) -> Self {
        let next = match at.text.parse::<i64>() {
            Ok(at) => Self::number(&(at + 1).to_string()),
            Err(_) => at.infix("+", &Self::number("1"), Kind::Int),
        };
        Self::call("LIST_GET", &[self, &next], kind)
    }

    /// NULL takes a type, everything else stays what it is.
    pub(crate) fn typed(self, kind: Kind) -> Self {
        if !self.is_null() {
            return self;
        }
        match kind {
            Kind::Int => Self::atom("TO_INT(NULL)", kind),
            Kind::Float => Self::atom("TO_FLOAT(NULL)", kind),
            Kind::Text => Self::atom("LOWER(NULL)", kind),
            Kind::Instant => Self::atom("TO_TIMESTAMP(NULL)", kind),
            _ => Self::atom("NULL", kind),
        }
    }

    /// `x == y`, which of a literal NULL is said with IS NULL.
    pub(crate) fn equals(&self, other: &Self) -> Self {
        if other.is_null() {
            return self.test("IS NULL");
        }
        if self.is_null() {
            return other.test("IS NULL");
        }
        self.infix("==", other, Kind::Bool)
    }

    /// `x != y`, in the same way.
    pub(crate) fn differs(&self, other: &Self) -> Self {
        if other.is_null() {
            return self.test("IS NOT NULL");
        }
        if self.is_null() {
            return other.test("IS NOT NULL");
        }
        self.infix("!=", other, Kind::Bool)
    }
}

/// The type of what is bound to a path.
fn bound(path: &[&str], bindings: &Map<String, Value>) -> Kind {
    let whole = path.join(".");
    if let Some(value) = bindings.get(&whole) {
        return Kind::of(value);
    }
    let Some((first, rest)) = path.split_first() else {
        return Kind::Map;
    };
    let mut value = bindings.get(*first);
    for part in rest {
        value = value.and_then(|it| it.get(*part));
    }
    value.map_or(Kind::Null, Kind::of)
}

/// Operands joined by a word, as AND; what stands for none of them is given.
pub(crate) fn joined(operands: &[Said], op: &str, of_none: &str) -> Said {
    match operands {
        [] => Said::atom(of_none, Kind::Bool),
        [one] => one.clone(),
        many => {
            let texts: Vec<String> = many.iter().map(Said::operand).collect();
            Said::compound(texts.join(&format!(" {op} ")), Kind::Bool)
        }
    }
}

/// A CASE of conditions and values, and what else.
pub(crate) fn case(branches: &[(Said, Said)], otherwise: &Said, kind: Kind) -> Said {
    let mut text = String::from("CASE");
    for (condition, value) in branches {
        write!(text, " WHEN {} THEN {}", condition.text, value.text).unwrap();
    }
    write!(text, " ELSE {} END", otherwise.text).unwrap();
    Said::atom(text, kind)
}
