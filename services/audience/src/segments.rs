//! Segments and schemas from files, and how mistakes in them are told.

use std::io::{self, Write};
use std::sync::Arc;

use kit::definitions::{Definition, DefinitionError, Problem, read_definitions};
use kit::rules::RuleSource;
use rule_runtime::RuleSet;
use rulelang::{Diagnostics, Schema};

use crate::command::rule::more_of;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::Style;

/// Segments of a file whose warnings are shown; further ones are only counted.
const WARNED_MAX: usize = 20;

/// The schema of `--schema FILE`; without one, the open one with the default computed traits.
pub(crate) fn read_schema(path: Option<&str>) -> Result<Schema, Failure> {
    let Some(path) = path else {
        return Ok(Schema::default());
    };
    let input = Input::read(path)?;
    kit::schema_file::read_schema(input.text()?)
        .map_err(|error| Failure::message(format!("{}: {error}", input.name)))
}

/// Reads and checks a file of segments.
pub(crate) fn read_segments(
    input: &Input,
    schema: &mut Schema,
    style: Style,
) -> Result<Vec<Definition>, Failure> {
    read_definitions(&input.json()?, schema).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(|error| tell(error, style)).collect();
        let noun = if told.len() == 1 {
            "mistake"
        } else {
            "mistakes"
        };
        let message = format!(
            "{} {noun} in `{}`\n\n{}",
            told.len(),
            input.name,
            told.join("\n")
        );
        Failure::message(message)
    })
}

/// Tells on standard error what the check of a file of segments warns of.
pub(crate) fn warn(definitions: &[Definition], style: Style) -> io::Result<()> {
    let warned = || definitions.iter().filter(|one| !one.warnings.is_empty());
    for definition in warned().take(WARNED_MAX) {
        let text = render(&definition.warnings, &definition.source, style);
        writeln!(io::stderr(), "segment `{}`\n{text}", definition.id)?;
    }
    let rest = warned().skip(WARNED_MAX).count();
    if rest > 0 {
        writeln!(io::stderr(), "… and {rest} more segments")?;
    }
    let codes = warned().flat_map(|one| one.warnings.iter().map(|item| item.code.as_str()));
    write!(io::stderr(), "{}", more_of(codes).trim_start())
}

/// Tells on standard error what the check of a rule warns of.
pub(crate) fn warn_of_rule(
    warnings: &Diagnostics,
    source: &RuleSource,
    style: Style,
) -> io::Result<()> {
    let codes = warnings.iter().map(|item| item.code.as_str());
    write!(
        io::stderr(),
        "{}{}",
        render(warnings, source, style),
        more_of(codes)
    )
}

/// Plans a set of segments.
pub(crate) fn build(definitions: &[Definition]) -> Result<Arc<RuleSet>, Failure> {
    let segments = definitions.iter().map(Definition::segment).collect();
    RuleSet::build(segments)
        .map(Arc::new)
        .map_err(|error| Failure::message(error.to_string()))
}

/// A rule's findings as text. Those of the JSON form say where in it they are; where the form
/// could not be read, there is no text that they point into.
pub(crate) fn render(diagnostics: &Diagnostics, source: &RuleSource, style: Style) -> String {
    let mut rendered = String::new();
    for item in diagnostics {
        if let Some(pointer) = &item.pointer {
            let place = if pointer.is_empty() { "/" } else { pointer };
            rendered.extend(["at ", place, ":\n"]);
        }
        if source.text.is_empty() {
            let code = style.red(&format!("error[{}]", item.code));
            rendered.extend([&code, ": ", &item.message, "\n"]);
            let help = item.help.iter().map(|help| format!("  = help: {help}\n"));
            rendered.extend(help);
        } else {
            let one = Diagnostics::from(item.clone());
            rendered.push_str(&rulelang::render(&one, &source.text, style.color));
        }
    }
    rendered
}

fn tell(error: &DefinitionError, style: Style) -> String {
    let place = if error.pointer.is_empty() {
        "/"
    } else {
        &error.pointer
    };
    match &error.problem {
        Problem::Shape { message, fix } => format!("{place}: {message}\n    {fix}\n"),
        Problem::Rule(wrong) => {
            let text = render(&wrong.diagnostics, &wrong.source, style);
            format!("{place}: segment `{}`\n{text}", wrong.segment)
        }
    }
}
