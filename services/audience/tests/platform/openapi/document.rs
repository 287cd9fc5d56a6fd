//! An OpenAPI document as these tests read it.

use std::collections::BTreeSet;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

/// A document, and where it is for those who refer into it.
pub(crate) struct Document {
    json: Value,
}

const PLACE: &str = "http://localhost/openapi.json";

/// One operation of a document.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    path: String,
    json: Value,
}

impl Document {
    /// Panics where the text is no OpenAPI document.
    pub(crate) fn new(text: &str) -> Self {
        oas3::from_json(text).unwrap_or_else(|error| panic!("{error}"));
        let mut json: Value = serde_json::from_str(text).unwrap();
        // No answer holds what its schema does not name.
        for schema in json["components"]["schemas"]
            .as_object_mut()
            .unwrap()
            .values_mut()
        {
            if schema.get("properties").is_some() {
                schema["unevaluatedProperties"] = json!(false);
            }
        }
        Self { json }
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> + '_ {
        let paths = self.json["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(|(method, json)| Operation {
                id: json["operationId"].as_str().unwrap().to_owned(),
                method: method.clone(),
                path: path.clone(),
                json: json.clone(),
            })
        })
    }

    /// What a parser does not look for.
    pub(crate) fn check(&self) {
        assert_eq!(self.json["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for operation in self.operations() {
            operation.check();
            assert!(ids.insert(operation.id.clone()), "{} twice", operation.id);
        }
        for (name, schema) in self.json["components"]["schemas"].as_object().unwrap() {
            // Types that share a name are numbered.
            assert!(
                !name.ends_with(|last: char| last.is_ascii_digit()),
                "{name}"
            );
            self.compiled(&format!("/components/schemas/{name}"));
            assert!(!schema.to_string().contains("[`"), "{name} speaks Rust");
        }
    }

    /// Panics unless a value is as the schema at a pointer says.
    #[track_caller]
    pub(crate) fn fits(&self, pointer: &str, value: &Value) {
        let (schemas, index) = self.compiled(pointer);
        if let Err(error) = schemas.validate(value, index) {
            panic!("{pointer}: {error}\n{value}");
        }
    }

    fn compiled(&self, pointer: &str) -> (Schemas, boon::SchemaIndex) {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource(PLACE, self.json.clone()).unwrap();
        let place = format!(
            "{PLACE}#{}",
            pointer.replace('{', "%7B").replace('}', "%7D")
        );
        let compiled = compiler.compile(&place, &mut schemas);
        let index = compiled.unwrap_or_else(|error| panic!("{pointer}: {error:#}"));
        (schemas, index)
    }
}

impl Operation {
    fn check(&self) {
        let id = &self.id;
        assert!(!self.json["summary"].as_str().unwrap().is_empty(), "{id}");
        let named = self.path.split(['{', '}']).skip(1).step_by(2);
        let named: BTreeSet<&str> = named.collect();
        let described = self
            .parameters("path")
            .map(|it| it["name"].as_str().unwrap());
        assert_eq!(described.collect::<BTreeSet<_>>(), named, "{id}");
        for parameter in self.json["parameters"].as_array().unwrap() {
            assert!(
                !parameter["description"].as_str().unwrap().is_empty(),
                "{id}: {parameter}"
            );
        }
        let answers = self.json["responses"].as_object().unwrap();
        assert!(answers.contains_key("default"), "{id}");
        assert!(answers.keys().any(|status| status.starts_with('2')), "{id}");
    }

    /// The scope that its callers need; `None` where it is open.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.json["security"][0]["key"][0].as_str()
    }

    /// The service that it belongs to; `actuator` for what every service has.
    pub(crate) fn service(&self) -> &str {
        self.json["tags"][0].as_str().unwrap()
    }

    /// Its path and query, with the examples of what must be there.
    pub(crate) fn url(&self) -> String {
        let mut url = self.path.clone();
        for parameter in self.parameters("path") {
            let (name, example) = (&parameter["name"], parameter["example"].as_str().unwrap());
            url = url.replace(&format!("{{{}}}", name.as_str().unwrap()), example);
        }
        let needed = self.parameters("query").filter(|it| it["required"] == true);
        let query = needed.map(|parameter| {
            let example = parameter["schema"]["examples"][0].as_str().unwrap();
            format!("{}={example}", parameter["name"].as_str().unwrap())
        });
        let query = query.collect::<Vec<_>>().join("&");
        if query.is_empty() {
            url
        } else {
            format!("{url}?{query}")
        }
    }

    /// The examples of its body, with their content types; a `None` where it takes none.
    pub(crate) fn bodies(&self) -> Vec<Option<(String, Value)>> {
        let Some(forms) = self.json["requestBody"]["content"].as_object() else {
            return vec![None];
        };
        let examples = forms.iter();
        examples
            .map(|(kind, form)| Some((kind.clone(), form["example"].clone())))
            .collect()
    }

    pub(crate) fn body_schema(&self, kind: &str) -> String {
        let kind = kind.replace('/', "~1");
        format!("{}/requestBody/content/{kind}/schema", self.pointer())
    }

    /// What is said of a status, by name or by default.
    pub(crate) fn answer(&self, status: u16) -> &Value {
        let answers = &self.json["responses"];
        answers
            .get(status.to_string())
            .unwrap_or(&answers["default"])
    }

    /// Whether something is said of that status.
    pub(crate) fn names(&self, status: u16) -> bool {
        self.json["responses"].get(status.to_string()).is_some()
    }

    pub(crate) fn answer_schema(&self, status: u16, kind: &str) -> String {
        let kind = kind.replace('/', "~1");
        format!(
            "{}/responses/{status}/content/{kind}/schema",
            self.pointer()
        )
    }

    fn pointer(&self) -> String {
        format!("/paths/{}/{}", self.path.replace('/', "~1"), self.method)
    }

    fn parameters(&self, place: &'static str) -> impl Iterator<Item = &Value> {
        let all = self.json["parameters"].as_array().unwrap().iter();
        all.filter(move |parameter| parameter["in"] == place)
    }
}
