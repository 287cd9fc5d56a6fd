//! `GET /api/processing`: how far the owner of each partition is, and how much each topic holds.

use std::sync::Arc;

use axum::Json;
use axum::extract;
use kit::http::{Operation, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use stores::{Log, PartitionProgress, StoreError, Topic};

use super::State;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Processing {
    /// All partitions, whichever process owns them.
    partitions: Vec<PartitionProgress>,
    topics: Vec<TopicEnds>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TopicEnds {
    name: &'static str,
    /// By partition, how many records it has had.
    partitions: Vec<u64>,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getProcessing", Scope::SegmentsRead)
        .summary("How far each partition is, and how much each topic holds")
        .answers::<Processing>(200, "As of now")
        .handled_by(handle)
}

pub(super) async fn handle(
    extract::State(state): extract::State<Arc<State>>,
) -> Result<Json<Processing>, Problem> {
    let partitions = state.owners.progress().await?;
    let topics = vec![
        ends(Topic::UserEvents, &*state.events)?,
        ends(Topic::UserSegments, &*state.changes)?,
    ];
    Ok(Json(Processing { partitions, topics }))
}

fn ends(topic: Topic, log: &dyn Log) -> Result<TopicEnds, StoreError> {
    let ends = (0..log.partitions()).map(|partition| log.end(partition));
    Ok(TopicEnds {
        name: topic.name(),
        partitions: ends.collect::<Result<_, _>>()?,
    })
}
