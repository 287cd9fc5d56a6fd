//! `POST /api/rules/evaluate`: one rule, or every active segment, for contexts or for users.
//!
//! A context is an object of profile fields; a string `userId` among them is the user's id too. Users are evaluated by their histories; with no rule
//! named, the segments of users are those that they are in now.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::clock::now;
use kit::explanation::Condition;
use kit::http::{Caller, Json, Operation, Problem, Route};
use kit::rules::RuleSource;
use kit::schema::{Properties as Fields, RuleValue, Rules, Timestamp};
use kit::scope::Scope;
use kit::wire::properties_from_json;
use rulelang::facts::Properties;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::existing_user;
use crate::definitions::Definitions;
use crate::evaluation::Evaluation;
use crate::limits::{CONTEXTS_MAX, EVALUATION_TIME_MAX, USER_IDS_MAX};
use crate::rule_input::{instant, named, wrong_part};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "EvaluateRuleRequest")]
pub(super) struct Request {
    expression: Option<String>,
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
    /// A stored rule.
    segment_id: Option<String>,
    /// Profile fields. A string `userId` among them is the user's id too, which PERCENT goes by.
    #[schemars(with = "Option<Vec<Fields>>", length(max = CONTEXTS_MAX))]
    contexts: Option<Vec<Box<RawValue>>>,
    #[schemars(length(max = USER_IDS_MAX))]
    user_ids: Option<Vec<String>>,
    /// The instant to evaluate at; the present where absent.
    #[schemars(with = "Option<Timestamp>")]
    now: Option<String>,
    /// Whether to say why; of contexts alone.
    #[serde(default)]
    explain: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EvaluateRuleAnswer")]
pub(super) struct Answer {
    /// One for each context or user, in order.
    results: Vec<Outcome>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Evaluation")]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// Of the one rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<RuleValue>")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Condition>,
    /// With no rule named.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<SegmentName>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SegmentName {
    segment_id: String,
    name: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    let limits = format!(
        "One request takes {CONTEXTS_MAX} contexts or {USER_IDS_MAX} users, and evaluates for at \
         most {} seconds. Who to evaluate for is given by one of `contexts` and `userIds`; \
         for `userIds` the key needs `profiles:read` too.",
        EVALUATION_TIME_MAX.as_secs()
    );
    let example = json!({"expression": "totalSpent >= 200", "contexts": [{"totalSpent": 250}]});
    Operation::new("evaluateRule", Scope::SegmentsRead)
        .summary("One rule, or every active segment, for contexts or for users")
        .details(limits)
        .body::<Request>(example)
        .answers::<Answer>(200, "One result for each context or user, in order")
        .refuses(404, "There is no such active segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Result<Json<Answer>, Problem> {
    let at = instant(request.now.as_deref())?;
    let definitions = state.definitions().await?;
    let segment_id = request.segment_id.as_deref();
    let rule = named(request.expression, request.rules, segment_id, &definitions)?;
    let results = match (request.contexts, request.user_ids) {
        (Some(contexts), None) => {
            let contexts = read_contexts(&contexts)?;
            let rules = Arc::clone(&state.rules);
            let (at, explain) = (at.unwrap_or_else(now), request.explain);
            let work = move || {
                let evaluation = Evaluation::new(definitions, rules, at);
                for_contexts(&evaluation, rule.as_ref(), contexts, explain)
            };
            state.compute(work).await?
        }
        (None, Some(user_ids)) => {
            caller.require(Scope::ProfilesRead)?;
            check_count("userIds", user_ids.len(), USER_IDS_MAX)?;
            if request.explain {
                return Err(Problem::bad_request(
                    "`explain` goes with `contexts`; of a user, `/api/users/{id}/explain?segment=` explains",
                ));
            }
            for_users(&state, &definitions, rule, user_ids, at).await?
        }
        _ => {
            let detail = "who to evaluate for is given by one of `contexts` or `userIds`";
            return Err(Problem::bad_request(detail));
        }
    };
    Ok(Json(Answer { results }))
}

fn read_contexts(contexts: &[Box<RawValue>]) -> Result<Vec<Properties>, Problem> {
    check_count("contexts", contexts.len(), CONTEXTS_MAX)?;
    let contexts = contexts.iter().enumerate().map(|(index, context)| {
        properties_from_json(context.get())
            .map_err(|error| wrong_part(&format!("/contexts/{index}"), error))
    });
    contexts.collect()
}

fn check_count(name: &str, count: usize, max: usize) -> Result<(), Problem> {
    if count <= max {
        return Ok(());
    }
    let detail = format!("there are {count} `{name}`; one request takes {max}");
    Err(wrong_part(&format!("/{name}"), detail))
}

fn for_contexts(
    evaluation: &Evaluation,
    rule: Option<&RuleSource>,
    contexts: Vec<Properties>,
    explain: bool,
) -> Result<Vec<Outcome>, Problem> {
    let outcomes = contexts.into_iter().map(|context| match rule {
        Some(rule) if explain => {
            let explained = evaluation.explain(rule, context, None)?;
            Ok(Outcome {
                value: Some(explained.value),
                explanation: Some(explained.explanation),
                ..Outcome::default()
            })
        }
        Some(rule) => Ok(Outcome {
            value: Some(evaluation.value(rule, context)?),
            ..Outcome::default()
        }),
        None => {
            let found = evaluation.matches(context)?.into_iter();
            let found = found.map(|(segment_id, name)| SegmentName { segment_id, name });
            Ok(Outcome {
                segments: Some(found.collect()),
                ..Outcome::default()
            })
        }
    });
    outcomes.collect()
}

async fn for_users(
    state: &State,
    definitions: &Definitions,
    rule: Option<RuleSource>,
    user_ids: Vec<String>,
    at: Option<i64>,
) -> Result<Vec<Outcome>, Problem> {
    let Some(rule) = rule else {
        if at.is_some() {
            let detail = "the segments of users are those of now: leave out `now`, or name a rule";
            return Err(wrong_part("/now", detail));
        }
        return memberships(state, definitions, user_ids).await;
    };
    let (rules, schema) = (rule.to_json(), &definitions.schema_file);
    let owners = &state.parts.owners;
    let values = owners.evaluate(&rules, schema, &user_ids, at).await;
    let values = values?;
    let outcomes = user_ids.into_iter().zip(values);
    let outcomes = outcomes.map(|(user_id, value)| Outcome {
        user_id: Some(user_id),
        value: Some(value),
        ..Outcome::default()
    });
    Ok(outcomes.collect())
}

async fn memberships(
    state: &State,
    definitions: &Definitions,
    user_ids: Vec<String>,
) -> Result<Vec<Outcome>, Problem> {
    let mut outcomes = vec![];
    for user_id in user_ids {
        let user = existing_user(&*state.parts.view, &user_id).await?;
        let segments = user.map(|user| user.segments).unwrap_or_default();
        let segments = segments.into_iter().map(|membership| SegmentName {
            name: definitions.name(&membership.segment_id).to_owned(),
            segment_id: membership.segment_id.to_string(),
        });
        outcomes.push(Outcome {
            segments: Some(segments.collect()),
            user_id: Some(user_id),
            ..Outcome::default()
        });
    }
    Ok(outcomes)
}
