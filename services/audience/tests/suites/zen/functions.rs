//! The functions of zen, by the names that ours have.

use super::instants;
use crate::case::{Unsaid, no_function};
use crate::said::{Kind, Said};

/// A function, or one called on a value: its first argument.
pub(super) fn call(name: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    if let Some(said) = instants::call(name, arguments) {
        return said;
    }
    let all: Vec<&Said> = arguments.iter().collect();
    let kinds = all.iter().map(|it| it.kind);
    let kind = kinds.fold(Kind::Int, Kind::with);
    match (name, all.as_slice()) {
        ("abs" | "floor" | "ceil" | "round" | "trunc", _) => {
            Ok(Said::call(&name.to_uppercase(), &all, kind))
        }
        ("sum" | "avg" | "min" | "max", [_]) => {
            let ours = format!("LIST_{}", name.to_uppercase());
            Ok(Said::call(&ours, &all, Kind::Float))
        }
        ("median" | "mode", [_]) => {
            let ours = format!("LIST_{}", name.to_uppercase());
            Ok(Said::call(&ours, &all, Kind::Float))
        }
        ("split", [_, _]) => Ok(Said::call("SPLIT", &all, Kind::List)),
        ("upper" | "lower" | "trim", [_]) => Ok(Said::call(&name.to_uppercase(), &all, Kind::Text)),
        ("len", [_]) => Ok(Said::call("LENGTH", &all, Kind::Int)),
        ("startsWith", [of, part]) => Ok(of.infix("STARTS WITH", part, Kind::Bool)),
        ("endsWith", [of, part]) => Ok(of.infix("ENDS WITH", part, Kind::Bool)),
        ("contains", [of, part]) => Ok(of.infix("CONTAINS", part, Kind::Bool)),
        ("matches", [of, pattern]) => Ok(of.infix("MATCHES", pattern, Kind::Bool)),
        ("string", [_]) => Ok(Said::call("TO_STRING", &all, Kind::Text)),
        ("bool", [_]) => Ok(Said::call("TO_BOOL", &all, Kind::Bool)),
        ("number", [of]) if of.kind == Kind::Bool => Ok(Said::call("TO_INT", &all, Kind::Int)),
        ("number", [_]) => Ok(Said::call("TO_FLOAT", &all, Kind::Float)),
        ("isNumeric", [of]) if of.kind == Kind::Text => {
            Ok(Said::call("TO_FLOAT", &all, Kind::Float).test("IS NOT NULL"))
        }
        ("isNumeric", [of]) if of.kind.is_number() => Ok(of.test("IS NOT NULL")),
        _ => no_function(name),
    }
}
