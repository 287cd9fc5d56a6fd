//! What needs a user's state or history to answer, read beside the owners from what they
//! committed.

mod own_view;
mod peer;
mod progress;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kit::explanation::{ExplainedUser, Membership};
use kit::rules::RuleSource;
use kit::schema_file::read_schema;
use kit::wire::value_to_json;
use rule_runtime::RuleCache;
use rulelang::time::format_timestamp;
use rulelang::{Expected, Rule};
use serde_json::Value as Json;
use stores::embedded::Clock;
use stores::{
    Elsewhere, Log, Owners, OwnersError, PartitionProgress, Peer, Preview, PreviewRequest,
    StoreError, ViewStore,
};
use tokio::sync::{Semaphore, watch};

use self::states::{Found, States};
use crate::history;
use crate::plan::is_trait;
use crate::preview::{self, Trial};
use crate::processor::{Handle, Parts};
use crate::status::Status;

/// Previews that run at once; others wait.
const PREVIEWS_MAX: usize = 2;
/// Threads of a preview.
const PREVIEW_THREADS: usize = 2;
/// How long a preview looks; what it has not reached by then it leaves out, and says so.
const PREVIEW_TIME_MAX: Duration = Duration::from_secs(8);
/// Machine code of rules that were tried.
const PREVIEW_CODE_BYTES_MAX: usize = 4 * 1024 * 1024;

impl Handle {
    /// Answers from the states and histories of this process's users.
    pub fn owners(&self) -> Arc<dyn Owners> {
        Arc::<LocalOwners>::clone(&self.owners)
    }

    /// The same for other processes, and the view of this process's users.
    pub fn peer(&self) -> Arc<dyn Peer> {
        Arc::<LocalOwners>::clone(&self.owners)
    }
}

/// The owners of this process.
#[derive(Debug)]
pub(crate) struct LocalOwners {
    states: States,
    events: Arc<dyn Log>,
    view: Arc<dyn ViewStore>,
    wall: Arc<dyn Clock>,
    previews: Arc<Semaphore>,
    /// The code of rules that were tried.
    rule_cache: RuleCache,
}

impl LocalOwners {
    pub(crate) fn new(
        parts: &Parts,
        statuses: &[Status],
        assigned: watch::Receiver<BTreeSet<u32>>,
        wall: Arc<dyn Clock>,
    ) -> Self {
        Self {
            states: States {
                journal: Arc::clone(&parts.journal),
                statuses: statuses.to_vec(),
                assigned,
            },
            events: Arc::clone(&parts.events),
            view: Arc::clone(&parts.view),
            wall,
            previews: Arc::new(Semaphore::new(PREVIEWS_MAX)),
            rule_cache: RuleCache::new(PREVIEW_CODE_BYTES_MAX),
        }
    }

    /// Tries a rule on the users of some partitions.
    async fn preview_of(
        &self,
        request: &PreviewRequest,
        partitions: &[u32],
    ) -> Result<Preview, OwnersError> {
        self.states.check_owned(partitions)?;
        let rule = check(&request.rules, &request.schema, Expected::Condition)?;
        let closed = |_| StoreError::Unavailable("the process ends".to_owned());
        let running = Arc::clone(&self.previews).acquire_owned().await;
        let running = Arc::new(running.map_err(closed)?);
        let (as_of, until) = (self.wall.now(), Instant::now() + PREVIEW_TIME_MAX);
        let cache = &self.rule_cache;
        let trial = Trial::new(rule, cache, as_of, request.sample, until);
        let trial = Arc::new(trial.map_err(|error| OwnersError::Rule(error.to_string()))?);
        let counts = preview::shares(partitions, PREVIEW_THREADS).map(|share| {
            let (states, trial) = (self.states.clone(), Arc::clone(&trial));
            let running = Arc::clone(&running);
            tokio::spawn(blocking(move || {
                let count = states.count(&share, &trial);
                drop(running);
                count
            }))
        });
        let counts: Vec<_> = counts.collect();
        let mut preview = Preview {
            count: 0,
            users: 0,
            sample: vec![],
            as_of,
            is_complete: true,
        };
        for count in counts {
            let count = count.await.map_err(|error| unavailable(&error))??;
            preview.count += count.matching;
            preview.users += count.users;
            preview.sample.extend(count.sample);
            preview.is_complete &= !count.is_cut;
        }
        preview.sample.sort_unstable();
        preview.sample.truncate(request.sample);
        Ok(preview)
    }
}

