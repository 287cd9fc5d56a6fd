//! `/openapi.json` of each port: a valid document, and every service does what it says.

pub(crate) mod document;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::platform::Platform;
use document::{Document, Operation};

const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What others build on, in order.
const FIRST: [&str; 6] = [
    "createSegment",
    "postEvent",
    "identify",
    "putSegment",
    "createCampaign",
    "putList",
];
/// What ends what others need, in order.
const LAST: [&str; 11] = [
    "publishSegment",
    "rollbackSegment",
    "scheduleCampaign",
    "pauseCampaign",
    "cancelCampaign",
    "deleteCampaign",
    "deleteMember",
    "deleteTrait",
    "deleteList",
    "deleteSegment",
    "deleteUser",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_service_does_what_its_document_says() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let mut documents = vec![];
    for port in platform.ports() {
        documents.push((port, document_of(port).await));
    }
    for (_, document) in &documents {
        document.check();
    }
    one_port_answers_for_all(&documents);
    let mut all = vec![];
    for (port, document) in &documents {
        let operations = document.operations();
        // One port answers for all services: each is asked at its own.
        let asked = operations.filter(|operation| {
            let is_elsewhere = !matches!(operation.service(), "segment-api" | "actuator");
            !(is_elsewhere && *port == platform.segments)
        });
        all.extend(asked.map(|operation| (*port, document, operation)));
    }
    all.sort_by_key(|(_, _, operation)| rank(&operation.id));
    for (port, document, operation) in &all {
        does_what_it_says(&platform.http, port, document, operation).await;
    }
    platform.server.stop();
}

pub(crate) async fn document_of(port: &str) -> Document {
    let response = reqwest::get(format!("{port}/openapi.json")).await.unwrap();
    assert_eq!(response.status(), 200);
    Document::new(&response.text().await.unwrap())
}

/// The console's port has the operations of all others.
fn one_port_answers_for_all(documents: &[(&str, Document)]) {
    let ids = |document: &Document| -> BTreeSet<String> {
        document
            .operations()
            .map(|operation| operation.id)
            .collect()
    };
    let (console, others) = documents.split_first().unwrap();
    let console = ids(&console.1);
    for (port, other) in others {
        let missing: Vec<_> = ids(other).difference(&console).cloned().collect();
        assert!(missing.is_empty(), "{port}: {missing:?}");
    }
}

fn rank(id: &str) -> (usize, usize) {
    let place = |all: &[&str]| all.iter().position(|it| *it == id);
    match (place(&FIRST), place(&LAST)) {
        (Some(place), _) => (0, place),
        (_, Some(place)) => (2, place),
        _ => (1, 0),
    }
}

/// Asks with each example of a body. What is asked about may be on its way: an event being taken, a
/// segment being built.
async fn does_what_it_says(
    http: &reqwest::Client,
    port: &str,
    document: &Document,
    operation: &Operation,
) {
    let bodies = operation.bodies();
    for body in &bodies {
        if let Some((kind, example)) = body
            && kind == "application/json"
        {
            document.fits(&operation.body_schema(kind), example);
        }
        let started = Instant::now();
        loop {
            let response = ask(http, port, operation, body.as_ref()).await;
            let status = response.status();
            if status.is_success() {
                answers_as_documented(document, operation, response).await;
                break;
            }
            let (id, text) = (&operation.id, response.text().await.unwrap());
            assert!(
                operation.answer(status.as_u16()).is_object(),
                "{id}: {status}"
            );
            assert!(started.elapsed() < PATIENCE, "{id}: {status} {text}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

async fn ask(
    http: &reqwest::Client,
    port: &str,
    operation: &Operation,
    body: Option<&(String, Value)>,
) -> reqwest::Response {
    let method = operation.method.to_uppercase().parse().unwrap();
    let request = http.request(method, format!("{port}{}", operation.url()));
    let request = match body {
        None => request,
        Some((kind, example)) => {
            let text = example
                .as_str()
                .map_or_else(|| example.to_string(), str::to_owned);
            request.header("content-type", kind).body(text)
        }
    };
    request.send().await.unwrap()
}

async fn answers_as_documented(
    document: &Document,
    operation: &Operation,
    response: reqwest::Response,
) {
    let (id, status) = (&operation.id, response.status().as_u16());
    let answer = operation.answer(status);
    assert!(operation.names(status), "{id}: {status}");
    if answer["headers"]["ETag"].is_object() {
        assert!(response.headers().contains_key("etag"), "{id}");
    }
    let Some(forms) = answer["content"].as_object() else {
        assert_eq!(response.text().await.unwrap(), "", "{id}");
        return;
    };
    let kind = forms.keys().next().unwrap();
    let header = response.headers()["content-type"].to_str().unwrap();
    assert!(header.starts_with(kind), "{id}: {header}");
    // A stream does not end.
    if kind == "application/json" {
        let pointer = operation.answer_schema(status, kind);
        document.fits(&pointer, &response.json().await.unwrap());
    }
}
