//! What a route is, for its callers: the part of the API document that stands beside its handler.

use std::collections::BTreeMap;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::scope::Scope;

/// Makes the schema of a type, by reference where the type has a name.
pub(super) type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// An operation of the API: one method of one path.
///
/// What holds for all of them need not be said: any may be refused with a problem; a body may be
/// compressed, is limited, and a wrong one is a 400.
#[derive(Debug, Clone)]
pub struct Operation {
    pub(super) id: &'static str,
    /// What a caller needs; `None` where anybody may come.
    pub(super) scope: Option<Scope>,
    pub(super) summary: &'static str,
    pub(super) details: Option<String>,
    pub(super) query: Option<MakeSchema>,
    /// Names and what they are for.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<Content>,
    pub(super) is_body_required: bool,
    pub(super) answers: BTreeMap<u16, Answer>,
    pub(super) is_tagged: bool,
}

/// A body of a request in one of its forms.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) kind: &'static str,
    pub(super) schema: MakeSchema,
    pub(super) example: Value,
}

/// What is answered with one status.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) description: String,
    /// `None` for an answer without a body.
    pub(super) content: Option<(&'static str, MakeSchema)>,
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

impl Operation {
    /// An operation by its name for programs, such as `listSegments`; no other has it. Its callers
    /// need that scope.
    pub fn new(id: &'static str, scope: Scope) -> Self {
        Self {
            scope: Some(scope),
            ..Self::open(id)
        }
    }

    /// An operation that is open to everybody: for those who watch the process, and tell nobody's
    /// business.
    pub fn open(id: &'static str) -> Self {
        Self {
            id,
            scope: None,
            summary: "",
            details: None,
            query: None,
            headers: vec![],
            body: vec![],
            is_body_required: true,
            answers: BTreeMap::new(),
            is_tagged: false,
        }
    }

    /// With what it does, in one line.
    #[must_use]
    pub fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// With more to say of it, limits above all.
    #[must_use]
    pub fn details(self, details: impl Into<String>) -> Self {
        let details = Some(details.into());
        Self { details, ..self }
    }

    /// Takes the fields of `T` as parameters of the query.
    #[must_use]
    pub fn query<T: JsonSchema>(self) -> Self {
        let query: Option<MakeSchema> = Some(T::json_schema);
        Self { query, ..self }
    }

    /// Takes a header, which may be left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, description: impl Into<String>) -> Self {
        self.headers.push((name, description.into()));
        self
    }

    /// Takes JSON of the shape of `T`, such as `example`.
    #[must_use]
    pub fn body<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body.push(Content {
            kind: JSON,
            schema: SchemaGenerator::subschema_for::<T>,
            example,
        });
        self
    }

    /// The same; the body may be left out.
    #[must_use]
    pub fn optional_body<T: JsonSchema>(self, example: Value) -> Self {
        let is_body_required = false;
        let with_body = self.body::<T>(example);
        Self {
            is_body_required,
            ..with_body
        }
    }

    /// Takes text of another content type, too.
    #[must_use]
    pub fn text_body(mut self, kind: &'static str, example: &str) -> Self {
        self.body.push(Content {
            kind,
            schema: SchemaGenerator::subschema_for::<String>,
            example: example.into(),
        });
        self
    }

    /// Answers JSON of the shape of `T`.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, description: &str) -> Self {
        let schema: MakeSchema = SchemaGenerator::subschema_for::<T>;
        self.answer(status, Answer::new(description, Some((JSON, schema))))
    }

    /// Answers text of another content type.
    #[must_use]
    pub fn answers_text(self, status: u16, kind: &'static str, description: &str) -> Self {
        let schema: MakeSchema = SchemaGenerator::subschema_for::<String>;
        self.answer(status, Answer::new(description, Some((kind, schema))))
    }

    /// Answers without a body.
    #[must_use]
    pub fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.answer(status, Answer::new(description, None))
    }

    /// Answers a problem, and when.
    #[must_use]
    pub fn refuses(self, status: u16, when: &str) -> Self {
        self.answer(status, Answer::problem(when))
    }

    /// Takes an `Idempotency-Key`.
    #[must_use]
    pub fn idempotent(self) -> Self {
        let meaning = format!(
            "Names the request: another with the same key within 24 hours gets the same answer and \
             does nothing. 1 to {} visible ASCII characters",
            super::IDEMPOTENCY_KEY_BYTES_MAX
        );
        self.header("Idempotency-Key", meaning)
            .refuses(422, "The key belongs to a request with another body")
    }

    /// Answers with an `ETag`.
    #[must_use]
    pub fn tagged(self) -> Self {
        let is_tagged = true;
        Self { is_tagged, ..self }
    }

    /// Takes `If-Match`.
    #[must_use]
    pub fn conditional(self) -> Self {
        let meaning = "An `ETag`: the request is refused if it was changed since";
        self.header("If-Match", meaning)
            .refuses(412, "It was changed meanwhile")
    }

    /// Done by that handler.
    pub fn handled_by<H, T, S>(self, handler: H) -> Route<S>
    where
        H: Handler<T, S>,
        T: 'static,
        S: Clone + Send + Sync + 'static,
    {
        Route {
            operation: self,
            on: Box::new(move |method| on(method, handler)),
        }
    }

    fn answer(mut self, status: u16, answer: Answer) -> Self {
        self.answers.insert(status, answer);
        self
    }
}

impl Answer {
    fn new(description: &str, content: Option<(&'static str, MakeSchema)>) -> Self {
        let description = description.to_owned();
        Self {
            description,
            content,
        }
    }

    /// A refusal.
    pub(super) fn problem(when: &str) -> Self {
        Self::new(when, Some((PROBLEM, super::problem::schema)))
    }
}

/// An operation and what does it, wherever it may stand in the table of routes.
#[expect(
    missing_debug_implementations,
    reason = "a handler is a closure; nobody prints a route"
)]
pub struct Route<S> {
    pub(super) operation: Operation,
    pub(super) on: Box<dyn FnOnce(MethodFilter) -> MethodRouter<S>>,
}
