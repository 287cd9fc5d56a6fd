//! What needs a user's state or history to answer, read beside the owners from what they
//! committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kit::explanation::{ExplainedUser, Membership};
use kit::rules::RuleSource;
use kit::schema_file::read_schema;
use kit::wire::value_to_json;
use rule_runtime::{RuleCache, UserState};
use rulelang::facts::Facts;
use rulelang::time::format_timestamp;
use rulelang::{Expected, Rule};
use serde_json::Value as Json;
use stores::embedded::Clock;
use stores::{
    Journal, Owners, OwnersError, Preview, PreviewRequest, Space, StateReader, StoreError,
    partition_of,
};
use tokio::sync::Semaphore;

use crate::history;
use crate::partition::Standing;
use crate::plan::{Plan, is_trait};
use crate::preview::{self, Count, Trial};
use crate::processor::Handle;
use crate::status::Status;
use crate::user::Header;

/// How many users in a row may have been merged into one another.
const MERGES_MAX: usize = 16;
/// Previews that run at once; others wait.
const PREVIEWS_MAX: usize = 2;
/// Threads of a preview.
const PREVIEW_THREADS: u32 = 2;
/// How long a preview looks; what it has not reached by then it leaves out, and says so.
const PREVIEW_TIME_MAX: Duration = Duration::from_secs(8);
/// Machine code of rules that were tried.
const PREVIEW_CODE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often, and how long apart, a state is read again that is ahead of what its owner told.
const AHEAD_TRIES: usize = 50;
const AHEAD_WAIT: Duration = Duration::from_millis(10);

impl Handle {
    /// Answers from the owners' states and histories.
    pub fn owners(&self) -> Arc<dyn Owners> {
        Arc::new(LocalOwners {
            states: States {
                journal: Arc::clone(&self.parts.journal),
                statuses: self.statuses.clone(),
            },
            wall: Arc::clone(&self.wall),
            previews: Arc::new(Semaphore::new(PREVIEWS_MAX)),
            rule_cache: RuleCache::new(PREVIEW_CODE_BYTES_MAX),
        })
    }
}

/// The owners of this process.
#[derive(Debug)]
struct LocalOwners {
    states: States,
    wall: Arc<dyn Clock>,
    previews: Arc<Semaphore>,
    /// The code of rules that were tried.
    rule_cache: RuleCache,
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
            let values = users.iter().map(|user| {
                let facts = states.facts(user)?;
                Ok(value_to_json(&rulelang::evaluate(&rule, &facts, now)))
            });
            values.collect()
        })
        .await
    }

    async fn preview(&self, request: PreviewRequest) -> Result<Preview, OwnersError> {
        let rule = check(&request.rules, &request.schema, Expected::Condition)?;
        let closed = |_| StoreError::Unavailable("the process ends".to_owned());
        let running = Arc::clone(&self.previews).acquire_owned().await;
        let running = Arc::new(running.map_err(closed)?);
        let (as_of, until) = (self.wall.now(), Instant::now() + PREVIEW_TIME_MAX);
        let cache = &self.rule_cache;
        let trial = Arc::new(Trial::new(rule, cache, as_of, request.sample, until));
        let partitions = self.states.statuses.len() as u32;
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

/// The states of all partitions, as they were committed.
#[derive(Debug, Clone)]
struct States {
    journal: Arc<dyn Journal>,
    statuses: Vec<Status>,
}

/// A user who was found.
struct Found {
    /// Who it is now: whoever the user asked for was merged into.
    user: String,
    plan: Arc<Plan>,
    state: UserState,
    reader: Arc<dyn StateReader>,
}

impl States {
    /// A user as the definitions in force have them; `None` of somebody never heard of.
    fn find(&self, user: &str) -> Result<Option<Found>, StoreError> {
        let mut user = user.to_owned();
        for _ in 0..MERGES_MAX {
            let number = partition_of(&user, self.statuses.len() as u32);
            let reader = self.journal.reader(number)?;
            let Some((header, stored, standing)) = self.read(number, &*reader, &user)? else {
                return Ok(None);
            };
            if let Some(merged_into) = header.merged_into {
                user = merged_into;
                continue;
            }
            let state = state(&standing, &header, &stored, &*reader, &user)?;
            return Ok(Some(Found {
                user,
                plan: standing.active,
                state,
                reader,
            }));
        }
        Ok(None)
    }

    /// A user's header and stored state, and definitions that are not behind them.
    fn read(
        &self,
        number: u32,
        reader: &dyn StateReader,
        user: &str,
    ) -> Result<Option<(Header, Vec<u8>, Standing)>, StoreError> {
        for _ in 0..AHEAD_TRIES {
            let standing = self.standing(number)?;
            let status = self.statuses.get(number as usize);
            let ahead = status.and_then(|status| status.entry_ahead(user));
            let stored = match ahead {
                Some(ahead) => Some(ahead),
                None => reader.get(Space::State, user.as_bytes())?,
            };
            let Some(stored) = stored else {
                return Ok(None);
            };
            let (header, state) = Header::decode(&stored)?;
            if header.definition <= standing.counter {
                let state = state.to_vec();
                return Ok(Some((header, state, standing)));
            }
            std::thread::sleep(AHEAD_WAIT);
        }
        Err(StoreError::Unavailable("the definitions change".to_owned()))
    }

    fn standing(&self, number: u32) -> Result<Standing, StoreError> {
        let status = self.statuses.get(number as usize);
        status
            .and_then(Status::standing)
            .ok_or_else(|| StoreError::Unavailable("the partition's owner starts".to_owned()))
    }

    /// Everything known of a user, memberships included; nothing of somebody never heard of.
    fn facts(&self, user: &str) -> Result<Facts, OwnersError> {
        let Some(found) = self.find(user)? else {
            return Ok(Facts::default());
        };
        let mut facts = history::known(&*found.reader, &found.user)?;
        let memberships = memberships(&found.state, &found.plan);
        facts.memberships.extend(memberships.map(|id| (id, true)));
        Ok(facts)
    }

    /// Tries a rule on the users of some partitions.
    fn count(&self, partitions: &[u32], trial: &Trial) -> Result<Count, OwnersError> {
        let mut count = Count::default();
        let memberships = |user: &str| {
            let found = self.find(user)?;
            Ok(found.map_or_else(BTreeSet::new, |found| {
                memberships(&found.state, &found.plan).collect()
            }))
        };
        for partition in partitions {
            let reader = self.journal.reader(*partition)?;
            trial.count(&*reader, &memberships, &mut count)?;
        }
        Ok(count)
    }
}

/// A state under the definitions in force, though its user may not have taken the last switch.
fn state(
    standing: &Standing,
    header: &Header,
    stored: &[u8],
    reader: &dyn StateReader,
    user: &str,
) -> Result<UserState, StoreError> {
    let behind = standing.switching.as_ref();
    let behind = behind.filter(|_| header.definition < standing.counter);
    let rules = behind.map_or(&standing.active.rules, |switching| &switching.from.rules);
    let state =
        UserState::decode(stored, rules).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    match behind {
        Some(switching) => switching.take(reader, user, state),
        None => Ok(state),
    }
}

/// The ids of the segments that a user is in.
fn memberships(state: &UserState, plan: &Plan) -> impl Iterator<Item = String> {
    let members = state.memberships().iter();
    let members = members.filter_map(|member| plan.segment(member.segment));
    members.map(|segment| segment.id.clone())
}
