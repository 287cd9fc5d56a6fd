//! `POST /api/rules/explain`: one rule for one user of whom everything is given, condition by
//! condition.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::clock::now;
use kit::evaluation::{EventsError, events_from_text};
use kit::explanation::ExplainedRule;
use kit::http::{Json, Operation, Problem, Route};
use kit::schema::{Properties as Fields, Rules, Timestamp};
use kit::scope::Scope;
use kit::wire::properties_from_json;
use rulelang::facts::Properties;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::evaluation::{Evaluation, user_id};
use crate::rule_input::{instant, named, one_of, wrong_part};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ExplainRuleRequest")]
pub(super) struct Request {
    expression: Option<String>,
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
    /// A stored rule.
    segment_id: Option<String>,
    /// Profile fields. A string `userId` among them is the user's id too: PERCENT goes by it, and events
    /// of somebody else do not count.
    #[schemars(with = "Option<Fields>")]
    bindings: Option<Box<RawValue>>,
    /// The user's events; without them a binding may stand in for a computed trait.
    #[schemars(with = "Option<Vec<Fields>>")]
    events: Option<Box<RawValue>>,
    /// The instant to evaluate at; the present where absent.
    #[schemars(with = "Option<Timestamp>")]
    now: Option<String>,
}

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({"expression": "totalSpent >= 200", "bindings": {"totalSpent": 250}});
    Operation::new("explainRule", Scope::SegmentsRead)
        .summary("One rule for one user of whom everything is given, condition by condition")
        .body::<Request>(example)
        .answers::<ExplainedRule>(200, "Its value, and why")
        .refuses(404, "There is no such active segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Json(request): Json<Request>,
) -> Result<Json<ExplainedRule>, Problem> {
    let now = instant(request.now.as_deref())?.unwrap_or_else(now);
    let bindings = request.bindings.map_or(Ok(Properties::new()), |bindings| {
        properties_from_json(bindings.get()).map_err(|error| wrong_part("/bindings", error))
    })?;
    let user = user_id(&bindings);
    let events = request.events.map(|events| {
        events_from_text(events.get(), user.as_deref(), now).map_err(|error| wrong_events(&error))
    });
    let events = events.transpose()?;
    let definitions = state.definitions().await?;
    let segment_id = request.segment_id.as_deref();
    let rule = named(request.expression, request.rules, segment_id, &definitions)?;
    let rule = rule.ok_or_else(one_of)?;
    let rules = Arc::clone(&state.rules);
    let work = move || Evaluation::new(definitions, rules, now).explain(&rule, bindings, events);
    state.compute(work).await.map(Json)
}

fn wrong_events(error: &EventsError) -> Problem {
    match error {
        EventsError::Malformed(error) => wrong_part("/events", error),
        EventsError::SeveralUsers(..) => {
            let fix = "say whose count with a string `userId` in `bindings`";
            wrong_part("/events", format!("{error}; {fix}"))
        }
    }
}
