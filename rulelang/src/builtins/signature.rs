//! What a function takes and answers, by type.

use std::fmt;

use crate::calendar::Zone;
use crate::types::Type;

/// One way to call a function.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// What it takes, in order; those that may be left out come last.
    pub parameters: &'static [Parameter],
    /// What it answers.
    pub result: Kind,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// What it is called in documents and messages.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// How often it may stand.
    pub occurs: Occurs,
}

/// How many arguments a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurs {
    /// One.
    Once,
    /// One or none.
    Optional,
    /// One or more; only the last parameter.
    Repeated,
}

/// The types that a parameter takes, or a result has. Where it is not one type, all parameters of
/// that kind take the same type in one call, and the result is of that type too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One type; an int may stand for a float, and a date for the timestamp of its midnight.
    Is(Type),
    /// `number`: int or float.
    Number,
    /// `T`: any type but lists.
    Scalar,
    /// `list<T>`: a list of any type.
    List,
    /// `list<number>`: a list of ints or of floats.
    Numbers,
    /// The type of the list's items.
    Item,
    /// A constant string, the name of a time zone.
    Zone,
    /// A constant string, one of these, in any case and with an `s` behind it or not.
    Word(&'static [&'static str]),
}

impl Signature {
    /// One whose parameters are all needed, or as their makers say.
    pub(super) const fn new(parameters: &'static [Parameter], result: Kind) -> Self {
        Self { parameters, result }
    }

    /// Whether it takes that many arguments.
    pub fn takes(&self, arguments: usize) -> bool {
        let required = self.parameters.iter();
        let required = required
            .filter(|one| one.occurs != Occurs::Optional)
            .count();
        let repeats = self
            .parameters
            .last()
            .is_some_and(|last| last.occurs == Occurs::Repeated);
        arguments >= required && (repeats || arguments <= self.parameters.len())
    }

    /// The parameter that takes the argument at `index`.
    pub fn parameter(&self, index: usize) -> Option<&'static Parameter> {
        let last = self
            .parameters
            .last()
            .filter(|last| last.occurs == Occurs::Repeated);
        self.parameters.get(index).or(last)
    }
}

impl Parameter {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        let occurs = Occurs::Once;
        Self { name, kind, occurs }
    }

    pub(super) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Is(Type::String))
    }

    pub(super) const fn int(name: &'static str) -> Self {
        Self::new(name, Kind::Is(Type::Int))
    }

    pub(super) const fn optional(self) -> Self {
        let occurs = Occurs::Optional;
        Self { occurs, ..self }
    }

    pub(super) const fn repeated(self) -> Self {
        let occurs = Occurs::Repeated;
        Self { occurs, ..self }
    }
}

impl Kind {
    /// Whether only some constant strings can stand for it.
    pub fn is_named(self) -> bool {
        matches!(self, Self::Word(_) | Self::Zone)
    }

    /// Whether a string is one of those.
    pub fn has_name(self, text: &str) -> bool {
        match self {
            Self::Word(words) => word(words, text).is_some(),
            Self::Zone => Zone::named(text).is_some(),
            _ => false,
        }
    }
}

/// The word that `text` is, in any case and with an `s` behind it or not.
pub(super) fn word(words: &[&'static str], text: &str) -> Option<&'static str> {
    let is = |word: &&&'static str| {
        let tail = text.get(word.len()..);
        let head = text.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
            && tail.is_some_and(|tail| tail.is_empty() || tail.eq_ignore_ascii_case("s"))
    };
    words.iter().find(is).copied()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(ty) => ty.fmt(f),
            Self::Number => f.write_str("number"),
            Self::Scalar | Self::Item => f.write_str("T"),
            Self::List => f.write_str("list<T>"),
            Self::Numbers => f.write_str("list<number>"),
            Self::Word(_) => f.write_str("constant string"),
            Self::Zone => f.write_str("time zone"),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, occurs } = self;
        match occurs {
            Occurs::Once => write!(f, "{name}: {kind}"),
            Occurs::Optional => write!(f, "[{name}: {kind}]"),
            Occurs::Repeated => write!(f, "{name}: {kind}, …"),
        }
    }
}

impl Signature {
    /// `LEFT(text: string, count: int) → string`
    pub fn text(&self, name: &str) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(Parameter::to_string).collect();
        let takes_numbers = |one: &Parameter| one.kind == Kind::Numbers;
        let result = match self.result {
            Kind::Item if self.parameters.iter().any(takes_numbers) => Kind::Number,
            result => result,
        };
        format!("{name}({}) → {result}", parameters.join(", "))
    }
}
