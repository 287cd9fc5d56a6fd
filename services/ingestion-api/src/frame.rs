//! What bodies of many events have in common.

use kit::http::{Fault, Problem};

use crate::BATCH_EVENTS_MAX;

/// Refuses a batch of too many events.
pub(crate) fn check_count(events: usize) -> Result<(), Problem> {
    if events <= BATCH_EVENTS_MAX {
        return Ok(());
    }
    Err(Problem::too_large(format!(
        "the batch has {events} events; at most {BATCH_EVENTS_MAX} are allowed"
    )))
}

/// The lines of a body that are not blank.
pub(crate) fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty())
}

/// A body of another shape than the route takes.
pub(crate) fn fault_problem(fault: Fault) -> Problem {
    Problem::bad_request(fault.detail.clone()).fault(fault)
}
