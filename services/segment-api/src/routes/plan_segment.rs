//! `POST /api/segments/{id}:plan`: who would enter and leave if the rule were another.

use axum::response::{IntoResponse, Response};
use kit::http::{Json, Operation, Problem};
use kit::schema::{Rules, Timestamp};
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stores::Preview;

use super::preview_rules::preview;
use super::publish_segment;
use crate::checking;
use crate::editing::is_in_force;
use crate::limits::SAMPLE_DEFAULT;
use crate::state::State;

/// `{"rules": …}`; the newest version's where absent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanBody {
    /// The newest version's where absent.
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
}

/// By the rules alone: members by hand stay what they are.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PlanAnswer {
    /// How many the published rule has.
    members: u64,
    entering: Side,
    leaving: Side,
    /// All users.
    users: u64,
    /// Whether everybody was looked at for each of the numbers.
    is_complete: bool,
    #[schemars(with = "Timestamp")]
    as_of: String,
}

/// Users who enter, or leave.
#[derive(Debug, Serialize, JsonSchema)]
struct Side {
    count: u64,
    /// Ids of some of them.
    sample: Vec<String>,
}

impl From<Preview> for Side {
    fn from(preview: Preview) -> Self {
        Self {
            count: preview.count,
            sample: preview.sample,
        }
    }
}

pub(super) fn operation() -> Operation {
    let example = json!({"rules": {"expression": "totalSpent >= 500"}});
    Operation::new("planSegment", Scope::SegmentsWrite)
        .summary("Who would enter and leave if the rule were another")
        .optional_body::<PlanBody>(example)
        .answers::<PlanAnswer>(200, "How many, and some of them; by the rules alone")
        .refuses(404, "There is no such segment")
}

pub(super) async fn act(state: &State, id: &str, body: PlanBody) -> Result<Response, Problem> {
    let segment = state.segment(id).await?;
    let rules = if let Some(rules) = body.rules {
        rules
    } else {
        let newest = publish_segment::version(state, id, segment.newest_version);
        newest.await?.rules
    };
    let wanted = checking::check(state.catalog(), id, &rules)
        .await?
        .expression;
    let present = if is_in_force(&segment) {
        segment.expression
    } else {
        "FALSE".to_owned()
    };
    let differ =
        |yes: &str, no: &str| json!({"expression": format!("({yes}) AND ({no}) IS NOT TRUE")});
    let members = preview(state, json!({"expression": present}), 0).await?;
    let entering = preview(state, differ(&wanted, &present), SAMPLE_DEFAULT).await?;
    let leaving = preview(state, differ(&present, &wanted), SAMPLE_DEFAULT).await?;
    let answer = PlanAnswer {
        members: members.count,
        users: members.users,
        is_complete: members.is_complete && entering.is_complete && leaving.is_complete,
        as_of: format_timestamp(leaving.as_of),
        entering: entering.into(),
        leaving: leaving.into(),
    };
    Ok(Json(answer).into_response())
}
