//! Campaigns on a real file.

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::catalog::{Catalog, Edit, Segment, SegmentEdit, Status};

async fn catalog() -> (SqliteCatalog, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let catalog = SqliteCatalog::open(directory.path()).await.unwrap();
    let segment = Segment {
        id: "vip".to_owned(),
        name: "VIP".to_owned(),
        description: String::new(),
        segment_type: "DYNAMIC".to_owned(),
        rules: json!({"expression": "a > 1"}),
        expression: "a > 1".to_owned(),
        is_active: true,
        status: Status::Draft,
        version: 1,
        newest_version: 1,
        failure: None,
        revision: 0,
        created_at: 1,
        updated_at: 1,
    };
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
    (catalog, directory)
}

fn campaign(id: &str, status: CampaignStatus, scheduled_at: Option<i64>) -> Campaign {
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

#[tokio::test]
async fn a_campaign_is_read_as_it_was_saved_and_replaces_what_was_read() {
    let (catalog, _directory) = catalog().await;
    let mut saved = campaign("a", CampaignStatus::Draft, None);
    saved.revision = catalog.save(&saved, RunEdit::Keep, None).await.unwrap();
    assert_eq!(catalog.campaign("a").await.unwrap(), Some(saved.clone()));
    let next = Campaign {
        status: CampaignStatus::Paused,
        scheduled_at: Some(-7),
        every_ms: None,
        updated_at: 9,
        ..saved.clone()
    };
    assert_eq!(catalog.save(&next, RunEdit::Keep, None).await.unwrap(), 2);
    let read = catalog.campaign("a").await.unwrap().unwrap();
    assert_eq!((read.status, read.revision), (CampaignStatus::Paused, 2));
    for stale in [saved, campaign("a", CampaignStatus::Draft, None)] {
        let error = catalog.save(&stale, RunEdit::Start(run(1)), None).await;
        assert!(matches!(error, Err(StoreError::Conflict(_))));
    }
    assert_eq!(catalog.runs("a", 9).await.unwrap(), []);
    let error = catalog.delete("a", 1).await;
    assert!(matches!(error, Err(StoreError::Conflict(_))));
    catalog.delete("a", 2).await.unwrap();
    assert_eq!(catalog.campaign_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_campaign_has_one_open_run_at_most() {
    let (catalog, _directory) = catalog().await;
    let mut a = campaign("a", CampaignStatus::Running, Some(1));
    let start = |number| RunEdit::Start(run(number));
    a.revision = catalog.save(&a, start(1), None).await.unwrap();
    let second = catalog.save(&a, start(2), None).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))));
    let progress = RunProgress {
        position: "user".to_owned(),
        sent: 3,
        left_segment: 2,
        no_consent: 1,
        log_ends: vec![4, 5],
    };
    catalog.advance("a-1", &progress).await.unwrap();
    let end = RunEdit::End(RunStatus::Done);
    a.revision = catalog.save(&a, end, None).await.unwrap();
    let ended = CampaignRun {
        status: RunStatus::Done,
        finished_at: Some(a.updated_at),
        progress,
        ..run(1)
    };
    catalog.save(&a, start(2), None).await.unwrap();
    assert_eq!(catalog.runs("a", 9).await.unwrap(), [run(2), ended]);
    assert_eq!(catalog.runs("a", 1).await.unwrap(), [run(2)]);
    catalog.delete("a", a.revision + 1).await.unwrap();
    assert_eq!(catalog.runs("a", 9).await.unwrap(), []);
}

#[tokio::test]
async fn what_runs_and_what_its_time_has_come_for_is_due() {
    let (catalog, _directory) = catalog().await;
    for (id, status, at) in [
        ("later", CampaignStatus::Scheduled, Some(21)),
        ("now", CampaignStatus::Scheduled, Some(20)),
        ("earlier", CampaignStatus::Scheduled, Some(10)),
        ("running", CampaignStatus::Running, Some(15)),
        ("paused", CampaignStatus::Paused, Some(1)),
        ("draft", CampaignStatus::Draft, None),
    ] {
        let campaign = campaign(id, status, at);
        catalog.save(&campaign, RunEdit::Keep, None).await.unwrap();
    }
    let due = catalog.due(20, 9).await.unwrap();
    let ids: Vec<&str> = due.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["earlier", "running", "now"]);
    assert_eq!(catalog.due(20, 2).await.unwrap().len(), 2);
    assert_eq!(catalog.next_due(20).await.unwrap(), Some(21));
    assert_eq!(catalog.next_due(21).await.unwrap(), None);
    let page = catalog.campaigns(Some("earlier"), 2).await.unwrap();
    let ids: Vec<&str> = page.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["later", "now"]);
}
