//! A question to several processes at once, repeated for those parts of it that nobody answered.

use std::collections::BTreeMap;
use std::time::Instant;

use kit::telemetry::carried;
use serde_json::Value;
use stores::{Elsewhere, OwnersError, Question, Reply, StoreError};
use tokio::task::JoinSet;

use super::{PATIENCE, Peers, unavailable, unowned};

/// What is asked of each process: parts of a question, each about one partition.
pub(super) trait Parts {
    /// The partitions of the parts that are open.
    fn open(&self) -> Vec<u32>;

    /// The question about the open parts in some partitions, all of one process.
    fn question(&self, partitions: &[u32]) -> Question;

    /// Takes the answer to that question: those parts are not open any more.
    fn answered(&mut self, partitions: &[u32], answer: Value) -> Result<(), StoreError>;

    /// Takes note that parts are about other users; whether any is.
    fn moved(&mut self, _elsewhere: &Elsewhere) -> bool {
        false
    }
}

impl Peers {
    /// Asks until no part is open; gives up after a while.
    pub(super) async fn ask_all(&self, parts: &mut impl Parts) -> Result<(), OwnersError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let (reason, has_moved) = self.round(parts).await?;
            if parts.open().is_empty() {
                return Ok(());
            }
            if !has_moved || Instant::now() >= until {
                self.again(until, reason).await?;
            }
        }
    }

    /// Asks every process once; why parts are open still, and whether some moved.
    pub(super) async fn round(
        &self,
        parts: &mut impl Parts,
    ) -> Result<(StoreError, bool), OwnersError> {
        let mut reason = unavailable("the partition's owner changes");
        let mut elsewhere = vec![];
        let addresses = self.addresses().await?;
        let mut shares = BTreeMap::<&str, Vec<u32>>::new();
        for partition in parts.open() {
            match addresses.get(&partition) {
                Some(address) => shares.entry(address).or_default().push(partition),
                None => reason = unowned(partition),
            }
        }
        let mut asked = JoinSet::new();
        for (address, partitions) in shares {
            let (peer, question) = (self.peer(address), parts.question(&partitions));
            asked.spawn(carried(
                async move { (partitions, peer.ask(&question).await) },
            ));
        }
        while let Some(answered) = asked.join_next().await {
            let (partitions, reply) = answered.map_err(|error| unavailable(&error.to_string()))?;
            match reply {
                Ok(Reply::Answer(answer)) => parts.answered(&partitions, answer)?,
                Ok(Reply::Elsewhere(other)) => elsewhere.push(other),
                Err(OwnersError::Store(error @ StoreError::Unavailable(_))) => reason = error,
                Err(error) => return Err(error),
            }
        }
        // Not before: answers are told apart by what the parts were when they were asked about.
        let moved = elsewhere.iter().filter(|other| parts.moved(other)).count();
        Ok((reason, moved > 0))
    }
}

/// Partitions of which each is asked once.
#[derive(Debug)]
pub(super) struct EachPartition<Q, T> {
    open: Vec<u32>,
    question: Q,
    pub(super) answers: Vec<T>,
}

impl<Q, T> EachPartition<Q, T> {
    pub(super) fn new(partitions: u32, question: Q) -> Self {
        Self {
            open: (0..partitions).collect(),
            question,
            answers: vec![],
        }
    }
}

impl<Q, T> Parts for EachPartition<Q, T>
where
    Q: Fn(Vec<u32>) -> Question,
    T: serde::de::DeserializeOwned,
{
    fn open(&self) -> Vec<u32> {
        self.open.clone()
    }

    fn question(&self, partitions: &[u32]) -> Question {
        (self.question)(partitions.to_vec())
    }

    fn answered(&mut self, partitions: &[u32], answer: Value) -> Result<(), StoreError> {
        self.answers.push(super::read(answer)?);
        self.open
            .retain(|partition| !partitions.contains(partition));
        Ok(())
    }
}
