//! What a run has appended after its position was noted last: told by reading the log, so that a
//! crash or a failure between the append and the note repeats nobody.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use stores::{CampaignRun, Log, StoreError};

use crate::dispatch::{ID_HEADER, user_of};

const READ_BYTES: usize = 1024 * 1024;

/// The users whom a run has asked for beyond what its progress tells.
pub(crate) async fn appended(
    log: &Arc<dyn Log>,
    run: &CampaignRun,
) -> Result<BTreeSet<String>, StoreError> {
    let (log, run) = (Arc::clone(log), run.clone());
    let read = tokio::task::spawn_blocking(move || read(&*log, &run)).await;
    read.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}

fn read(log: &dyn Log, run: &CampaignRun) -> Result<BTreeSet<String>, StoreError> {
    let mut users = BTreeSet::new();
    for (partition, from) in (0..log.partitions()).zip(&run.progress.log_ends) {
        let (mut next, end) = (*from, log.end(partition)?);
        if next >= end {
            continue;
        }
        let mut reader = log.reader(partition, next)?;
        while next < end {
            for record in reader.next(READ_BYTES, Duration::from_secs(1))? {
                next = record.offset + 1;
                let id = record.headers.iter().find(|(name, _)| name == ID_HEADER);
                let user = id.and_then(|(_, id)| user_of(id, &run.id));
                users.extend(user.map(str::to_owned));
            }
        }
    }
    Ok(users)
}

/// Where the partitions of a log end now.
pub(crate) fn ends(log: &dyn Log) -> Result<Vec<u64>, StoreError> {
    (0..log.partitions())
        .map(|partition| log.end(partition))
        .collect()
}
