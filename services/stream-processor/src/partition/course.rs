//! The definitions in force, and what is being done about others, as it is kept.

use std::sync::Arc;

use kit::control::DefinitionChange;
use rule_runtime::{RuleSet, Scratch, Switch, UserState};
use serde::{Deserialize, Serialize};
use stores::{BuildProgress, Space, StateReader, StoreError};

use super::{Shared, from_json};
use crate::history;
use crate::keys;
use crate::plan::{Definitions, Plan, shadow};

/// Definitions that could not be built and are remembered.
const FAILED_MAX: usize = 100;
/// Characters of the reason that is told.
const REASON_CHARS_MAX: usize = 1_000;

/// The definitions in force, and what is being done about others.
#[derive(Debug)]
pub(crate) struct Course {
    /// How many switches there were.
    pub(super) counter: u64,
    pub(crate) active: Arc<Plan>,
    /// The last switch, until everybody has taken it.
    pub(super) switching: Option<Arc<Switching>>,
    /// The last user whom the sweep of the switch reached.
    pub(super) swept: Option<Vec<u8>>,
    pub(super) builds: Vec<Build>,
    pub(super) finished: Vec<String>,
    /// Definitions that could not be built, and why. They stay when they are finished.
    failed: Vec<Failed>,
    /// Definitions that finished or failed and are waited for: whoever asks wants an answer.
    pub(super) asked_again: Vec<String>,
    /// Numbers of shadows that nobody needs.
    pub(super) garbage: Vec<u64>,
    /// The last number that a shadow was given.
    pub(super) shadows: u64,
}

/// A switch that not everybody has taken yet.
#[derive(Debug)]
pub(crate) struct Switching {
    pub(crate) from: Arc<Plan>,
    pub(crate) switch: Switch,
    pub(crate) stamp: i64,
    pub(super) shadow: Option<Shadow>,
    stored: StoredSwitch,
}

impl Switching {
    /// A user's state as though they took the switch now, from their whole history.
    pub(crate) fn take(
        &self,
        reader: &dyn StateReader,
        user: &str,
        state: UserState,
    ) -> Result<UserState, StoreError> {
        let mut scratch = Scratch::default();
        let gathered = match &self.shadow {
            Some(shadow) => {
                let facts = history::facts(reader, user, &shadow.rules)?;
                let (rules, user) = (&shadow.rules, user.into());
                Some(rules.gather(user, facts, self.stamp, &mut scratch))
            }
            None => None,
        };
        let (stamp, scratch) = (self.stamp, &mut scratch);
        let switch = &self.switch;
        Ok(switch.apply(state, gathered, stamp, scratch, &mut vec![], &mut vec![]))
    }
}

/// What everybody may know of the definitions in force.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// How many switches there were.
    pub(crate) counter: u64,
    pub(crate) active: Arc<Plan>,
    /// The last switch, until everybody has taken it.
    pub(crate) switching: Option<Arc<Switching>>,
}

/// What is gathered from histories for a definition.
#[derive(Debug, Clone)]
pub(super) struct Shadow {
    /// Names its entries; never used twice.
    pub(super) number: u64,
    pub(super) rules: Arc<RuleSet>,
    /// The position at which it was begun.
    pub(super) began: u64,
    pub(super) gathered: Gathered,
}

/// How far a shadow has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    pub(super) users_done: u64,
    /// Whether every user's history was gathered.
    pub(super) is_complete: bool,
    /// The last user's key; `None` for nobody yet.
    pub(super) cursor: Option<Vec<u8>>,
}

/// A definition that is being prepared.
#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: String,
    pub(super) change: DefinitionChange,
    pub(super) plan: Arc<Plan>,
    /// `None` where nothing must be gathered.
    pub(super) shadow: Option<Shadow>,
    pub(super) is_reported: bool,
    number: u64,
    began: u64,
}

/// A definition that could not be built.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failed {
    id: String,
    reason: String,
}

/// What a slice of work on definitions came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is nothing to do.
    Idle,
    /// There is more to do.
    More,
}

