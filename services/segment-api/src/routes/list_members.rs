//! `GET /api/segments/{id}/members`: who is in it now.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Page, PageQuery, Path, Problem, Query, Route};
use kit::schema::Timestamp;
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use stores::Member;

use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Member")]
pub(super) struct MemberAnswer {
    user_id: String,
    #[schemars(with = "Timestamp")]
    since: String,
    /// `rule_evaluation`, `manual`.
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

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listMembers", Scope::SegmentsRead)
        .summary("Who is in a segment now")
        .query::<PageQuery>()
        .answers::<Page<MemberAnswer>>(200, "A page of members")
        .refuses(404, "There is no such segment")
        .handled_by(handle)
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
