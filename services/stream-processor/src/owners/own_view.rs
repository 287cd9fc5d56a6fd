//! This process's share of the view.
//!
//! A view that is the process's own still has users of partitions that went to other processes, as
//! they were then. INVARIANT: nothing of them is told.

use std::collections::{BTreeMap, BTreeSet};

use stores::{
    Counter, Elsewhere, Member, OwnersError, StateReader, StoreError, UserView, partition_of,
};

use super::{LocalOwners, blocking};
use crate::partition::read_sizes;
use crate::status::Status;
use crate::tally;

/// Members read at once.
const PAGE: usize = 1_000;

impl LocalOwners {
    /// A user as the view has them; `None` of somebody never heard of.
    pub(super) async fn user(&self, user_id: &str) -> Result<Option<UserView>, OwnersError> {
        let partition = self.partition_of(user_id);
        if !self.states.owns(partition) {
            let users = BTreeMap::from([(user_id.to_owned(), user_id.to_owned())]);
            return Err(OwnersError::Elsewhere(Elsewhere { users }));
        }
        self.check_whole(&[partition])?;
        Ok(self.view.user(user_id).await?)
    }

    /// Up to `limit` members of a segment in some partitions, after that one.
    pub(super) async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
        partitions: &[u32],
    ) -> Result<Vec<Member>, OwnersError> {
        self.states.check_owned(partitions)?;
        self.check_whole(partitions)?;
        let partitions: BTreeSet<u32> = partitions.iter().copied().collect();
        let mut found: Vec<Member> = vec![];
        let mut after = after.map(str::to_owned);
        while found.len() < limit {
            let page = self.view.members(segment_id, after.as_deref(), PAGE);
            let page = page.await?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|member| member.user_id.clone());
            let own = page.into_iter();
            found.extend(own.filter(|it| partitions.contains(&self.partition_of(&it.user_id))));
            if is_last {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The sizes of segments in some partitions, summed: those that the owners committed.
    pub(super) async fn counts(
        &self,
        partitions: &[u32],
    ) -> Result<BTreeMap<String, u64>, OwnersError> {
        let sizes = self
            .of_each(partitions, |reader| read_sizes(reader))
            .await?;
        let mut sums = BTreeMap::new();
        for (segment, size) in sizes.into_iter().flatten() {
            *sums.entry(segment.to_string()).or_insert(0) += size;
        }
        Ok(sums)
    }

    /// What a counter has in a span in some partitions, summed: what the owners committed.
    pub(super) async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
        partitions: &[u32],
    ) -> Result<BTreeMap<String, i64>, OwnersError> {
        let counted = self.of_each(partitions, move |reader| tally::read(reader, counter));
        let mut sums = BTreeMap::new();
        for (_, counts) in counted
            .await?
            .into_iter()
            .filter(|(at, _)| *at == begins_at)
        {
            for (name, count) in counts {
                *sums.entry(name).or_insert(0) += count;
            }
        }
        Ok(sums)
    }

    /// Reads something of what the owner of each of some partitions committed.
    async fn of_each<T: Send + 'static>(
        &self,
        partitions: &[u32],
        read: impl Fn(&dyn StateReader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Vec<T>, OwnersError> {
        self.states.check_owned(partitions)?;
        let (states, partitions) = (self.states.clone(), partitions.to_vec());
        blocking(move || {
            let read = partitions.into_iter().map(|partition| {
                states.standing(partition)?;
                Ok(read(&*states.journal.reader(partition)?)?)
            });
            read.collect()
        })
        .await
    }

    /// Refuses partitions whose users are not all in the view yet.
    fn check_whole(&self, partitions: &[u32]) -> Result<(), OwnersError> {
        for partition in partitions {
            let status = self.states.statuses.get(*partition as usize);
            if !status.is_some_and(Status::is_view_whole) {
                return Err(starts(*partition).into());
            }
        }
        Ok(())
    }

    fn partition_of(&self, user_id: &str) -> u32 {
        partition_of(user_id, self.states.statuses.len() as u32)
    }
}

fn starts(partition: u32) -> StoreError {
    StoreError::Unavailable(format!(
        "the view of partition {partition} is being written"
    ))
}