/// The stored form of [`Course`]. How far shadows and the sweep have come is kept apart: it changes
/// with each slice of work.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    counter: u64,
    active: Definitions,
    switching: Option<StoredSwitch>,
    builds: Vec<StoredBuild>,
    finished: Vec<String>,
    #[serde(default)]
    failed: Vec<Failed>,
    garbage: Vec<u64>,
    shadows: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredSwitch {
    pub(super) from: Definitions,
    pub(super) stamp: i64,
    pub(super) versions: Vec<(Arc<str>, u32)>,
    /// The shadow's number and the position at which it was begun.
    pub(super) shadow: (u64, u64),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredBuild {
    pub(super) id: String,
    pub(super) change: DefinitionChange,
    /// The shadow's number and the position at which it was begun.
    pub(super) shadow: (u64, u64),
}

impl Course {
    /// As the journal has it.
    pub(super) fn open(shared: &Shared, reader: &dyn StateReader) -> Result<Self, StoreError> {
        let stored = reader.get(Space::Meta, keys::DEFINITIONS)?;
        let stored = stored.map(|stored| from_json::<Stored>(&stored));
        let stored = stored.transpose()?.unwrap_or_default();
        let active = plan(shared, stored.active)?;
        let mut course = Self {
            counter: stored.counter,
            switching: None,
            swept: None,
            builds: vec![],
            finished: stored.finished,
            failed: stored.failed,
            asked_again: vec![],
            garbage: stored.garbage,
            shadows: stored.shadows,
            active,
        };
        if let Some(stored) = stored.switching {
            let cursor = reader.get(Space::Meta, keys::SWEEP)?;
            course.swept = cursor.map(|cursor| cursor.to_vec());
            let gathered = Gathered::read(reader, stored.shadow.0)?;
            let switching = Switching::new(shared, &course.active, stored, gathered)?;
            course.switching = Some(Arc::new(switching));
        }
        for stored in stored.builds {
            let gathered = Gathered::read(reader, stored.shadow.0)?;
            // What one program began, another may not be able to build.
            course.begin(shared, stored, gathered);
        }
        let open = course.failed.iter().map(|failed| &failed.id);
        let open = open.filter(|id| !course.finished.contains(id)).cloned();
        course.asked_again = open.collect();
        Ok(course)
    }

    /// Begins to prepare a definition on top of those in force, or notes why that is impossible.
    pub(super) fn begin(&mut self, shared: &Shared, stored: StoredBuild, gathered: Gathered) {
        let (id, shadow) = (stored.id.clone(), stored.shadow.0);
        match self.build(shared, stored, gathered) {
            Ok(build) => self.builds.push(build),
            Err(reason) => {
                tracing::warn!(definition_id = id, reason, "a definition cannot be built");
                self.garbage.push(shadow);
                self.asked_again.push(id.clone());
                let reason = reason.chars().take(REASON_CHARS_MAX).collect();
                self.failed.push(Failed { id, reason });
                if self.failed.len() > FAILED_MAX {
                    self.failed.remove(0);
                }
            }
        }
    }

    /// Why a definition could not be built; `None` of any other.
    pub(super) fn failure(&self, id: &str) -> Option<&str> {
        let failed = self.failed.iter().find(|failed| failed.id == id)?;
        Some(&failed.reason)
    }

    /// A definition to prepare on top of those in force.
    ///
    /// # Errors
    /// What is wrong with it.
    fn build(
        &self,
        shared: &Shared,
        stored: StoredBuild,
        gathered: Gathered,
    ) -> Result<Build, String> {
        let definitions = self.active.definitions.after(&stored.change);
        let plan = shared.plans.plan(definitions)?;
        let rules = shadow(&self.active.rules, &plan.rules, shared.plans.cache())?;
        let (number, began) = stored.shadow;
        Ok(Build {
            shadow: rules.map(|rules| Shadow {
                number,
                rules,
                began,
                gathered,
            }),
            id: stored.id,
            change: stored.change,
            plan,
            is_reported: false,
            number,
            began,
        })
    }

    /// The plan that a state with this counter was written under.
    pub(super) fn plan_at(&self, definition: u64) -> &Plan {
        match &self.switching {
            Some(switching) if definition < self.counter => &switching.from,
            _ => &self.active,
        }
    }

    pub(super) fn rules_at(&self, definition: u64) -> &RuleSet {
        &self.plan_at(definition).rules
    }

    /// The names of the shadows that may have entries.
    pub(super) fn shadows(&self) -> Vec<u64> {
        let builds = self.builds.iter().filter_map(|build| build.shadow.as_ref());
        let switching = self.switching.iter();
        let switching = switching.filter_map(|switching| switching.shadow.as_ref());
        let live = builds.chain(switching).map(|shadow| shadow.number);
        live.chain(self.garbage.iter().copied()).collect()
    }

    /// Builds that somebody must be told of, with their progress; `users` is how many there are.
    pub(crate) fn progress(&self, users: u64) -> Vec<(String, BuildProgress)> {
        let unreported = self.builds.iter().filter(|build| !build.is_reported);
        let unreported = unreported.map(|build| (build.id.clone(), build.progress(users)));
        let again = self.asked_again.iter().map(|id| {
            let failure = self.failure(id).map(str::to_owned);
            let answer = BuildProgress {
                users_done: users,
                users,
                is_ready: failure.is_none(),
                failure,
            };
            (id.clone(), answer)
        });
        unreported.chain(again).collect()
    }

    /// Somebody was told that a build is ready, or has failed.
    pub(crate) fn reported(&mut self, id: &str) {
        for build in &mut self.builds {
            build.is_reported |= build.id == id && build.is_ready();
        }
        self.asked_again.retain(|asked| asked != id);
    }

    /// The builds and, at the end, the sweep of a switch: their names and how many users are done.
    pub(crate) fn builds(&self) -> Vec<(String, u64)> {
        let builds = self.builds.iter();
        builds
            .map(|build| (build.id.clone(), build.users_done()))
            .collect()
    }

    /// What everybody may know.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            counter: self.counter,
            active: Arc::clone(&self.active),
            switching: self.switching.clone(),
        }
    }

    /// How many switches there were.
    pub(crate) fn switches(&self) -> u64 {
        self.counter
    }

    /// Whether there is work to do between batches.
    pub(crate) fn is_working(&self) -> bool {
        let mut builds = self.builds.iter();
        self.switching.is_some()
            || !self.garbage.is_empty()
            || builds.any(|build| !build.is_ready())
    }

    /// Whether a switch is being taken.
    pub(crate) fn is_switching(&self) -> bool {
        self.switching.is_some()
    }

    /// The stored form.
    pub(super) fn stored(&self) -> Stored {
        let builds = self.builds.iter().map(|build| StoredBuild {
            id: build.id.clone(),
            change: build.change.clone(),
            shadow: build.shadow_named(),
        });
        let switching = self.switching.as_ref();
        Stored {
            counter: self.counter,
            active: self.active.definitions.clone(),
            switching: switching.map(|switching| switching.stored.clone()),
            builds: builds.collect(),
            finished: self.finished.clone(),
            failed: self.failed.clone(),
            garbage: self.garbage.clone(),
            shadows: self.shadows,
        }
    }
}

