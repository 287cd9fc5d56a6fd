//! A catalog into which a newer program saved rules that this one does not know.

use std::path::Path;

use kit::control::{DefinitionChange, SegmentVersion};
use serde_json::{Value, json};
use stores::catalog::{Edit, Publication, SegmentEdit, Status, Version};
use stores::{Catalog, SqliteCatalog};

use crate::platform::Platform;

const RULE: &str = "FUTURE(amount) > 1";

/// Publishes version 2 of a segment as a newer program would.
async fn publish(data: &Path, id: &str) {
    let catalog = SqliteCatalog::open(data).await.unwrap();
    let mut segment = catalog.segment(id).await.unwrap().unwrap();
    let replaces = Some(segment.revision);
    segment.rules = json!({ "expression": RULE });
    RULE.clone_into(&mut segment.expression);
    (segment.version, segment.newest_version) = (2, 2);
    segment.status = Status::Building;
    let version = Version {
        version: 2,
        name: segment.name.clone(),
        description: String::new(),
        rules: segment.rules.clone(),
        expression: RULE.to_owned(),
        is_active: true,
        created_at: segment.updated_at,
        published_at: None,
        failure: None,
    };
    let change = DefinitionChange {
        segments: vec![SegmentVersion {
            id: id.to_owned(),
            name: segment.name.clone(),
            version: 2,
            rules: segment.rules.clone(),
        }],
        removed: vec![],
        schema: json!({}),
    };
    let created_at = segment.updated_at;
    let edit = Edit {
        segment: Some(SegmentEdit {
            replaces,
            segment,
            version: Some(version),
        }),
        publication: Some(Publication {
            update: None,
            change: Some(change),
            created_at,
        }),
        ..Edit::default()
    };
    catalog.commit(edit).await.unwrap();
    catalog.close().await;
}

#[tokio::test]
async fn rules_that_this_program_cannot_build_fail_and_everything_else_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let platform = Platform::start(&data, &[]);
    platform.create(&[("big", "totalSpent > 100")]).await;
    let url = format!("{}/api/segments", platform.segments);
    let draft = json!({"id": "odd", "name": "odd", "draft": true, "rules": {"expression": "totalSpent > 1"}});
    assert_eq!(platform.post(url, &draft).await.unwrap().0, 201);
    platform.server.stop();
    publish(&data, "big").await;
    publish(&data, "odd").await;

    let platform = Platform::start(&data, &[]);
    let segment = |id: &str| format!("{}/api/segments/{id}", platform.segments);
    let has_failed = |answer: &Value| answer["failure"]["version"] == 2;
    let big = platform.until(&segment("big"), has_failed).await;
    assert_eq!(
        (&big["status"], &big["version"], &big["expression"]),
        (&json!("active"), &json!(1), &json!("totalSpent > 100"))
    );
    let odd = platform.until(&segment("odd"), has_failed).await;
    assert_eq!(odd["status"], "failed");
    let reason = odd["failure"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("the segment `odd`: "), "{reason}");
    assert!(
        reason.ends_with("there is no function `FUTURE`"),
        "{reason}"
    );

    platform.create(&[("later", "totalSpent > 5")]).await;
    let event = json!({"userId": "ann", "eventType": "purchase", "properties": {"amount": 150}});
    let url = format!("{}/api/events", platform.ingestion);
    assert_eq!(platform.post(url, &event).await.unwrap().0, 202);
    for id in ["big", "later"] {
        let is_in = |answer: &Value| answer["size"] == 1;
        platform.until(&segment(id), is_in).await;
    }
    let edited = json!({"name": "odd", "rules": {"expression": "totalSpent > 120"}});
    let url = format!("{}?publish=true", segment("odd"));
    let (status, answer) = platform.put(url, &edited).await;
    assert_eq!(status, 200, "{answer}");
    let is_active = |answer: &Value| answer["status"] == "active" && answer["size"] == 1;
    let odd = platform.until(&segment("odd"), is_active).await;
    assert_eq!(
        (&odd["version"], &odd["failure"]),
        (&json!(3), &Value::Null)
    );
    platform.server.stop();
}
