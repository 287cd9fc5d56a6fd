//! `GET /api/processing`: how far each owner of this process is, and how much each topic holds.

use std::sync::Arc;

use axum::Json;
use axum::extract;
use kit::http::{Operation, Problem, Route};
use kit::schema::Timestamp;
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use stores::{Log, StoreError, Topic};

use super::State;
use crate::status::Progress;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Processing {
    partitions: Vec<Partition>,
    topics: Vec<TopicEnds>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Partition {
    #[serde(rename = "partition")]
    number: u32,
    /// The offset of the next record to take.
    position: u64,
    /// The offset that the next record of the log gets.
    end: u64,
    /// Records that were not taken yet.
    lag: u64,
    /// The greatest stamp that was read; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Timestamp>")]
    clock: Option<String>,
    /// Users who exist.
    users: u64,
    /// How late the earliest deadline is, in milliseconds; 0 if none is due.
    deadline_lag_ms: u64,
    /// Records that could not be used.
    dead_letters: u64,
    /// Definitions that are being prepared.
    builds: Vec<Build>,
    /// Whether a switch of definitions is being taken.
    is_switching: bool,
    /// Why the owner does not get on; absent while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Build {
    definition_id: String,
    users_done: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TopicEnds {
    name: &'static str,
    /// By partition, how many records it has had.
    partitions: Vec<u64>,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getProcessing", Scope::SegmentsRead)
        .summary("How far each partition of this process is, and how much each topic holds")
        .answers::<Processing>(200, "As of now")
        .handled_by(handle)
}

pub(super) async fn handle(
    extract::State(state): extract::State<Arc<State>>,
) -> Result<Json<Processing>, Problem> {
    let mut partitions = vec![];
    let assigned = state.assigned.borrow().clone();
    for partition in assigned {
        let Some(status) = state.statuses.get(partition as usize) else {
            continue;
        };
        let end = state.events.end(partition)?;
        let progress = status.progress().unwrap_or_default();
        partitions.push(row(&state, partition, end, progress, status.failure()));
    }
    let topics = vec![
        ends(Topic::UserEvents, &*state.events)?,
        ends(Topic::UserSegments, &*state.changes)?,
    ];
    Ok(Json(Processing { partitions, topics }))
}

fn row(
    state: &State,
    partition: u32,
    end: u64,
    progress: Progress,
    failure: Option<String>,
) -> Partition {
    let late = progress
        .next_deadline
        .map_or(0, |due| state.wall.now() - due);
    let builds = progress.builds.into_iter();
    Partition {
        number: partition,
        position: progress.position,
        end,
        lag: end.saturating_sub(progress.position),
        clock: progress.clock.map(format_timestamp),
        users: progress.users,
        deadline_lag_ms: late.max(0) as u64,
        dead_letters: progress.dead_letters,
        builds: builds
            .map(|(definition_id, users_done)| Build {
                definition_id,
                users_done,
            })
            .collect(),
        is_switching: progress.is_switching,
        failure,
    }
}

fn ends(topic: Topic, log: &dyn Log) -> Result<TopicEnds, StoreError> {
    let ends = (0..log.partitions()).map(|partition| log.end(partition));
    Ok(TopicEnds {
        name: topic.name(),
        partitions: ends.collect::<Result<_, _>>()?,
    })
}
