//! The schemas of what is read and of what is written: a type's may differ between the two.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::objects::Parameter;
use crate::http::operation::MakeSchema;

#[derive(Debug)]
pub(super) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }

    /// The schema of a type that is read.
    pub(super) fn read(&mut self, make: MakeSchema) -> Schema {
        make(&mut self.read)
    }

    /// The schema of a type that is written.
    pub(super) fn written(&mut self, make: MakeSchema) -> Schema {
        make(&mut self.written)
    }

    /// A parameter for each field of an object.
    pub(super) fn query(&mut self, make: MakeSchema) -> Vec<Parameter> {
        let object = make(&mut self.read);
        let required = object.get("required").and_then(Value::as_array);
        let fields = object.get("properties").and_then(Value::as_object);
        let parameters = fields.into_iter().flatten().map(|(name, field)| {
            let (description, schema) = parameter(field);
            Parameter {
                name: name.clone(),
                place: "query",
                required: required.is_some_and(|all| all.iter().any(|it| it == name)),
                description,
                schema,
                example: None,
            }
        });
        parameters.collect()
    }

    /// All schemas with a name, by name. What is read and written is described as it is read: as
    /// more may be left out there, that is true of both.
    pub(super) fn definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.written.take_definitions(true);
        definitions.extend(self.read.take_definitions(true));
        definitions
    }
}

/// Any text.
pub(super) fn text() -> Schema {
    json_schema!({"type": "string"})
}

/// A field as a parameter: its description stands outside its schema, and what may be left out is
/// never null.
fn parameter(field: &Value) -> (String, Schema) {
    let mut schema = field.as_object().cloned().unwrap_or_default();
    let description = match schema.remove("description") {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let types = schema.get("type").and_then(Value::as_array);
    let mut others = types.into_iter().flatten().filter(|name| *name != "null");
    if let Some(other) = others.next().cloned() {
        schema.insert("type".to_owned(), other);
    }
    (description, schema.into())
}