impl Build {
    /// The shadow's number and the position at which it was begun, or would have been.
    pub(super) fn shadow_named(&self) -> (u64, u64) {
        (self.number, self.began)
    }

    pub(super) fn is_ready(&self) -> bool {
        let shadow = self.shadow.as_ref();
        shadow.is_none_or(|shadow| shadow.gathered.is_complete)
    }

    fn users_done(&self) -> u64 {
        let shadow = self.shadow.as_ref();
        shadow.map_or(0, |shadow| shadow.gathered.users_done)
    }

    fn progress(&self, users: u64) -> BuildProgress {
        let is_ready = self.is_ready();
        let users = users.max(self.users_done());
        BuildProgress {
            users_done: if is_ready { users } else { self.users_done() },
            users,
            is_ready,
            failure: None,
        }
    }
}

impl Switching {
    pub(super) fn new(
        shared: &Shared,
        to: &Arc<Plan>,
        stored: StoredSwitch,
        gathered: Gathered,
    ) -> Result<Self, StoreError> {
        let from = plan(shared, stored.from.clone())?;
        let rules = shadow(&from.rules, &to.rules, shared.plans.cache());
        let rules = rules.map_err(StoreError::Corrupt)?;
        let (old, new) = (Arc::clone(&from.rules), Arc::clone(&to.rules));
        let (number, began) = stored.shadow;
        Ok(Self {
            switch: Switch::new(old, new, rules.clone(), &stored.versions),
            from,
            stamp: stored.stamp,
            shadow: rules.map(|rules| Shadow {
                number,
                rules,
                began,
                gathered,
            }),
            stored,
        })
    }
}

impl Shadow {
    /// Whether a user's history was gathered, or was found empty.
    pub(super) fn has_reached(&self, user: &str) -> bool {
        let Gathered {
            cursor,
            is_complete,
            ..
        } = &self.gathered;
        let cursor = cursor.as_deref();
        *is_complete || cursor.is_some_and(|cursor| user.as_bytes() <= cursor)
    }
}

impl Gathered {
    fn read(reader: &dyn StateReader, shadow: u64) -> Result<Self, StoreError> {
        let stored = reader.get(Space::Meta, &keys::gathered(shadow))?;
        let Some(stored) = stored else {
            return Ok(Self::default());
        };
        let (users_done, rest) = stored.split_first_chunk::<8>().ok_or_else(malformed)?;
        let ([is_complete], cursor) = rest.split_first_chunk::<1>().ok_or_else(malformed)?;
        Ok(Self {
            users_done: u64::from_le_bytes(*users_done),
            is_complete: *is_complete != 0,
            cursor: (!cursor.is_empty()).then(|| cursor.to_vec()),
        })
    }

    /// The stored form.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut stored = self.users_done.to_le_bytes().to_vec();
        stored.push(u8::from(self.is_complete));
        stored.extend(self.cursor.as_deref().unwrap_or_default());
        stored
    }
}

fn malformed() -> StoreError {
    StoreError::Corrupt("a build's progress is malformed".to_owned())
}

fn plan(shared: &Shared, definitions: Definitions) -> Result<Arc<Plan>, StoreError> {
    shared.plans.plan(definitions).map_err(StoreError::Corrupt)
}
