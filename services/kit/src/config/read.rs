//! Reading a configuration, and what is wrong with one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use thiserror::Error;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::Config;
use super::ranges::check;

/// What the names of all environment variables of the platform begin with.
const PREFIX: &str = "AUDIENCE_";

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// The file and its line, or the environment variable.
    pub place: String,
    /// What is wrong: one line.
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Config {
    /// Reads a file, if there is one, and puts the environment over it.
    ///
    /// # Errors
    /// A file that cannot be read; a key that is unknown, of another type or out of range.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let name = file.map_or_else(String::new, |path| path.display().to_string());
        let text = match file.map(std::fs::read_to_string).transpose() {
            Ok(text) => text.unwrap_or_default(),
            Err(error) => return Err(error_at(name, format!("the file cannot be read: {error}"))),
        };
        Self::parse(&name, &text, environment)
    }

    pub(super) fn parse(
        name: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(name)?;
        settings.take_file(name, text)?;
        for (variable, value) in environment {
            settings.take_variable(&variable, &value)?;
        }
        settings.finish()
    }
}

/// All keys with their values so far.
struct Settings {
    table: Table,
    /// Where values that are no defaults come from, by dotted name.
    places: BTreeMap<String, String>,
}

impl Settings {
    fn new(name: &str) -> Result<Self, ConfigError> {
        let table = Table::try_from(Config::default());
        Ok(Self {
            table: table.map_err(|error| error_at(name, error.to_string()))?,
            places: BTreeMap::new(),
        })
    }

    fn take_file(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let place = |start: usize| {
            let before = text.as_bytes().iter().take(start);
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            format!("{name}:{line}")
        };
        let table = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            error_at(place(start), error.message().to_owned())
        })?;
        for (section, body) in table.get_ref() {
            let at = place(section.span().start);
            let section = section.get_ref().as_ref();
            self.check_section(section, &at)?;
            let Some(keys) = body.get_ref().as_table() else {
                let message = format!("`{section}` is a section, not a value");
                return Err(error_at(at, message).fix(format!("write `[{section}]`")));
            };
            for (key, value) in keys {
                let at = place(key.span().start);
                let key = key.get_ref().as_ref();
                self.check_key(section, key, &at)?;
                let value = plain(value).ok_or_else(|| {
                    error_at(&at, format!("`{section}.{key}` takes a plain value"))
                })?;
                self.put(section, key, value, at)?;
            }
        }
        Ok(())
    }

    fn check_section(&self, section: &str, place: &str) -> Result<(), ConfigError> {
        if self.table.contains_key(section) {
            return Ok(());
        }
        let message = format!("there is no section `{section}`");
        Err(error_at(place, message).nearest(section, self.table.keys()))
    }

    fn check_key(&self, section: &str, key: &str, place: &str) -> Result<(), ConfigError> {
        let keys = self.table.get(section).and_then(Value::as_table);
        if keys.is_some_and(|keys| keys.contains_key(key)) {
            return Ok(());
        }
        let message = format!("there is no key `{key}` in the section `{section}`");
        let candidates = keys.into_iter().flat_map(Table::keys);
        Err(error_at(place, message).nearest(key, candidates))
    }

    fn take_variable(&mut self, variable: &str, text: &str) -> Result<(), ConfigError> {
        if !variable.starts_with(PREFIX) || is_service_link(variable, text) {
            return Ok(());
        }
        let names: Vec<(String, String, String)> = self.variables();
        let found = names.iter().find(|(name, _, _)| name == variable);
        let Some((_, section, key)) = found else {
            let message = "no key is set by this environment variable".to_owned();
            let known = names.iter().map(|(name, _, _)| name);
            return Err(error_at(variable, message).nearest(variable, known));
        };
        let value = match self.default_of(section, key) {
            Some(Value::Integer(_)) => text.parse().map(Value::Integer).ok(),
            Some(Value::Float(_)) => text.parse().map(Value::Float).ok(),
            Some(Value::Boolean(_)) => text.parse().map(Value::Boolean).ok(),
            _ => None,
        };
        let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
        self.put(section, key, value, variable.to_owned())
    }

    /// The environment variable, section and key of each key.
    fn variables(&self) -> Vec<(String, String, String)> {
        let sections = self.table.iter();
        let keys = sections.flat_map(|(section, body)| {
            let keys = body.as_table().into_iter().flat_map(Table::keys);
            keys.map(move |key| (variable_of(section, key), section.clone(), key.clone()))
        });
        keys.collect()
    }

    fn default_of(&self, section: &str, key: &str) -> Option<&Value> {
        self.table.get(section)?.get(key)
    }

    fn put(
        &mut self,
        section: &str,
        key: &str,
        value: Value,
        place: String,
    ) -> Result<(), ConfigError> {
        let name = format!("{section}.{key}");
        let wanted = self.default_of(section, key).map_or("", Value::type_str);
        let value = match value {
            Value::Integer(whole) if wanted == "float" => Value::Float(whole as f64),
            value => value,
        };
        if wanted != value.type_str() {
            let given = value.type_str();
            let message = format!("`{name}` is of type {wanted}, not {given}");
            return Err(error_at(place, message));
        }
        check(&name, &value).map_err(|(message, fix)| error_at(&place, message).fix(fix))?;
        let body = self.table.get_mut(section).and_then(Value::as_table_mut);
        if let Some(body) = body {
            body.insert(key.to_owned(), value);
        }
        self.places.insert(name, place);
        Ok(())
    }

    fn finish(self) -> Result<Config, ConfigError> {
        let Self { table, places } = self;
        serde_path_to_error::deserialize(table).map_err(|error| {
            let key = error.path().to_string();
            let place = places.get(&key).cloned().unwrap_or_default();
            let text = error.inner().message();
            let message = format!("`{key}`: {}", text.lines().next().unwrap_or_default());
            error_at(place, message)
        })
    }
}

/// The environment variable that sets a key.
fn variable_of(section: &str, key: &str) -> String {
    format!("{PREFIX}{section}_{key}").to_ascii_uppercase()
}

/// What Kubernetes puts into every container for a service whose name begins with `audience`.
fn is_service_link(variable: &str, value: &str) -> bool {
    value.starts_with("tcp://")
        || ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"]
            .iter()
            .any(|part| variable.contains(part))
}

fn plain(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    Some(match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(it) => Value::Boolean(*it),
        DeValue::Integer(it) => Value::Integer(i64::from_str_radix(it.as_str(), it.radix()).ok()?),
        DeValue::Float(it) => Value::Float(it.as_str().parse().ok()?),
        _ => return None,
    })
}

fn error_at(place: impl fmt::Display, message: String) -> ConfigError {
    ConfigError {
        place: place.to_string(),
        message,
        fix: None,
    }
}

impl ConfigError {
    fn fix(self, fix: String) -> Self {
        let fix = Some(fix);
        Self { fix, ..self }
    }

    fn nearest<'a>(self, name: &str, known: impl Iterator<Item = &'a String>) -> Self {
        let known: Vec<&str> = known.map(String::as_str).collect();
        self.fix(match rulelang::nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("use one of {}", known.join(", ")),
        })
    }
}
