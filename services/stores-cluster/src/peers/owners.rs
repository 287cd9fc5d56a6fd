//! What owners answer, wherever they are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;
use stores::{
    Elsewhere, Owners, OwnersError, PartitionProgress, Preview, PreviewRequest, Question,
    StoreError, partition_of,
};

use super::rounds::{EachPartition, Parts};
use super::{Peers, read};

#[async_trait]
impl Owners for Peers {
    async fn explain(&self, user_id: &str, segment_id: &str) -> Result<Value, OwnersError> {
        let question = |user_id| Question::Explain {
            user_id,
            segment_id: segment_id.to_owned(),
        };
        self.ask_of(user_id, question).await
    }

    async fn next_changes(&self, user_id: &str) -> Result<BTreeMap<String, i64>, OwnersError> {
        let question = |user_id| Question::NextChanges { user_id };
        Ok(read(self.ask_of(user_id, question).await?)?)
    }

    async fn evaluate(
        &self,
        rules: &Value,
        schema: &Value,
        user_ids: &[String],
        now: Option<i64>,
    ) -> Result<Vec<Value>, OwnersError> {
        let mut users = EachUser {
            partitions: self.partitions,
            rules,
            schema,
            now,
            open: user_ids.iter().cloned().enumerate().collect(),
            values: vec![Value::Null; user_ids.len()],
        };
        self.ask_all(&mut users).await?;
        Ok(users.values)
    }

    async fn preview(&self, request: PreviewRequest) -> Result<Preview, OwnersError> {
        let question = |partitions| Question::Preview {
            request: request.clone(),
            partitions,
        };
        let mut parts = EachPartition::<_, Preview>::new(self.partitions, question);
        self.ask_all(&mut parts).await?;
        let mut sum = Preview {
            count: 0,
            users: 0,
            sample: vec![],
            as_of: i64::MAX,
            is_complete: true,
        };
        for part in parts.answers {
            sum.count += part.count;
            sum.users += part.users;
            sum.sample.extend(part.sample);
            sum.as_of = sum.as_of.min(part.as_of);
            sum.is_complete &= part.is_complete;
        }
        sum.sample.sort_unstable();
        sum.sample.truncate(request.sample);
        Ok(sum)
    }

    async fn progress(&self) -> Result<Vec<PartitionProgress>, OwnersError> {
        let question = |partitions| Question::Progress { partitions };
        let mut parts = EachPartition::<_, Vec<PartitionProgress>>::new(self.partitions, question);
        let (reason, _) = self.round(&mut parts).await?;
        let silent = parts.open().into_iter().map(|partition| PartitionProgress {
            partition,
            failure: Some(reason.to_string()),
            ..PartitionProgress::default()
        });
        let mut all: Vec<_> = silent.chain(parts.answers.into_iter().flatten()).collect();
        all.sort_unstable_by_key(|progress| progress.partition);
        Ok(all)
    }

    async fn resync(&self) -> Result<Vec<u32>, OwnersError> {
        let question = |partitions| Question::Resync { partitions };
        let mut parts = EachPartition::<_, Vec<u32>>::new(self.partitions, question);
        self.round(&mut parts).await?;
        let mut all: Vec<u32> = parts.answers.into_iter().flatten().collect();
        all.sort_unstable();
        Ok(all)
    }
}

/// The users of whom a rule's value is wanted.
struct EachUser<'a> {
    partitions: u32,
    rules: &'a Value,
    schema: &'a Value,
    now: Option<i64>,
    /// By place in the list: whom to ask for, who may be whoever the user was merged into.
    open: BTreeMap<usize, String>,
    values: Vec<Value>,
}

impl EachUser<'_> {
    /// The places of those in some partitions.
    fn places(&self, partitions: &[u32]) -> Vec<usize> {
        let places = self.open.iter().filter(|(_, user)| {
            let partition = partition_of(user, self.partitions);
            partitions.contains(&partition)
        });
        places.map(|(place, _)| *place).collect()
    }
}

impl Parts for EachUser<'_> {
    fn open(&self) -> Vec<u32> {
        let users = self.open.values();
        let mut open: Vec<u32> = users
            .map(|user| partition_of(user, self.partitions))
            .collect();
        open.sort_unstable();
        open.dedup();
        open
    }

    fn question(&self, partitions: &[u32]) -> Question {
        let places = self.places(partitions);
        let users = places.iter().filter_map(|place| self.open.get(place));
        Question::Evaluate {
            rules: self.rules.clone(),
            schema: self.schema.clone(),
            user_ids: users.cloned().collect(),
            now: self.now,
        }
    }

    fn answered(&mut self, partitions: &[u32], answer: Value) -> Result<(), StoreError> {
        let values: Vec<Value> = read(answer)?;
        let places = self.places(partitions);
        if values.len() != places.len() {
            let wrong = "an owner's answer is not of the users asked for";
            return Err(super::unavailable(wrong));
        }
        for (place, value) in places.into_iter().zip(values) {
            self.open.remove(&place);
            if let Some(slot) = self.values.get_mut(place) {
                *slot = value;
            }
        }
        Ok(())
    }

    fn moved(&mut self, elsewhere: &Elsewhere) -> bool {
        let mut has_moved = false;
        for user in self.open.values_mut() {
            if let Some(other) = elsewhere.users.get(user)
                && other != user
            {
                user.clone_from(other);
                has_moved = true;
            }
        }
        has_moved
    }
}
