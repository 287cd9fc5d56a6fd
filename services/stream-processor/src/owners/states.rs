//! Users' states as their owners have committed them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rule_runtime::UserState;
use rulelang::facts::Facts;
use stores::{Elsewhere, Journal, OwnersError, Space, StateReader, StoreError, partition_of};
use tokio::sync::watch;

use crate::history;
use crate::partition::Standing;
use crate::plan::Plan;
use crate::preview::{Count, Trial};
use crate::status::Status;
use crate::user::Header;

/// How many users in a row may have been merged into one another.
const MERGES_MAX: usize = 16;
/// How often, and how long apart, a state is read again that is ahead of what its owner told.
const AHEAD_TRIES: usize = 50;
const AHEAD_WAIT: Duration = Duration::from_millis(10);

/// The states of this process's partitions.
#[derive(Debug, Clone)]
pub(super) struct States {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) statuses: Vec<Status>,
    /// The partitions of this process.
    pub(super) assigned: watch::Receiver<BTreeSet<u32>>,
}

/// A user who was found.
pub(super) struct Found {
    /// Who it is now: whoever the user asked for was merged into.
    pub(super) user: String,
    pub(super) plan: Arc<Plan>,
    pub(super) state: UserState,
    pub(super) reader: Arc<dyn StateReader>,
}

impl States {
    /// A user as the definitions in force have them; `None` of somebody never heard of.
    pub(super) fn find(&self, asked: &str) -> Result<Option<Found>, OwnersError> {
        let mut user = asked.to_owned();
        for _ in 0..MERGES_MAX {
            let number = partition_of(&user, self.statuses.len() as u32);
            if !self.owns(number) {
                let users = BTreeMap::from([(asked.to_owned(), user)]);
                return Err(OwnersError::Elsewhere(Elsewhere { users }));
            }
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

    /// Whether a partition is this process's.
    pub(super) fn owns(&self, partition: u32) -> bool {
        self.assigned.borrow().contains(&partition)
    }

    /// Refuses partitions that are not this process's.
    pub(super) fn check_owned(&self, partitions: &[u32]) -> Result<(), OwnersError> {
        if partitions.iter().all(|partition| self.owns(*partition)) {
            return Ok(());
        }
        Err(OwnersError::Elsewhere(Elsewhere::default()))
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

    pub(super) fn standing(&self, number: u32) -> Result<Standing, StoreError> {
        let status = self.statuses.get(number as usize);
        status
            .and_then(Status::standing)
            .ok_or_else(|| StoreError::Unavailable("the partition's owner starts".to_owned()))
    }

    /// Everything known of a user, memberships included; nothing of somebody never heard of.
    pub(super) fn facts(&self, user: &str) -> Result<Facts, OwnersError> {
        let Some(found) = self.find(user)? else {
            return Ok(Facts {
                user: Some(user.into()),
                ..Facts::default()
            });
        };
        let mut facts = history::known(&*found.reader, &found.user)?;
        let memberships = memberships(&found.state, &found.plan);
        facts.memberships.extend(memberships.map(|id| (id, true)));
        Ok(facts)
    }

    /// Tries a rule on the users of some partitions.
    pub(super) fn count(&self, partitions: &[u32], trial: &Trial) -> Result<Count, OwnersError> {
        let mut count = Count::default();
        let memberships = |user: &str| {
            // Whose history is here is here too, but in the middle of a merge.
            let found = self.find(user).map_err(|error| match error {
                OwnersError::Store(error) => error,
                other => StoreError::Unavailable(other.to_string()),
            })?;
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
    let state = UserState::decode(stored, user.into(), rules)
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
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
