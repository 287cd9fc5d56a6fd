//! `POST /api/campaigns/{id}:dry-run`: who would be sent to now. Nothing is sent.

use kit::http::{Json, Operation, Problem};
use kit::schema::Properties;
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use stores::Campaign;

use crate::content::Content;
use crate::dispatch::{Verdict, decide};
use crate::limits::{DRY_RUN_MEMBERS_MAX, DRY_RUN_SAMPLE_MAX, PAGE_MEMBERS};
use crate::state::State;

#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DryRun")]
pub(super) struct Answer {
    /// Members looked at: all of them, up to a limit.
    members: u64,
    /// Whether there are more members than were looked at.
    has_more: bool,
    /// How many would be sent to.
    count: u64,
    /// How many have not agreed to the channel.
    no_consent: u64,
    /// The first of those who would be sent to.
    sample: Vec<Sample>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DryRunSample")]
struct Sample {
    user_id: String,
    #[schemars(with = "Properties")]
    personalization: Map<String, Value>,
}

pub(super) fn operation() -> Operation {
    let limits = format!("Looks at {DRY_RUN_MEMBERS_MAX} members at most.");
    Operation::new("dryRunCampaign", Scope::CampaignsWrite)
        .summary("Who would be sent to now; nothing is sent")
        .details(limits)
        .conditional()
        .answers::<Answer>(200, "How many, and some of them")
        .refuses(404, "There is no such campaign")
}

pub(super) async fn act(state: &State, campaign: Campaign) -> Result<Json<Answer>, Problem> {
    let content = Content::stored(&campaign.content)?;
    let view = &state.parts.view;
    let (mut answer, mut after) = (Answer::default(), None);
    loop {
        let segment = &campaign.segment_id;
        let page = view
            .members(segment, after.as_deref(), PAGE_MEMBERS)
            .await?;
        let Some(last) = page.last() else {
            return Ok(Json(answer));
        };
        if answer.members >= DRY_RUN_MEMBERS_MAX {
            answer.has_more = true;
            return Ok(Json(answer));
        }
        after = Some(last.user_id.clone());
        for member in page {
            let user = view.user(&member.user_id).await?;
            answer.count(decide(&campaign, &content, user.as_ref()), member.user_id);
        }
    }
}

impl Answer {
    fn count(&mut self, verdict: Verdict, user_id: String) {
        self.members += 1;
        match verdict {
            // The view moved on while it was read.
            Verdict::LeftSegment => self.members -= 1,
            Verdict::NoConsent => self.no_consent += 1,
            Verdict::Send(personalization) => {
                self.count += 1;
                if self.sample.len() < DRY_RUN_SAMPLE_MAX {
                    self.sample.push(Sample {
                        user_id,
                        personalization,
                    });
                }
            }
        }
    }
}
