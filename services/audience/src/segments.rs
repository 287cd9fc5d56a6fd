//! Segments and schemas from files, and how mistakes in them are told.

use std::sync::Arc;

use kit::definitions::{Definition, DefinitionError, Problem, read_definitions};
use kit::rules::RuleSource;
use rule_runtime::RuleSet;
use rulelang::{Diagnostics, Schema};

use crate::failure::Failure;
use crate::input::Input;
use crate::output::Style;

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
