//! What other processes ask.

use async_trait::async_trait;
use serde::Serialize;
use stores::{Owners, OwnersError, Peer, Question, Reply, StoreError};

use super::LocalOwners;

#[async_trait]
impl Peer for LocalOwners {
    async fn ask(&self, question: &Question) -> Result<Reply, OwnersError> {
        match self.answer(question).await {
            Err(OwnersError::Elsewhere(elsewhere)) => Ok(Reply::Elsewhere(elsewhere)),
            answered => answered,
        }
    }
}

impl LocalOwners {
    async fn answer(&self, question: &Question) -> Result<Reply, OwnersError> {
        match question {
            Question::Explain {
                user_id,
                segment_id,
            } => reply(&self.explain(user_id, segment_id).await?),
            Question::NextChanges { user_id } => reply(&self.next_changes(user_id).await?),
            Question::Evaluate {
                rules,
                schema,
                user_ids,
                now,
            } => reply(&self.evaluate(rules, schema, user_ids, *now).await?),
            Question::Preview {
                request,
                partitions,
            } => reply(&self.preview_of(request, partitions).await?),
            Question::Progress { partitions } => reply(&self.progress_of(partitions)?),
            Question::Resync { partitions } => reply(&self.resync_of(partitions)?),
            Question::User { user_id } => reply(&self.user(user_id).await?),
            Question::Members {
                segment_id,
                after,
                limit,
                partitions,
            } => {
                let after = after.as_deref();
                let members = self.members(segment_id, after, *limit, partitions);
                reply(&members.await?)
            }
            Question::Counts { partitions } => reply(&self.counts(partitions).await?),
            Question::Counted {
                counter,
                begins_at,
                partitions,
            } => reply(&self.counted(*counter, *begins_at, partitions).await?),
        }
    }
}

fn reply(answer: &impl Serialize) -> Result<Reply, OwnersError> {
    let answer = serde_json::to_value(answer);
    let answer = answer.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Reply::Answer(answer))
}
