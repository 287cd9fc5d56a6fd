//! How far this process's owners are.

use rulelang::time::format_timestamp;
use stores::{BuildUsers, OwnersError, PartitionProgress};

use super::LocalOwners;
use crate::status::{Progress, Status};

impl LocalOwners {
    /// How far the owners of some partitions are.
    pub(super) fn progress_of(
        &self,
        partitions: &[u32],
    ) -> Result<Vec<PartitionProgress>, OwnersError> {
        self.states.check_owned(partitions)?;
        let rows = partitions.iter().map(|partition| {
            let status = self.states.statuses.get(*partition as usize);
            let end = self.events.end(*partition)?;
            let mut progress = status.and_then(Status::progress).unwrap_or_default();
            if status.is_some_and(Status::is_restore_asked) {
                progress.restored = Some(0);
            }
            let failure = status.and_then(Status::failure);
            Ok(self.row(*partition, end, progress, failure))
        });
        rows.collect()
    }

    /// Has everything of some partitions' view written again.
    pub(super) fn resync_of(&self, partitions: &[u32]) -> Result<Vec<u32>, OwnersError> {
        self.states.check_owned(partitions)?;
        let statuses = partitions.iter();
        let statuses = statuses.filter_map(|it| self.states.statuses.get(*it as usize));
        statuses.for_each(Status::ask_restore);
        Ok(partitions.to_vec())
    }

    fn row(
        &self,
        partition: u32,
        end: u64,
        progress: Progress,
        failure: Option<String>,
    ) -> PartitionProgress {
        let due = progress.next_deadline;
        let late = due.map_or(0, |due| self.wall.now() - due);
        let builds = progress.builds.into_iter();
        PartitionProgress {
            partition,
            position: progress.position,
            end,
            lag: end.saturating_sub(progress.position),
            clock: progress.clock.map(format_timestamp),
            users: progress.users,
            deadline_lag_ms: late.max(0) as u64,
            resynced_users: progress.restored,
            dead_letters: progress.dead_letters,
            builds: builds
                .map(|(definition_id, users_done)| BuildUsers {
                    definition_id,
                    users_done,
                })
                .collect(),
            is_switching: progress.is_switching,
            failure,
        }
    }
}
