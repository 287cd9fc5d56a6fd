//! What a rule only names, from the command line: `--param`, `--lists`.

use kit::rules::Parameters;
use rulelang::{Diagnostics, Schema};
use serde_json::{Map, Value as Json};

use crate::failure::Failure;
use crate::input::Input;

/// Values of parameters.
#[derive(Debug, clap::Args)]
pub(crate) struct ParameterArgs {
    /// Give a parameter's value, in JSON or else as a string: `min=100`, `countries=["DE","AT"]`
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
}

impl ParameterArgs {
    /// The values by name; of a name given twice, the last.
    pub(crate) fn read(&self) -> Result<Parameters, Failure> {
        let mut given = Map::new();
        for text in &self.parameters {
            let Some((name, value)) = text.split_once('=') else {
                let message = format!("`{text}` gives no value: write `--param name=value`");
                return Err(Failure::message(message));
            };
            let name = name.strip_prefix(':').unwrap_or(name);
            let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
            given.insert(name.to_owned(), value);
        }
        let read = rulelang::json::parameters(&Json::Object(given));
        read.map_err(|found| wrong("the parameters", &found))
    }
}

/// Lists that rules name.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// What `IN LIST` names: a JSON object of arrays
    #[arg(long, value_name = "FILE")]
    lists: Option<String>,
}

impl ListArgs {
    /// Makes the lists known.
    pub(crate) fn declare(&self, schema: &mut Schema) -> Result<(), Failure> {
        let Some(path) = &self.lists else {
            return Ok(());
        };
        let input = Input::read(path)?;
        let lists = rulelang::json::lists(&input.json()?);
        schema.lists = lists.map_err(|found| wrong(&format!("`{}`", input.name), &found))?;
        Ok(())
    }
}

fn wrong(what: &str, found: &Diagnostics) -> Failure {
    Failure::message(format!("cannot read {what}: {found}"))
}
