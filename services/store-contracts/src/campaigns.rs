//! What every store of campaigns keeps to. Each function takes an empty one whose catalog has the
//! segment `vip`.

use serde_json::json;
use stores::catalog::{Catalog, Edit, SegmentEdit, Status};
use stores::{
    Campaign, CampaignRun, CampaignStatus, Campaigns, RunEdit, RunProgress, RunStatus, StoreError,
};

use super::catalog::segment;

/// Every function of this suite, handed to a macro that makes tests of their names.
#[macro_export]
macro_rules! campaigns_suite {
    ($tests:ident) => {
        $tests! {
            a_campaign_is_read_as_it_was_saved_and_replaces_what_was_read
            a_campaign_has_one_open_run_at_most
            what_runs_and_what_its_time_has_come_for_is_due
            runs_of_one_instant_are_listed_by_their_number
            a_campaign_of_an_unknown_segment_is_refused
        }
    };
}

/// Makes the segment that the campaigns are for.
pub async fn make_segment(catalog: &dyn Catalog) {
    let mut segment = segment("vip", 1);
    segment.status = Status::Draft;
    let edit = SegmentEdit {
        replaces: None,
        segment,
        version: None,
    };
    let edit = Edit {
        segment: Some(edit),
        ..Edit::default()
    };
    catalog.commit(edit).await.unwrap();
}

pub fn campaign(id: &str, status: CampaignStatus, scheduled_at: Option<i64>) -> Campaign {
    Campaign {
        id: id.to_owned(),
        name: format!("Name of {id}"),
        segment_id: "vip".to_owned(),
        channel: "push".to_owned(),
        content: json!({"template": "t"}),
        status,
        scheduled_at,
        every_ms: Some(60_000),
        revision: 0,
        created_at: 1,
        updated_at: 2,
    }
}

fn run(number: u64) -> CampaignRun {
    CampaignRun {
        id: format!("a-{number}"),
        campaign_id: "a".to_owned(),
        status: RunStatus::Open,
        started_at: 5,
        finished_at: None,
        progress: RunProgress {
            log_ends: vec![3, u64::from(u32::MAX) * 2],
            ..RunProgress::default()
        },
    }
}

pub async fn a_campaign_is_read_as_it_was_saved_and_replaces_what_was_read(
    campaigns: &dyn Campaigns,
) {
    let mut saved = campaign("a", CampaignStatus::Draft, None);
    saved.revision = campaigns.save(&saved, RunEdit::Keep, None).await.unwrap();
    assert_eq!(campaigns.campaign("a").await.unwrap(), Some(saved.clone()));
    let next = Campaign {
        status: CampaignStatus::Paused,
        scheduled_at: Some(-7),
        every_ms: None,
        updated_at: 9,
        ..saved.clone()
    };
    assert_eq!(campaigns.save(&next, RunEdit::Keep, None).await.unwrap(), 2);
    let read = campaigns.campaign("a").await.unwrap().unwrap();
    assert_eq!((read.status, read.revision), (CampaignStatus::Paused, 2));
    for stale in [saved, campaign("a", CampaignStatus::Draft, None)] {
        let error = campaigns.save(&stale, RunEdit::Start(run(1)), None).await;
        assert!(matches!(error, Err(StoreError::Conflict(_))));
    }
    assert_eq!(campaigns.runs("a", 9).await.unwrap(), []);
    let error = campaigns.delete("a", 1).await;
    assert!(matches!(error, Err(StoreError::Conflict(_))));
    campaigns.delete("a", 2).await.unwrap();
    assert_eq!(campaigns.campaign_count().await.unwrap(), 0);
}

pub async fn a_campaign_has_one_open_run_at_most(campaigns: &dyn Campaigns) {
    let mut a = campaign("a", CampaignStatus::Running, Some(1));
    let start = |number| RunEdit::Start(run(number));
    a.revision = campaigns.save(&a, start(1), None).await.unwrap();
    let second = campaigns.save(&a, start(2), None).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))));
    let progress = RunProgress {
        position: "user".to_owned(),
        sent: 3,
        left_segment: 2,
        no_consent: 1,
        log_ends: vec![4, 5],
    };
    campaigns.advance("a-1", &progress).await.unwrap();
    let end = RunEdit::End(RunStatus::Done);
    a.revision = campaigns.save(&a, end, None).await.unwrap();
    let ended = CampaignRun {
        status: RunStatus::Done,
        finished_at: Some(a.updated_at),
        progress,
        ..run(1)
    };
    campaigns.save(&a, start(2), None).await.unwrap();
    assert_eq!(campaigns.runs("a", 9).await.unwrap(), [run(2), ended]);
    assert_eq!(campaigns.runs("a", 1).await.unwrap(), [run(2)]);
    campaigns.delete("a", a.revision + 1).await.unwrap();
    assert_eq!(campaigns.runs("a", 9).await.unwrap(), []);
}

pub async fn what_runs_and_what_its_time_has_come_for_is_due(campaigns: &dyn Campaigns) {
    for (id, status, at) in [
        ("later", CampaignStatus::Scheduled, Some(21)),
        ("now", CampaignStatus::Scheduled, Some(20)),
        ("earlier", CampaignStatus::Scheduled, Some(10)),
        ("running", CampaignStatus::Running, Some(15)),
        ("paused", CampaignStatus::Paused, Some(1)),
        ("draft", CampaignStatus::Draft, None),
    ] {
        let campaign = campaign(id, status, at);
        campaigns
            .save(&campaign, RunEdit::Keep, None)
            .await
            .unwrap();
    }
    let due = campaigns.due(20, 9).await.unwrap();
    let ids: Vec<&str> = due.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["earlier", "running", "now"]);
    assert_eq!(campaigns.due(20, 2).await.unwrap().len(), 2);
    assert_eq!(campaigns.next_due(20).await.unwrap(), Some(21));
    assert_eq!(campaigns.next_due(21).await.unwrap(), None);
    let page = campaigns.campaigns(Some("earlier"), 2).await.unwrap();
    let ids: Vec<&str> = page.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["later", "now"]);
}

pub async fn runs_of_one_instant_are_listed_by_their_number(campaigns: &dyn Campaigns) {
    let mut a = campaign("a", CampaignStatus::Running, Some(1));
    for number in 1..=11 {
        let start = RunEdit::Start(run(number));
        a.revision = campaigns.save(&a, start, None).await.unwrap();
        let end = RunEdit::End(RunStatus::Done);
        a.revision = campaigns.save(&a, end, None).await.unwrap();
    }
    let newest = campaigns.runs("a", 3).await.unwrap();
    let ids: Vec<&str> = newest.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["a-11", "a-10", "a-9"]);
}

pub async fn a_campaign_of_an_unknown_segment_is_refused(campaigns: &dyn Campaigns) {
    let lost = Campaign {
        segment_id: "nobody".to_owned(),
        ..campaign("a", CampaignStatus::Draft, None)
    };
    let error = campaigns.save(&lost, RunEdit::Keep, None).await;
    assert!(matches!(error, Err(StoreError::Conflict(_))), "{error:?}");
}
