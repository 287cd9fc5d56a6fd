//! `GET /api/campaigns`: all campaigns by id, a page at a time.

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Page, PageQuery, Problem, Query, Route};
use kit::scope::Scope;
use stores::Campaign;

use crate::answer::CampaignAnswer;
use crate::state::State;

pub(super) fn route() -> Route<State> {
    Operation::new("listCampaigns", Scope::CampaignsWrite)
        .summary("All campaigns by id")
        .query::<PageQuery>()
        .answers::<Page<CampaignAnswer>>(200, "A page of campaigns")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<CampaignAnswer>>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    let campaigns = &state.parts.campaigns;
    let found = campaigns.campaigns(after.as_deref(), limit + 1).await?;
    let page = Page::of(found, limit, |campaign: &Campaign| campaign.id.clone());
    Ok(Json(Page {
        data: page.data.into_iter().map(CampaignAnswer::new).collect(),
        page: page.page,
    }))
}
