//! The functions of the language as data sheets: what each is called, takes, answers and does with
//! NULL, what it is for, and examples that a test runs.
//!
//! One family a file. The checker resolves calls by the signatures, the engines call what the sheet
//! holds, docs/functions.md is printed from it; only their words in plain English stand elsewhere, in
//! `english/functions.rs`.
//! INVARIANT: a function is pure and total: it reads nothing but its arguments, never panics, takes
//! time in proportion to them and to its answer, and answers NULL or a value of its result's type.

mod absent;
mod buckets;
mod casts;
mod formats;
mod lists;
mod numbers;
mod page;
mod signature;
mod strings;
mod times;

pub use page::page;
pub use signature::{Kind, Occurs, Parameter, Signature};

use crate::limits::MADE_STRING_BYTES_MAX;
use crate::types::Type;
use crate::value::Value;

/// What a function is: values in, a value out.
pub type Function = fn(&[Value]) -> Value;

/// The data sheet of a function.
#[derive(Debug)]
pub struct Builtin {
    /// Its name, in upper case.
    pub name: &'static str,
    /// Other names by which it may be called.
    pub aliases: &'static [&'static str],
    /// The ways to call it; where several fit, the first is meant.
    pub signatures: &'static [Signature],
    /// What it does with an argument that is NULL.
    pub nulls: Nulls,
    /// What it answers, in a sentence or a few.
    pub doc: &'static str,
    /// Expressions, and literals that they equal.
    pub examples: &'static [(&'static str, &'static str)],
    /// What computes it.
    pub meaning: Meaning,
}

/// What a function does with NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// It is NULL where any argument is, and is not called then.
    Propagate,
    /// Such an argument is passed over: it is NULL where all are.
    Skipped,
    /// It is never NULL for want of an argument.
    Never,
    /// Its doc says what comes of which argument.
    Seen,
}

/// What computes a call.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// A function of the arguments' values.
    Function(Function),
    /// The language itself: it has a kind of node of its own.
    Form,
}

impl PartialEq for Builtin {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Builtin {
    /// A function that is NULL where an argument is.
    const fn strict(
        name: &'static str,
        signatures: &'static [Signature],
        doc: &'static str,
        examples: &'static [(&'static str, &'static str)],
        function: Function,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            signatures,
            nulls: Nulls::Propagate,
            doc,
            examples,
            meaning: Meaning::Function(function),
        }
    }

    /// The value of a call that the checker gave the type `ty`; NULL for arguments that are of
    /// none of its signatures.
    pub fn call(&self, arguments: &[Value], ty: Type) -> Value {
        let Meaning::Function(function) = self.meaning else {
            return Value::Null;
        };
        if self.nulls == Nulls::Propagate && arguments.iter().any(Value::is_null) {
            return Value::Null;
        }
        match (function(arguments), ty) {
            // An empty list does not say of what it is, so neither does its sum.
            (Value::Int(int), Type::Float) => Value::float(int as f64),
            (value, _) => value,
        }
    }
}

/// Functions that belong together.
#[derive(Debug)]
pub struct Family {
    /// A heading.
    pub title: &'static str,
    /// Its members.
    pub members: &'static [Builtin],
}

/// All functions.
pub static FAMILIES: [Family; 8] = [
    absent::FAMILY,
    strings::FAMILY,
    numbers::FAMILY,
    casts::FAMILY,
    times::FAMILY,
    lists::FAMILY,
    formats::FAMILY,
    buckets::FAMILY,
];

/// All functions, family by family.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    FAMILIES.iter().flat_map(|family| family.members)
}

/// The function of that name, in any case.
pub fn find(name: &str) -> Option<&'static Builtin> {
    let is_called = |one: &&str| one.eq_ignore_ascii_case(name);
    all().find(|builtin| is_called(&builtin.name) || builtin.aliases.iter().any(is_called))
}

/// A list of these items; NULL where one of them is.
pub fn list_of(items: &[Value]) -> Value {
    if items.iter().any(Value::is_null) {
        Value::Null
    } else {
        Value::List(items.into())
    }
}

/// A string that a function made; NULL where it is too long.
fn made(text: &str) -> Value {
    if text.len() > MADE_STRING_BYTES_MAX {
        Value::Null
    } else {
        Value::string(text)
    }
}
