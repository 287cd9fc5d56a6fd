//! `POST /v1/track`, `/v1/identify`, `/v1/page`, `/v1/screen`, `/v1/group`, `/v1/alias`: one call
//! of Segment's HTTP API.

use axum::Extension;
use axum::extract::State;
use axum::handler::Handler;
use kit::http::{Operation, Problem, Route, body_text};
use kit::scope::Scope;
use serde_json::{Value, json};

use super::accepting;
use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::spec::{Call, Defaults, Kind};
use crate::verdict::Verdict;

pub(super) fn route(kind: Kind) -> Route<Ingestion> {
    let (operation, example) = described(kind);
    let operation = operation.details("A call of Segment's HTTP API; unknown fields are ignored.");
    let operation = accepting(operation.body::<Call>(example));
    operation.handled_by(post_call.layer(Extension(kind)))
}

fn described(kind: Kind) -> (Operation, Value) {
    let (id, summary, example) = match kind {
        Kind::Track => (
            "track",
            "What a user did",
            json!({"userId": "ann", "event": "login", "properties": {"device": "phone"}}),
        ),
        Kind::Identify => (
            "identify",
            "Who a user is; an anonymous id merges into its user",
            json!({
                "userId": "ann",
                "anonymousId": "507f",
                "traits": {"firstName": "Ann"},
                "context": {"sessionId": "sess_abc123"},
            }),
        ),
        Kind::Page => (
            "page",
            "A page that a user saw",
            json!({"userId": "ann", "name": "Home", "properties": {"path": "/"}}),
        ),
        Kind::Screen => (
            "screen",
            "A screen of an app that a user saw",
            json!({"userId": "ann", "name": "Home"}),
        ),
        Kind::Group => (
            "group",
            "The group that a user belongs to",
            json!({"userId": "ann", "groupId": "acme", "traits": {"plan": "pro"}}),
        ),
        Kind::Alias => (
            "alias",
            "One user merges into another",
            json!({"userId": "ann", "previousId": "ann-of-old"}),
        ),
    };
    (
        Operation::new(id, Scope::EventsWrite).summary(summary),
        example,
    )
}

/// Takes one call; unknown fields are ignored, the write key too.
pub(crate) async fn post_call(
    State(ingestion): State<Ingestion>,
    Extension(kind): Extension<Kind>,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let text = body_text(&admitted.body)?;
    let batch = Batch::new(&ingestion);
    let defaults = Defaults {
        kind: Some(kind),
        ..Defaults::default()
    };
    let read = batch.read_call(text, defaults);
    batch.take_only(read)?.append().await
}
