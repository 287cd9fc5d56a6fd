//! The reference page docs/functions.md, printed from the sheets.

use std::fmt::Write as _;

use super::{Builtin, FAMILIES, Kind, Signature};

const HEAD: &str = "\
# Functions

<!-- Printed from the data sheets in rulelang/src/builtins/ by
     `cargo run -p rulelang --example functions_page > docs/functions.md`; do not edit it here. -->

What a function answers depends on its arguments alone. Names are written in any case. Unless it says
otherwise, a function is NULL where an argument is, and where there is no answer: nothing fails. An int
may stand where a float is wanted, and a date where a timestamp is; strings and numbers become one
another by [conversions](#conversions) only. `number` is int or float, `T` any type but lists; all
arguments of such a type are of the same one in a call. `[…]` may be left out, `…` repeated.

Calendars are those of UTC where no time zone is named; names of zones and units are constants. A string
that a function makes has at most 65536 bytes, else it is NULL. Each example is run by a test.
";

/// The page in Markdown, with a newline at its end.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for family in &FAMILIES {
        let _ = writeln!(page, "\n## {}", family.title);
        for builtin in family.members {
            write_sheet(&mut page, builtin);
        }
    }
    page
}

/// Writing to a string cannot fail.
fn write_sheet(page: &mut String, builtin: &Builtin) {
    let _ = writeln!(page, "\n### {}\n", builtin.name);
    for signature in builtin.signatures {
        let _ = writeln!(page, "- `{}`", signature.text(builtin.name));
    }
    let _ = write!(page, "\n{}", builtin.doc);
    if let Some(words) = words(builtin.signatures) {
        let words: Vec<String> = words.iter().map(|word| format!("`'{word}'`")).collect();
        let _ = write!(
            page,
            " The unit is one of {}, in any case, with an `s` behind it or without.",
            words.join(", ")
        );
    }
    if !builtin.aliases.is_empty() {
        let aliases: Vec<String> = builtin
            .aliases
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = write!(page, " Also {}.", aliases.join(", "));
    }
    let _ = writeln!(page, "\n\n| expression | value |\n|---|---|");
    for (expression, value) in builtin.examples {
        let _ = writeln!(page, "| `{expression}` | `{value}` |");
    }
}

fn words(signatures: &[Signature]) -> Option<&'static [&'static str]> {
    let mut kinds = signatures.iter().flat_map(|signature| signature.parameters);
    kinds.find_map(|parameter| match parameter.kind {
        Kind::Word(words) => Some(words),
        _ => None,
    })
}
