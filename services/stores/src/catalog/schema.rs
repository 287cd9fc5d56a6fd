//! What rules are checked against.

use kit::schema_file::read_schema;
use rulelang::{Schema, Type};
use serde_json::{Map, Value, json};

use super::Use;
use crate::StoreError;

/// What rules are checked against.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaState {
    /// See [`super::Catalog::revision`].
    pub revision: u64,
    /// What people declared, as a schema file: types and computed traits.
    pub declared: Value,
    /// What published rules fixed beside it.
    pub known: Vec<KnownType>,
}

/// A type that the first published rule that uses the name has fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownType {
    /// As in [`Use::Typed`].
    pub event: Option<String>,
    /// As in [`Use::Typed`].
    pub name: String,
    /// As in [`Use::Typed`].
    pub type_name: String,
    /// The segment whose rule fixed it.
    pub segment_id: String,
}

impl SchemaState {
    /// As the checker takes it: what people declared goes before what rules fixed. Any segment may
    /// be named.
    ///
    /// # Errors
    /// What is stored is no schema.
    pub fn schema(&self) -> Result<Schema, StoreError> {
        let mut schema = read_schema(&self.declared.to_string())
            .map_err(|error| StoreError::Corrupt(format!("the schema: {error}")))?;
        for known in &self.known {
            let ty = Type::from_name(&known.type_name).ok_or_else(|| {
                StoreError::Corrupt(format!("`{}` is not a type", known.type_name))
            })?;
            let by = format!("segment `{}`", known.segment_id);
            match &known.event {
                None if schema.fields.contains_key(&known.name) => {}
                None => schema.declare_field(&known.name, ty, &by),
                Some(event) => {
                    let key = (event.clone(), known.name.clone());
                    if !schema.properties.contains_key(&key) {
                        schema.declare_property(event, &known.name, ty, &by);
                    }
                }
            }
        }
        Ok(schema)
    }

    /// All of it as one schema file, with what further rules use: whoever reads it checks every
    /// rule as it was checked here.
    pub fn schema_file<'a>(&self, uses: impl IntoIterator<Item = &'a Use>) -> Value {
        let known = self.known.iter();
        let known = known.map(|known| (&known.event, &known.name, &known.type_name));
        let used = uses.into_iter().filter_map(|item| match item {
            Use::Typed {
                event,
                name,
                type_name,
            } => Some((event, name, type_name)),
            Use::Segment(_) | Use::Trait(_) => None,
        });
        let mut file = self.declared.as_object().cloned().unwrap_or_default();
        for (event, name, type_name) in known.chain(used) {
            let types = match event {
                None => object(&mut file, "fields"),
                Some(event) => {
                    object(&mut file, "properties").and_then(|events| object(events, event))
                }
            };
            if let Some(types) = types {
                types.entry(name).or_insert_with(|| json!(type_name));
            }
        }
        Value::Object(file)
    }
}

fn object<'a>(map: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    map.entry(key).or_insert_with(|| json!({})).as_object_mut()
}
