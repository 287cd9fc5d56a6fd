//! `POST /api/segments:preview` and `POST /api/segments/{id}:preview`: who would match.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Problem, Route};
use kit::schema::{Rules, Timestamp};
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stores::{Preview, PreviewRequest};

use super::publish_segment;
use crate::checking::GivenRule;
use crate::limits::{SAMPLE_DEFAULT, SAMPLE_MAX};
use crate::state::State;

/// `{"rules": …, "sample": 5}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewBody {
    #[schemars(with = "Rules")]
    rules: Value,
    /// How many users to name; 10 where absent.
    #[schemars(range(max = SAMPLE_MAX))]
    sample: Option<usize>,
}

/// `{"sample": 5}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SegmentPreviewBody {
    /// How many users to name; 10 where absent.
    #[schemars(range(max = SAMPLE_MAX))]
    sample: Option<usize>,
}

/// How many match, of how many, and some of them. Where it is not complete, the numbers are of the
/// users who were looked at before the time was up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewAnswer {
    count: u64,
    /// The users who were looked at.
    users: u64,
    /// Whether those are all.
    is_complete: bool,
    /// Ids of some who match.
    sample: Vec<String>,
    #[schemars(with = "Timestamp")]
    as_of: String,
}

impl From<Preview> for PreviewAnswer {
    fn from(preview: Preview) -> Self {
        Self {
            count: preview.count,
            users: preview.users,
            is_complete: preview.is_complete,
            sample: preview.sample,
            as_of: format_timestamp(preview.as_of),
        }
    }
}

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({"rules": {"expression": "totalSpent >= 200"}, "sample": 5});
    Operation::new("previewRules", Scope::SegmentsWrite)
        .summary("Who would match a rule")
        .body::<PreviewBody>(example)
        .answers::<PreviewAnswer>(200, "How many, and some of them")
        .handled_by(handle)
}

pub(super) fn operation() -> Operation {
    Operation::new("previewSegment", Scope::SegmentsWrite)
        .summary("Who would match the newest version of a segment")
        .optional_body::<SegmentPreviewBody>(json!({"sample": 5}))
        .answers::<PreviewAnswer>(200, "How many, and some of them")
        .refuses(404, "There is no such segment")
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Json(body): Json<PreviewBody>,
) -> Result<Json<PreviewAnswer>, Problem> {
    let sample = sample(body.sample)?;
    let preview = preview(&state, body.rules, sample).await?;
    Ok(Json(preview.into()))
}

/// Who would match the newest version of a segment.
pub(super) async fn of_segment(
    state: &State,
    id: &str,
    body: SegmentPreviewBody,
) -> Result<Json<PreviewAnswer>, Problem> {
    let sample = sample(body.sample)?;
    let newest = state.segment(id).await?.newest_version;
    let content = publish_segment::version(state, id, newest).await?;
    let preview = preview(state, content.rules, sample).await?;
    Ok(Json(preview.into()))
}

fn sample(wanted: Option<usize>) -> Result<usize, Problem> {
    match wanted.unwrap_or(SAMPLE_DEFAULT) {
        sample if sample <= SAMPLE_MAX => Ok(sample),
        sample => {
            let detail = format!("`sample` is {sample}; it is at most {SAMPLE_MAX}");
            Err(Problem::bad_request(detail))
        }
    }
}

/// Tries a rule on everybody. It need not be one that can be kept live.
pub(super) async fn preview(
    state: &State,
    rules: Value,
    sample: usize,
) -> Result<Preview, Problem> {
    let known = state.catalog().schema(None).await?;
    GivenRule::read(&rules)?.check(&known.schema()?)?;
    let request = PreviewRequest {
        rules,
        schema: known.schema_file([]),
        sample,
    };
    Ok(state.parts.owners.preview(request).await?)
}
