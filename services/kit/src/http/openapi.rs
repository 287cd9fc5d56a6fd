//! `GET /openapi.json`: the routes of a service as an OpenAPI 3.1 document.
//!
//! Paths and methods come from the table of routes, schemas from the types that handlers read and
//! write: what a body may hold as it is read, what an answer holds as it is written.

mod objects;
mod schemas;

use std::collections::BTreeMap;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use serde_json::{Map, Value};

use self::objects::{
    Components, Document, Header, Info, MediaType, OperationObject, Parameter, RequestBody,
    Response, SecurityScheme,
};
use self::schemas::{Schemas, text};
use super::api::Entry;
use super::guard::takes_write_key;
use super::operation::Answer;
use super::{Api, BodyLimit, Operation, Problem, ServiceInfo};

const PATH: &str = "/openapi.json";

const DESCRIPTION: &str = "\
Errors are RFC 9457 documents (`application/problem+json`): `detail` for people and, for rules and \
bodies, `errors` with places, codes and suggestions. Bodies may be compressed (`Content-Encoding: \
gzip` or `zstd`). Unknown fields are refused on `/api/*` and ignored on `/v1/*`. Timestamps are \
RFC 3339 in UTC. A W3C `traceparent` is passed on.";

/// The routes, and one more that answers the document of them all.
pub(super) fn described(info: ServiceInfo, mut api: Api) -> Router {
    let operation = Operation::open("getOpenapi").summary("This document");
    let operation = operation.answers::<Map<String, Value>>(200, "An OpenAPI 3.1 document");
    api.entry("get", PATH, operation);
    let document = serde_json::to_vec(&document(info, &api.entries));
    let document = document.map(Bytes::from).map_err(Problem::internal);
    let kind = [(CONTENT_TYPE, "application/json")];
    let answer = async move || document.map(|document| (kind, document));
    api.router.route(PATH, get(answer))
}

fn document(info: ServiceInfo, entries: &[Entry]) -> Document {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for entry in entries {
        let path = paths.entry(entry.path).or_default();
        path.insert(entry.method, operation(entry, &mut schemas));
    }
    Document {
        openapi: "3.1.0",
        info: Info {
            title: info.name,
            version: info.version,
            description: DESCRIPTION,
        },
        paths,
        components: Components {
            security_schemes: security_schemes(),
            schemas: schemas.definitions(),
        },
    }
}

fn operation(entry: &Entry, schemas: &mut Schemas) -> OperationObject {
    let operation = &entry.operation;
    let has_body = !operation.body.is_empty();
    OperationObject {
        operation_id: operation.id,
        summary: operation.summary,
        description: operation.details.clone(),
        tags: [entry.tag],
        parameters: parameters(entry, schemas),
        request_body: has_body.then(|| body(entry, schemas)),
        responses: answers(operation, schemas),
        security: security(entry),
    }
}

/// The names of the two ways to send a key.
const KEY: &str = "key";
const WRITE_KEY: &str = "writeKey";

fn security_schemes() -> BTreeMap<&'static str, SecurityScheme> {
    let scheme = |scheme, description| SecurityScheme {
        kind: "http",
        scheme,
        description,
    };
    BTreeMap::from([
        (
            KEY,
            scheme("bearer", "A key, made with `audience key create`"),
        ),
        (
            WRITE_KEY,
            scheme("basic", "A key as the user's name, without a password"),
        ),
    ])
}

/// The ways to be let in, each with the scope that it needs.
fn security(entry: &Entry) -> Vec<BTreeMap<&'static str, [&'static str; 1]>> {
    let Some(scope) = entry.operation.scope else {
        return vec![];
    };
    let ways = [KEY, WRITE_KEY].into_iter();
    let ways = ways.filter(|way| *way == KEY || takes_write_key(entry.path));
    ways.map(|way| BTreeMap::from([(way, [scope.name()])]))
        .collect()
}

fn parameters(entry: &Entry, schemas: &mut Schemas) -> Vec<Parameter> {
    let of_path = entry.parameters.iter().map(|it| Parameter {
        name: it.name.to_owned(),
        place: "path",
        required: true,
        description: it.description.clone(),
        schema: text(),
        example: Some(it.example),
    });
    let of_query = entry.operation.query.map(|query| schemas.query(query));
    let headers = entry.operation.headers.iter();
    let headers = headers.map(|(name, description)| Parameter {
        name: (*name).to_owned(),
        place: "header",
        required: false,
        description: description.clone(),
        schema: text(),
        example: None,
    });
    let of_query = of_query.into_iter().flatten();
    of_path.chain(of_query).chain(headers).collect()
}

fn body(entry: &Entry, schemas: &mut Schemas) -> RequestBody {
    let limit: BodyLimit = entry.body_limit.unwrap_or_default();
    let forms = entry.operation.body.iter().map(|content| {
        let form = MediaType {
            schema: schemas.read(content.schema),
            example: Some(content.example.clone()),
        };
        (content.kind, form)
    });
    RequestBody {
        description: format!("At most {} bytes, decompressed", limit.bytes()),
        required: entry.operation.is_body_required,
        content: forms.collect(),
    }
}

fn answers(operation: &Operation, schemas: &mut Schemas) -> BTreeMap<String, Response> {
    let all = match operation.scope {
        None => Operation::open(""),
        Some(scope) => Operation::open("")
            .refuses(401, "There is no key, or none that is good now")
            .refuses(403, &format!("The key does not have the scope `{scope}`"))
            .refuses(429, "Its caller had too many: see `Retry-After`"),
    };
    let all = if operation.body.is_empty() {
        all
    } else {
        all.refuses(400, "The body, or a part of it, is not what is expected")
            .refuses(413, "The body is longer than is allowed")
            .refuses(415, "The content encoding is not known")
    };
    let own = operation.answers.iter();
    let mut answers: BTreeMap<String, Response> = all
        .answers
        .iter()
        .chain(own)
        .map(|(status, found)| {
            let is_tagged = operation.is_tagged && *status < 300;
            (status.to_string(), answer(found, is_tagged, schemas))
        })
        .collect();
    let other = Answer::problem("Any other refusal");
    answers.insert("default".to_owned(), answer(&other, false, schemas));
    answers
}

fn answer(answer: &Answer, is_tagged: bool, schemas: &mut Schemas) -> Response {
    let content = answer.content.map(|(kind, schema)| {
        let schema = schemas.written(schema);
        let form = MediaType {
            schema,
            example: None,
        };
        BTreeMap::from([(kind, form)])
    });
    let etag = Header {
        description: "The version, for `If-Match`",
        schema: text(),
    };
    Response {
        description: answer.description.clone(),
        headers: is_tagged.then(|| BTreeMap::from([("ETag", etag)])),
        content,
    }
}
