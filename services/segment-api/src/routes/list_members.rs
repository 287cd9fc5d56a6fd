//! `GET /api/segments/{id}/members`: who is in it now, by user id.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Page, PageQuery, Path, Problem, Query};
use rulelang::time::format_timestamp;
use serde::Serialize;
use stores::Member;

use crate::state::State;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberAnswer {
    user_id: String,
    since: String,
    reason: String,
}

impl From<Member> for MemberAnswer {
    fn from(member: Member) -> Self {
        Self {
            user_id: member.user_id,
            since: format_timestamp(member.since),
            reason: member.reason,
        }
    }
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MemberAnswer>>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    state.segment(&id).await?;
    let view = &state.parts.view;
    let members = view.members(&id, after.as_deref(), limit + 1).await?;
    let answers = members.into_iter().map(MemberAnswer::from).collect();
    Ok(Json(Page::of(answers, limit, |it| it.user_id.clone())))
}
