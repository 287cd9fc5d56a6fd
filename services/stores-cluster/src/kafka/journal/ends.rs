//! Where a transaction wrote to, and whether it has ended there.
//!
//! A transaction that is decided ends in each of its partitions by a marker, which brokers write a
//! little later. INVARIANT: a producer begins none before the one before it is seen to have ended
//! everywhere: what is written after a marker that never came would share the next one, and be
//! committed or aborted with what was decided otherwise.

use std::time::{Duration, Instant};

use stores::StoreError;

use crate::kafka::inquiry::Inquiry;

/// How long to wait for one answer.
const STEP_MAX: Duration = Duration::from_secs(5);
/// The pauses between two looks: markers mostly come within a millisecond or two.
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(100);

/// The last record that a transaction wrote to a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) topic: String,
    pub(super) partition: u32,
    pub(super) offset: u64,
}

/// Waits until nothing before what was written is open, and tells whether that came about.
/// `patience` counts while brokers answer; while they do not, `until` does.
pub(super) fn have_come(
    inquiry: &Inquiry,
    written: &[Written],
    patience: Duration,
    until: Instant,
) -> Result<bool, StoreError> {
    let partitions: Vec<_> = written
        .iter()
        .map(|one| (one.topic.as_str(), one.partition))
        .collect();
    let (mut pause, mut answered_at) = (PAUSE_MIN, None);
    loop {
        match inquiry.committed_ends(&partitions, STEP_MAX) {
            Ok(ends) => {
                let mut both = written.iter().zip(ends);
                if both.all(|(one, end)| end > one.offset) {
                    return Ok(true);
                }
                let since = *answered_at.get_or_insert_with(Instant::now);
                if since.elapsed() >= patience {
                    return Ok(false);
                }
            }
            Err(error) if Instant::now() >= until => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "the ends of a transaction are looked for again");
                answered_at = None;
            }
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
