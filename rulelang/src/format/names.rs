//! How names and strings are written so that they read back as themselves.

use std::fmt::Write as _;

use crate::words::{OPERATORS, RESERVED, is_identifier, is_one_of};

/// Bare names that would be taken for the start of a test where an operand stands.
const PREFIX_TESTS: &[&str] = &["exists", "did"];

/// Writes a field where an operand stands.
pub(super) fn write_field(out: &mut String, name: &str) {
    let is_bare = is_path(name) && !is_one_of(name, RESERVED) && !is_one_of(name, PREFIX_TESTS);
    write_name(out, name, is_bare);
}

/// Writes the name after EXISTS (a path) or DID (one step), where operators are not names.
pub(super) fn write_event(out: &mut String, name: &str, is_dotted: bool) {
    let is_shaped = if is_dotted {
        is_path(name)
    } else {
        is_identifier(name)
    };
    let is_bare = is_shaped && !is_one_of(name, RESERVED) && !is_one_of(name, OPERATORS);
    write_name(out, name, is_bare);
}

/// Writes one step of a path, where no word is a keyword.
pub(super) fn write_step(out: &mut String, name: &str) {
    write_name(out, name, is_identifier(name));
}

/// Writes a path after a dot, where no word is a keyword.
pub(super) fn write_path(out: &mut String, name: &str) {
    write_name(out, name, is_path(name));
}

fn is_path(name: &str) -> bool {
    name.split('.').all(is_identifier)
}

fn write_name(out: &mut String, name: &str, is_bare: bool) {
    if is_bare {
        out.push_str(name);
        return;
    }
    out.push('`');
    out.push_str(&name.replace('`', "``"));
    out.push('`');
}

/// Writes a string literal.
pub(super) fn write_string(out: &mut String, text: &str) {
    out.push('\'');
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            _ if character.is_control() => {
                // Control characters all lie below U+10000. Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('\'');
}
