//! Facts about users that only our services write: deletions and consent.

use kit::http::{Json, Problem};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use stores::{Log, NewFact, append_fact, check_user_id};

/// What is answered when a fact is durable and its owner has yet to act on it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserFactAccepted")]
pub(crate) struct Accepted {
    user_id: String,
    event_id: String,
}

/// Appends a fact about a user to `user-events`; it is durable when this returns.
pub(crate) async fn append(
    events: &dyn Log,
    user_id: String,
    event_type: &str,
    properties: Value,
) -> Result<Json<Accepted>, Problem> {
    check_user_id(&user_id)?;
    let fact = NewFact {
        source: "/rule-engine",
        user_id: &user_id,
        event_type,
        properties,
    };
    let event_id = append_fact(events, fact).await?;
    Ok(Json(Accepted { user_id, event_id }))
}
