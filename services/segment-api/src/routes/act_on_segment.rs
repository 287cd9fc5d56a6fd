//! `POST /api/segments/{id}:{action}`, told apart by the action.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use kit::http::{Body, Path, Problem, RequestKey, parse_json};
use serde::de::DeserializeOwned;

use super::{plan_segment, preview_rules, publish_segment, rollback_segment};
use crate::state::State;

const ACTIONS: [&str; 4] = ["plan", "preview", "publish", "rollback"];

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(target): Path<String>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<Response, Problem> {
    let Some((id, action)) = target.rsplit_once(':') else {
        let detail = format!("say what to do with it, as in `/api/segments/{target}:publish`");
        return Err(Problem::not_found(detail));
    };
    let route = format!("POST /api/segments/{target}");
    let key = RequestKey::read(&headers, &route, &bytes)?;
    match action {
        "plan" => plan_segment::act(&state, id, optional(&bytes)?).await,
        "preview" => {
            let answer = preview_rules::of_segment(&state, id, optional(&bytes)?).await?;
            Ok(answer.into_response())
        }
        "publish" => publish_segment::act(&state, id, &headers, key).await,
        "rollback" => {
            let body = optional(&bytes)?;
            rollback_segment::act(&state, id, &headers, &body, key).await
        }
        other => {
            let nearest = rulelang::nearest(other, ACTIONS);
            let help = nearest.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
            let detail = format!("a segment has no action `{other}`{help}");
            Err(Problem::not_found(detail))
        }
    }
}

/// A body that may be left out.
fn optional<T: DeserializeOwned + Default>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    parse_json(bytes)
}
