//! A recorded log run again, with its own stamps, definitions and overrides.
//!
//! It goes through the very code of the owners, into a journal in memory. Nothing is appended:
//! ticks and what went from one partition to another are in the log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stores::{Log, NewRecord, Space, StoreError};

use crate::memory::MemoryJournal;
use crate::metrics::Metrics;
use crate::partition::{Partition, Shared, Step};
use crate::plan::Plans;
use crate::traces::Traces;

/// Bytes of records taken at once.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long to wait for records that are there.
const WAIT: Duration = Duration::from_secs(30);
/// States read at once.
const PAGE: usize = 256;

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Records taken.
    pub records: u64,
    /// Users who exist at the end.
    pub users: u64,
    /// Records that could not be used.
    pub dead_letters: u64,
    /// Changes of membership.
    pub changes: u64,
    /// The last stamp in milliseconds; `None` of an empty log.
    pub until: Option<i64>,
    /// Who is in a segment at the end, by segment, then by user.
    pub members: BTreeMap<String, Vec<String>>,
}

/// Runs a recorded `user-events` from its beginning to its end, partition by partition. `sink`
/// gets each change as a record of `user-segments`: those of a user in order.
///
/// # Errors
/// What the log answers. A record that cannot be used is counted and left out.
pub fn replay(events: &dyn Log, sink: &mut dyn FnMut(NewRecord)) -> Result<Replayed, StoreError> {
    let shared = Arc::new(Shared {
        plans: Plans::new(Metrics::unread()),
        partitions: events.partitions(),
        cache_bytes: 64 * 1024 * 1024,
        // Nobody will begin here again.
        behind_max: u64::MAX,
        wall: None,
        metrics: Metrics::unread(),
        traces: Traces::default(),
    });
    let mut replayed = Replayed::default();
    for number in 0..events.partitions() {
        let journal = MemoryJournal::default();
        let mut partition = Partition::open(&shared, &journal, events, number)?;
        let end = events.end(number)?;
        let mut reader = events.reader(number, 0)?;
        while partition.position() < end {
            let records = reader.next(BATCH_BYTES, WAIT)?;
            if records.is_empty() {
                let at = partition.position();
                let message = format!("partition {number} gives nothing at {at}, and has {end}");
                return Err(StoreError::Unavailable(message));
            }
            for record in records.iter().filter(|record| record.offset < end) {
                partition.take(record)?;
                replayed.records += 1;
            }
            partition.fire_all()?;
            hand_over(&journal, number, &mut replayed, sink);
        }
        while partition.work(&mut || true)? == Step::More {}
        partition.fire_all()?;
        hand_over(&journal, number, &mut replayed, sink);
        replayed.users += partition.facts().users;
        replayed.dead_letters += partition.facts().dead;
        let clock = partition.facts().clock;
        replayed.until = replayed.until.max((clock != i64::MIN).then_some(clock));
        add_members(&partition, &mut replayed)?;
    }
    for members in replayed.members.values_mut() {
        members.sort_unstable();
    }
    Ok(replayed)
}

fn hand_over(
    journal: &MemoryJournal,
    number: u32,
    replayed: &mut Replayed,
    sink: &mut dyn FnMut(NewRecord),
) {
    drop(journal.take_dead(number));
    for change in journal.take_changes(number) {
        replayed.changes += 1;
        sink(change);
    }
}

fn add_members(partition: &Partition, replayed: &mut Replayed) -> Result<(), StoreError> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let reader = partition.reader();
        let page = reader.scan(Space::State, b"", after.as_deref(), PAGE)?;
        for (key, _) in &page {
            let user = String::from_utf8_lossy(key);
            partition.look_at(&user, |state, plan| {
                let members = state.state.memberships().iter();
                for segment in members.filter_map(|member| plan.segment(member.segment)) {
                    let members = replayed.members.entry(segment.id.clone());
                    members.or_default().push(user.to_string());
                }
            })?;
        }
        if page.len() < PAGE {
            return Ok(());
        }
        after = page.last().map(|(key, _)| key.to_vec());
    }
}