#[async_trait]
impl Owners for LocalOwners {
    async fn explain(&self, user_id: &str, segment_id: &str) -> Result<Json, OwnersError> {
        let (states, now) = (self.states.clone(), self.wall.now());
        let (user, segment) = (user_id.to_owned(), segment_id.to_owned());
        blocking(move || explain(&states, &user, &segment, now)).await
    }

    async fn next_changes(&self, user_id: &str) -> Result<BTreeMap<String, i64>, OwnersError> {
        let (states, user) = (self.states.clone(), user_id.to_owned());
        blocking(move || next_changes(&states, &user)).await
    }

    async fn evaluate(
        &self,
        rules: &Json,
        schema: &Json,
        user_ids: &[String],
        now: Option<i64>,
    ) -> Result<Vec<Json>, OwnersError> {
        let rule = check(rules, schema, Expected::AnyValue)?;
        let now = now.unwrap_or_else(|| self.wall.now());
        let (states, users) = (self.states.clone(), user_ids.to_vec());
        blocking(move || {
            let (mut values, mut elsewhere) = (vec![], Elsewhere::default());
            for user in &users {
                match states.facts(user) {
                    Ok(facts) => {
                        values.push(value_to_json(&rulelang::evaluate(&rule, &facts, now)));
                    }
                    Err(OwnersError::Elsewhere(one)) => elsewhere.users.extend(one.users),
                    Err(error) => return Err(error),
                }
            }
            if elsewhere.users.is_empty() {
                return Ok(values);
            }
            // All at once, so that whoever asks need not ask for each.
            Err(OwnersError::Elsewhere(elsewhere))
        })
        .await
    }

    async fn preview(&self, request: PreviewRequest) -> Result<Preview, OwnersError> {
        let all: Vec<u32> = (0..self.states.statuses.len() as u32).collect();
        self.preview_of(&request, &all).await
    }

    async fn progress(&self) -> Result<Vec<PartitionProgress>, OwnersError> {
        let own: Vec<u32> = self.states.assigned.borrow().iter().copied().collect();
        self.progress_of(&own)
    }

    async fn resync(&self) -> Result<Vec<u32>, OwnersError> {
        let own: Vec<u32> = self.states.assigned.borrow().iter().copied().collect();
        self.resync_of(&own)
    }
}

/// Runs what reads from stores on a thread that may wait for them.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OwnersError> + Send + 'static,
) -> Result<T, OwnersError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| unavailable(&error))?
}

fn unavailable(error: &tokio::task::JoinError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// The rule, checked against the schema that comes with it.
fn check(rules: &Json, schema: &Json, expected: Expected) -> Result<Rule, OwnersError> {
    let schema = read_schema(&schema.to_string());
    let schema = schema.map_err(|error| OwnersError::Rule(error.to_string()))?;
    let source = RuleSource::from_json(rules);
    let checked = source.and_then(|source| source.check(&schema, expected));
    let checked = checked.map_err(|found| OwnersError::Rule(found.to_string()))?;
    Ok(checked.rule)
}

fn explain(states: &States, user: &str, segment: &str, now: i64) -> Result<Json, OwnersError> {
    let nobody = || OwnersError::NotFound(format!("there is no user `{user}`"));
    let found = states.find(user)?.ok_or_else(nobody)?;
    let rules = &found.plan.rules;
    let index = rules.segment(segment).filter(|_| !is_trait(segment));
    let version = index.and_then(|index| found.plan.segment(index));
    let (Some(index), Some(version)) = (index, version) else {
        let missing = format!("there is no active segment `{segment}`");
        return Err(OwnersError::NotFound(missing));
    };
    let events = history::events(&*found.reader, &found.user, rules)?;
    let explanation = rules.explain_at(&found.state, index, now, &events);
    let explained = ExplainedUser {
        user_id: found.user,
        at: format_timestamp(now),
        segments: vec![Membership::new(&explanation, &version.name, now)],
    };
    serde_json::to_value(explained).map_err(|error| StoreError::Corrupt(error.to_string()).into())
}

fn next_changes(states: &States, user: &str) -> Result<BTreeMap<String, i64>, OwnersError> {
    let Some(Found { plan, state, .. }) = states.find(user)? else {
        return Ok(BTreeMap::new());
    };
    let changes = plan.rules.next_changes(&state);
    let changes = state.memberships().iter().zip(changes);
    let named = changes.filter_map(|(member, at)| {
        let segment = plan.segment(member.segment)?;
        Some((segment.id.clone(), at?))
    });
    Ok(named.collect())
}
