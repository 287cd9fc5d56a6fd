//! One run of a campaign, page by page of the segment's members.
//!
//! A page is decided, appended, and only then noted. INVARIANT: what was appended and not noted is
//! read back from the log before the run goes on.

use std::collections::BTreeSet;

use kit::shutdown::Shutdown;
use stores::{
    Campaign, CampaignRun, CampaignStatus, Lease, Member, NewRecord, RunEdit, RunProgress,
    RunStatus, StoreError,
};

use crate::appended::{appended, ends};
use crate::content::Content;
use crate::dispatch::{Requests, Verdict, decide};
use crate::limits::{APPEND_BYTES_MAX, PAGE_MEMBERS};
use crate::state::State;

/// Starts a campaign that is due, or takes up the run that it is in, and goes on until the run is
/// over, the campaign is stopped, the lease is another's, or the process is to end.
pub(crate) async fn take_turn(
    state: &State,
    campaign: Campaign,
    lease: &Lease,
    shutdown: &Shutdown,
) -> Result<(), StoreError> {
    let campaigns = &state.parts.campaigns;
    let newest = campaigns.runs(&campaign.id, 1).await?.pop();
    let (campaign, run) = match newest {
        Some(run) if run.status == RunStatus::Open => (campaign, run),
        newest => match start(state, campaign, newest.as_ref()).await {
            Err(StoreError::Conflict(_)) => return Ok(()),
            started => started?,
        },
    };
    let run = Run {
        state,
        lease,
        content: Content::stored(&campaign.content)?,
        already: appended(&state.parts.notifications, &run).await?,
        progress: run.progress,
        id: run.id,
        campaign,
    };
    run.go_on(shutdown).await
}

async fn start(
    state: &State,
    campaign: Campaign,
    before: Option<&CampaignRun>,
) -> Result<(Campaign, CampaignRun), StoreError> {
    let now = state.now();
    let run = CampaignRun {
        id: next_id(&campaign.id, before),
        campaign_id: campaign.id.clone(),
        status: RunStatus::Open,
        started_at: now,
        finished_at: None,
        progress: RunProgress {
            log_ends: ends(&*state.parts.notifications)?,
            ..RunProgress::default()
        },
    };
    let mut campaign = Campaign {
        status: CampaignStatus::Running,
        updated_at: now,
        ..campaign
    };
    let edit = RunEdit::Start(run.clone());
    campaign.revision = state.parts.campaigns.save(&campaign, edit, None).await?;
    Ok((campaign, run))
}

/// The campaign's id and a number that counts up from 1.
fn next_id(campaign_id: &str, before: Option<&CampaignRun>) -> String {
    let number = before.and_then(|run| run.id.rsplit('-').next()?.parse::<u64>().ok());
    format!("{campaign_id}-{}", number.unwrap_or(0) + 1)
}

struct Run<'a> {
    state: &'a State,
    lease: &'a Lease,
    /// As it was when the run's turn began; another revision stops it.
    campaign: Campaign,
    content: Content,
    id: String,
    progress: RunProgress,
    /// Users who were asked for and are not counted.
    already: BTreeSet<String>,
}

impl Run<'_> {
    async fn go_on(mut self, shutdown: &Shutdown) -> Result<(), StoreError> {
        while !shutdown.is_requested() && self.is_wanted().await? {
            let after = Some(self.progress.position.as_str()).filter(|it| !it.is_empty());
            let (view, segment) = (&self.state.parts.view, &self.campaign.segment_id);
            let page = view.members(segment, after, PAGE_MEMBERS).await?;
            let Some(last) = page.last().map(|member| member.user_id.clone()) else {
                return self.finish().await;
            };
            self.send(&page).await?;
            self.progress.position = last;
            self.note().await?;
        }
        Ok(())
    }

    async fn is_wanted(&self) -> Result<bool, StoreError> {
        if !self.lease.is_held().await? {
            return Ok(false);
        }
        let campaign = self
            .state
            .parts
            .campaigns
            .campaign(&self.campaign.id)
            .await?;
        Ok(campaign.is_some_and(|now| now.revision == self.campaign.revision))
    }

    /// Decides for the members of a page and appends the requests.
    async fn send(&mut self, page: &[Member]) -> Result<(), StoreError> {
        let parts = &self.state.parts;
        let requests = Requests {
            campaign: &self.campaign,
            content: &self.content,
            run_id: &self.id,
            partitions: parts.notifications.partitions(),
            now: self.state.now(),
        };
        let (mut records, mut bytes): (Vec<NewRecord>, usize) = (vec![], 0);
        for member in page {
            let user_id = &member.user_id;
            if self.already.remove(user_id) {
                self.progress.sent += 1;
                continue;
            }
            let user = parts.view.user(user_id).await?;
            match decide(&self.campaign, &self.content, user.as_ref()) {
                Verdict::LeftSegment => self.progress.left_segment += 1,
                Verdict::NoConsent => self.progress.no_consent += 1,
                Verdict::Send(fields) => {
                    self.progress.sent += 1;
                    let record = requests.record(user_id, fields)?;
                    bytes += record.value.len();
                    records.push(record);
                }
            }
            if bytes >= APPEND_BYTES_MAX {
                self.append(std::mem::take(&mut records)).await?;
                bytes = 0;
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.append(records).await
    }

    /// Appends requests, for as long as nobody else may.
    async fn append(&self, records: Vec<NewRecord>) -> Result<(), StoreError> {
        if !self.lease.is_held().await? {
            let taken = "another process sends campaigns now".to_owned();
            return Err(StoreError::Unavailable(taken));
        }
        self.state.parts.notifications.append(records).await
    }

    async fn note(&mut self) -> Result<(), StoreError> {
        let parts = &self.state.parts;
        self.progress.log_ends = ends(&*parts.notifications)?;
        parts.campaigns.advance(&self.id, &self.progress).await
    }

    /// Ends the run; a recurring campaign is scheduled for its next start.
    async fn finish(mut self) -> Result<(), StoreError> {
        // Who left the segment after they were asked for.
        if !self.already.is_empty() {
            self.progress.sent += self.already.len() as u64;
            self.already.clear();
            self.note().await?;
        }
        let now = self.state.now();
        let next = next_start(self.campaign.scheduled_at, self.campaign.every_ms, now);
        let campaign = Campaign {
            status: match next {
                Some(_) => CampaignStatus::Scheduled,
                None => CampaignStatus::Done,
            },
            scheduled_at: next.or(self.campaign.scheduled_at),
            updated_at: now,
            ..self.campaign
        };
        let edit = RunEdit::End(RunStatus::Done);
        match self.state.parts.campaigns.save(&campaign, edit, None).await {
            // Paused or cancelled meanwhile: that stands, and whoever takes it up finds it at its end.
            Err(StoreError::Conflict(_)) => Ok(()),
            saved => saved.map(|_| ()),
        }
    }
}

/// The first start after `now` on the campaign's beat; starts that were missed are left out.
fn next_start(scheduled_at: Option<i64>, every_ms: Option<i64>, now: i64) -> Option<i64> {
    let (last, every) = (scheduled_at?, every_ms?.max(1));
    let missed = (now - last).div_euclid(every).max(0);
    Some(last + (missed + 1) * every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recurring_campaign_keeps_its_beat_and_leaves_out_missed_starts() {
        assert_eq!(next_start(Some(100), None, 500), None);
        assert_eq!(next_start(Some(100), Some(10), 100), Some(110));
        assert_eq!(next_start(Some(100), Some(10), 109), Some(110));
        assert_eq!(next_start(Some(100), Some(10), 147), Some(150));
    }
}
