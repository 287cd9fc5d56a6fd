//! `GET /api/changes`: changes of membership as server-sent events.
//!
//! Each event's id says from where a reader who comes back with `Last-Event-ID` misses nothing: in
//! every partition, from the last change seen or, if that is not durable yet, from the first that is
//! not. For the changes that a power cut takes come again as they were, but not in the same order. So
//! a reader may see a change twice, and knows it by user, epoch and `seq`.
//!
//! One thread a partition reads for each follower, for the log's readers block; a follower who reads
//! slowly holds only its own threads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use kit::http::{Operation, Problem, Query, Route};
use kit::scope::Scope;
use kit::wire::change_line;
use schemars::JsonSchema;
use serde::Deserialize;
use stores::{LogReader, Record, StoreError};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};

use super::State;

/// Changes read at once, in bytes.
const READ_BYTES: usize = 256 * 1024;
/// How long a reader waits before it looks whether its follower is still there.
const READ_WAIT: Duration = Duration::from_millis(500);
/// Changes that wait for a follower.
const WAITING_MAX: usize = 1024;
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a follower wants.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `start` for everything that is kept, else the id of the last event seen; the next change
    /// where there is none.
    from: Option<String>,
    /// Only this segment.
    segment: Option<String>,
    /// Only this user.
    user: Option<String>,
}

/// What a filter looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named<'a> {
    #[serde(borrow)]
    segment_id: std::borrow::Cow<'a, str>,
}

pub(super) fn route() -> Route<Arc<State>> {
    let meaning = "The id of the last event seen: what came after it is sent first";
    Operation::new("followChanges", Scope::SegmentsRead)
        .summary("Changes of membership as they happen, as server-sent events")
        .details("`data` is a message of `user-segments` as JSON. The stream does not end.")
        .query::<Wanted>()
        .header("Last-Event-ID", meaning)
        .answers_text(200, "text/event-stream", "The stream")
        .handled_by(handle)
}

pub(super) async fn handle(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let from = last.or(wanted.from.as_deref());
    let positions = positions(&state, from)?;
    let (sender, receiver) = channel(WAITING_MAX);
    for (partition, from) in positions.iter().enumerate() {
        let reader = state.changes.reader(partition as u32, *from)?;
        let (state, sender) = (Arc::clone(&state), sender.clone());
        let thread = std::thread::Builder::new().name("changes-reader".to_owned());
        thread
            .spawn(move || read(&state, partition, reader, &sender))
            .map_err(Problem::internal)?;
    }
    let events = events(state, receiver, positions, wanted);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Where to begin in each partition.
fn positions(state: &State, from: Option<&str>) -> Result<Vec<u64>, Problem> {
    let partitions = state.changes.partitions();
    match from {
        Some("start") => Ok(vec![0; partitions as usize]),
        Some(id) => {
            let positions = id.split('-').map(|part| part.parse().ok());
            let positions: Option<Vec<u64>> = positions.collect();
            let fitting = positions.filter(|all| all.len() == partitions as usize);
            fitting.ok_or_else(|| {
                let detail = format!("`{id}` is not the id of an event of this stream");
                Problem::bad_request(detail)
            })
        }
        None => {
            let ends = (0..partitions).map(|partition| state.changes.end(partition));
            Ok(ends.collect::<Result<_, _>>()?)
        }
    }
}

/// Reads a partition until its follower is gone or the process is to end.
fn read(
    state: &State,
    partition: usize,
    mut reader: Box<dyn LogReader>,
    sender: &Sender<(usize, Record)>,
) {
    while !sender.is_closed() && !state.shutdown.is_requested() {
        let records = match reader.next(READ_BYTES, READ_WAIT) {
            Ok(records) => records,
            Err(error) => {
                tracing::warn!(%error, partition, "changes cannot be read");
                return;
            }
        };
        for record in records {
            if sender.blocking_send((partition, record)).is_err() {
                return;
            }
        }
    }
}

fn events(
    state: Arc<State>,
    receiver: Receiver<(usize, Record)>,
    mut positions: Vec<u64>,
    wanted: Wanted,
) -> impl Stream<Item = Result<Event, Infallible>> {
    ReceiverStream::new(receiver).filter_map(move |(partition, record)| {
        if let Some(position) = positions.get_mut(partition) {
            *position = record.offset + 1;
        }
        if !is_wanted(&wanted, &record) {
            return None;
        }
        let line = change_line(&record.value, &record.headers).ok()?;
        let line = String::from_utf8(line).ok()?;
        let id = id(&state, &positions).ok()?;
        Some(Ok(Event::default().id(id).data(line)))
    })
}

/// The id of an event after which a reader stands at these positions.
fn id(state: &State, positions: &[u64]) -> Result<String, StoreError> {
    let mut parts = vec![];
    for (partition, position) in positions.iter().enumerate() {
        let durable = state.changes.durable_end(partition as u32)?;
        parts.push(durable.min(*position).to_string());
    }
    Ok(parts.join("-"))
}

fn is_wanted(wanted: &Wanted, record: &Record) -> bool {
    if wanted.user.as_ref().is_some_and(|user| *user != record.key) {
        return false;
    }
    let Some(segment) = &wanted.segment else {
        return true;
    };
    let named: Result<Named<'_>, _> = serde_json::from_slice(&record.value);
    named.is_ok_and(|named| named.segment_id == *segment)
}
