//! The view that each process writes of its own users, read from all of them: for a cluster without
//! a store for it.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use async_trait::async_trait;
use stores::{Counter, Member, OwnersError, Question, StoreError, UserView, View};

use super::Peers;
use super::rounds::EachPartition;

#[async_trait]
impl View for Peers {
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError> {
        let question = |user_id| Question::User { user_id };
        let answer = self.ask_of(user_id, question).await.map_err(store_error)?;
        super::read(answer)
    }

    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let question = |partitions| Question::Members {
            segment_id: segment_id.to_owned(),
            after: after.map(str::to_owned),
            limit,
            partitions,
        };
        let mut parts = EachPartition::<_, Vec<Member>>::new(self.partitions, question);
        self.ask_all(&mut parts).await.map_err(store_error)?;
        let mut members: Vec<Member> = parts.answers.into_iter().flatten().collect();
        // Each process has told its first ones, so the first of all are among them.
        members.sort_unstable_by(|a, b| a.user_id.cmp(&b.user_id));
        members.truncate(limit);
        Ok(members)
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let question = |partitions| Question::Counts { partitions };
        let mut parts = EachPartition::<_, BTreeMap<String, u64>>::new(self.partitions, question);
        self.ask_all(&mut parts).await.map_err(store_error)?;
        Ok(sums(parts.answers))
    }

    async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let question = |partitions| Question::Counted {
            counter,
            begins_at,
            partitions,
        };
        let mut parts = EachPartition::<_, BTreeMap<String, i64>>::new(self.partitions, question);
        self.ask_all(&mut parts).await.map_err(store_error)?;
        Ok(sums(parts.answers))
    }
}

/// Adds up, by name, what each process has told.
fn sums<T: AddAssign + Default>(answers: Vec<BTreeMap<String, T>>) -> BTreeMap<String, T> {
    let mut sums = BTreeMap::<String, T>::new();
    for (name, number) in answers.into_iter().flatten() {
        *sums.entry(name).or_default() += number;
    }
    sums
}

fn store_error(error: OwnersError) -> StoreError {
    match error {
        OwnersError::Store(error) => error,
        other => StoreError::Unavailable(other.to_string()),
    }
}
