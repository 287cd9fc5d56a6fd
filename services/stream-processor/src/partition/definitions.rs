//! Definitions on their way into force: built in the shadow, switched, taken by every user.
//!
//! A *build* gathers from each user's history what only the new definitions read. That is a cache:
//! what was gathered counts while no fact came after it, else it is gathered again. A *switch* is
//! taken by each user before their next record or deadline, or in the sweep, whichever is first,
//! and always as it was at the switch's stamp; so how far a sweep has come decides nothing.

use std::sync::Arc;

use kit::control::{DefinitionChange, DefinitionRecord, Phase};
use rule_runtime::{RuleSet, Scratch, Switch, UserState};
use serde::{Deserialize, Serialize};
use stores::{BuildProgress, Record, Space, StateReader, StoreError};

use super::{Partition, Shared, from_json, to_json};
use crate::crash_point::crash_point;
use crate::history;
use crate::keys;
use crate::plan::{Definitions, Plan, shadow};
use crate::user::Header;

/// Users looked at between two looks at the time.
const SLICE: usize = 32;
/// Ids of finished definitions that are remembered.
const FINISHED_MAX: usize = 10_000;

/// The definitions in force, and what is being done about others.
#[derive(Debug)]
pub(crate) struct Course {
    /// How many switches there were.
    pub(super) counter: u64,
    pub(crate) active: Arc<Plan>,
    /// The last switch, until everybody has taken it.
    pub(super) switching: Option<Arc<Switching>>,
    /// The last user whom the sweep of the switch reached.
    swept: Option<Vec<u8>>,
    builds: Vec<Build>,
    finished: Vec<String>,
    /// Finished definitions whose build was asked for again: whoever asks waits for an answer.
    asked_again: Vec<String>,
    /// Shadows that nobody needs.
    garbage: Vec<u64>,
}

/// A switch that not everybody has taken yet.
#[derive(Debug)]
pub(crate) struct Switching {
    pub(crate) from: Arc<Plan>,
    pub(crate) switch: Switch,
    pub(crate) stamp: i64,
    shadow: Option<Shadow>,
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
                Some(shadow.rules.gather(facts, self.stamp, &mut scratch))
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
struct Shadow {
    rules: Arc<RuleSet>,
    /// The position at which the build began; names the shadow's entries.
    began: u64,
    /// The last user whose history was gathered; `None` for nobody yet.
    cursor: Option<Vec<u8>>,
    /// Whether every user's was.
    is_complete: bool,
}

/// A definition that is being prepared.
#[derive(Debug)]
struct Build {
    id: String,
    change: DefinitionChange,
    plan: Arc<Plan>,
    /// `None` where nothing must be gathered.
    shadow: Option<Shadow>,
    began: u64,
    users_done: u64,
    is_reported: bool,
}

/// What a slice of work on definitions came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is nothing to do.
    Idle,
    /// There is more to do.
    More,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    counter: u64,
    active: Definitions,
    switching: Option<StoredSwitch>,
    builds: Vec<StoredBuild>,
    finished: Vec<String>,
    garbage: Vec<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredSwitch {
    from: Definitions,
    stamp: i64,
    versions: Vec<(Arc<str>, u32)>,
    began: u64,
    /// The last user's key whose history was gathered before the switch.
    gathered: Option<Vec<u8>>,
    is_complete: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredBuild {
    id: String,
    change: DefinitionChange,
    began: u64,
    users_done: u64,
    gathered: Option<Vec<u8>>,
    is_complete: bool,
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
            asked_again: vec![],
            garbage: stored.garbage,
            active,
        };
        if let Some(stored) = stored.switching {
            let cursor = reader.get(Space::Meta, keys::SWEEP)?;
            course.swept = cursor.map(|cursor| cursor.to_vec());
            let switching = Switching::new(shared, &course.active, stored)?;
            course.switching = Some(Arc::new(switching));
        }
        for stored in stored.builds {
            let build = course.build(shared, stored).map_err(StoreError::Corrupt)?;
            course.builds.push(build);
        }
        Ok(course)
    }

    fn build(&self, shared: &Shared, stored: StoredBuild) -> Result<Build, String> {
        let plan = shared
            .plans
            .plan(self.active.definitions.after(&stored.change))?;
        let rules = shadow(&self.active.rules, &plan.rules, shared.plans.cache())?;
        Ok(Build {
            shadow: rules.map(|rules| Shadow {
                rules,
                began: stored.began,
                cursor: stored.gathered,
                is_complete: stored.is_complete,
            }),
            id: stored.id,
            change: stored.change,
            plan,
            began: stored.began,
            users_done: stored.users_done,
            is_reported: false,
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
        let live = builds.chain(switching).map(|shadow| shadow.began);
        live.chain(self.garbage.iter().copied()).collect()
    }

    /// Builds that somebody must be told of, with their progress; `users` is how many there are.
    pub(crate) fn progress(&self, users: u64) -> Vec<(String, BuildProgress)> {
        let unreported = self.builds.iter().filter(|build| !build.is_reported);
        let unreported = unreported.map(|build| (build.id.clone(), build.progress(users)));
        let ready = BuildProgress {
            users_done: users,
            users,
            is_ready: true,
        };
        let again = self.asked_again.iter().map(|id| (id.clone(), ready));
        unreported.chain(again).collect()
    }

    /// Somebody was told that a build is ready.
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
            .map(|build| (build.id.clone(), build.users_done))
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

    fn stored(&self) -> Stored {
        let builds = self.builds.iter().map(|build| StoredBuild {
            id: build.id.clone(),
            change: build.change.clone(),
            began: build.began,
            users_done: build.users_done,
            gathered: build
                .shadow
                .as_ref()
                .and_then(|shadow| shadow.cursor.clone()),
            is_complete: build.is_ready(),
        });
        Stored {
            counter: self.counter,
            active: self.active.definitions.clone(),
            switching: self
                .switching
                .as_ref()
                .map(|switching| switching.stored.clone()),
            builds: builds.collect(),
            finished: self.finished.clone(),
            garbage: self.garbage.clone(),
        }
    }
}

impl Build {
    fn is_ready(&self) -> bool {
        self.shadow.as_ref().is_none_or(|shadow| shadow.is_complete)
    }

    fn progress(&self, users: u64) -> BuildProgress {
        let is_ready = self.is_ready();
        let users = users.max(self.users_done);
        BuildProgress {
            users_done: if is_ready { users } else { self.users_done },
            users,
            is_ready,
        }
    }
}

impl Switching {
    fn new(shared: &Shared, to: &Arc<Plan>, stored: StoredSwitch) -> Result<Self, StoreError> {
        let from = plan(shared, stored.from.clone())?;
        let rules = shadow(&from.rules, &to.rules, shared.plans.cache());
        let rules = rules.map_err(StoreError::Corrupt)?;
        let (old, new) = (Arc::clone(&from.rules), Arc::clone(&to.rules));
        Ok(Self {
            switch: Switch::new(old, new, rules.clone(), &stored.versions),
            from,
            stamp: stored.stamp,
            shadow: rules.map(|rules| Shadow {
                rules,
                began: stored.began,
                cursor: stored.gathered.clone(),
                is_complete: stored.is_complete,
            }),
            stored,
        })
    }
}

impl Shadow {
    /// Whether a user's history was gathered, or is known to be empty, since the build began.
    fn has_reached(&self, user: &str) -> bool {
        let cursor = self.cursor.as_deref();
        self.is_complete || cursor.is_some_and(|cursor| user.as_bytes() <= cursor)
    }
}

fn plan(shared: &Shared, definitions: Definitions) -> Result<Arc<Plan>, StoreError> {
    shared.plans.plan(definitions).map_err(StoreError::Corrupt)
}

impl Partition {
    pub(super) fn take_definition(
        &mut self,
        record: &Record,
        definition: DefinitionRecord,
    ) -> Result<(), StoreError> {
        let id = definition.definition_id;
        if self.course.finished.contains(&id) {
            if matches!(definition.phase, Phase::Build(_)) {
                self.course.asked_again.push(id);
            }
            return Ok(());
        }
        let known = self.course.builds.iter().position(|build| build.id == id);
        match (definition.phase, known) {
            (Phase::Build(_), Some(known)) => {
                if let Some(build) = self.course.builds.get_mut(known) {
                    build.is_reported = false;
                }
                Ok(())
            }
            (Phase::Build(change), None) => self.begin_build(record, id, change),
            (Phase::Switch, Some(known)) => self.switch(record, known),
            (Phase::Switch, None) => {
                self.dead_letter(record, "the definition to switch to was never built")
            }
            (Phase::Abandon, known) => {
                if let Some(known) = known {
                    let build = self.course.builds.remove(known);
                    self.course
                        .garbage
                        .extend(build.shadow.map(|shadow| shadow.began));
                }
                self.finish(id);
                self.put_course()
            }
        }
    }

    fn begin_build(
        &mut self,
        record: &Record,
        id: String,
        change: DefinitionChange,
    ) -> Result<(), StoreError> {
        let stored = StoredBuild {
            id,
            change,
            began: self.position,
            users_done: 0,
            gathered: None,
            is_complete: false,
        };
        match self.course.build(&self.shared, stored) {
            Ok(build) => {
                self.course.builds.push(build);
                self.put_course()
            }
            Err(reason) => self.dead_letter(record, &reason),
        }
    }

    /// Lets everybody take the last switch before the next one comes. Whoever asks for switches
    /// waits for that; a log that is read again does not.
    pub(super) fn finish_sweep(&mut self) -> Result<(), StoreError> {
        while self.course.switching.is_some() {
            self.sweep(&mut || true)?;
        }
        Ok(())
    }

    /// Puts a build into force. Everything before is committed, and the last switch was taken.
    fn switch(&mut self, record: &Record, build: usize) -> Result<(), StoreError> {
        let build = self.course.builds.remove(build);
        let from = Arc::clone(&self.course.active);
        let stored = StoredSwitch {
            versions: from.definitions.versions(&build.change),
            from: from.definitions.clone(),
            stamp: self.facts.clock,
            began: build.began,
            gathered: build
                .shadow
                .as_ref()
                .and_then(|shadow| shadow.cursor.clone()),
            is_complete: build.is_ready(),
        };
        let switching = Switching::new(&self.shared, &build.plan, stored)?;
        self.course.switching = Some(Arc::new(switching));
        self.course.swept = None;
        self.course.active = build.plan;
        self.course.counter += 1;
        self.batch.remove(Space::Meta, keys::SWEEP.to_vec());
        self.finish(build.id);
        self.rebuild(record)?;
        self.put_course()
    }

    /// Other builds begin anew: what they stand on is another.
    fn rebuild(&mut self, record: &Record) -> Result<(), StoreError> {
        for build in std::mem::take(&mut self.course.builds) {
            self.course
                .garbage
                .extend(build.shadow.map(|shadow| shadow.began));
            self.begin_build(record, build.id, build.change)?;
        }
        Ok(())
    }

    fn finish(&mut self, id: String) {
        self.course.finished.push(id);
        if self.course.finished.len() > FINISHED_MAX {
            self.course.finished.remove(0);
        }
    }

    fn put_course(&mut self) -> Result<(), StoreError> {
        let stored = to_json(&self.course.stored())?;
        self.batch
            .put(Space::Meta, keys::DEFINITIONS.to_vec(), stored);
        Ok(())
    }

    /// What a user's history says under the shadow of the switch that they have not taken.
    pub(super) fn gathered(
        &mut self,
        user: &str,
        header: &Header,
    ) -> Result<Option<UserState>, StoreError> {
        let Some(switching) = &self.course.switching else {
            return Ok(None);
        };
        let Some(shadow) = &switching.shadow else {
            return Ok(None);
        };
        if shadow.has_reached(user) {
            let key = keys::shadow(shadow.began, user);
            let stored = self.reader.get(Space::Shadow, &key)?;
            let stored = stored
                .as_deref()
                .map(|stored| stored.split_first_chunk::<8>());
            match stored {
                None if header.fact_position <= shadow.began => return Ok(None),
                Some(Some((position, state)))
                    if header.fact_position <= u64::from_le_bytes(*position) =>
                {
                    let state = UserState::decode(state, &shadow.rules);
                    let state = state.map_err(|error| StoreError::Corrupt(error.to_string()))?;
                    return Ok(Some(state));
                }
                _ => {}
            }
        }
        let facts = history::facts(&*self.reader, user, &shadow.rules)?;
        let (rules, stamp) = (&shadow.rules, switching.stamp);
        Ok(Some(rules.gather(facts, stamp, &mut self.scratch)))
    }

    /// Works on definitions while `has_time`: the sweep of a switch first, then the first build,
    /// then what is left of shadows.
    pub(crate) fn work(&mut self, has_time: &mut dyn FnMut() -> bool) -> Result<Step, StoreError> {
        if self.course.switching.is_some() {
            self.sweep(has_time)?;
            return Ok(Step::More);
        }
        let unready = self
            .course
            .builds
            .iter()
            .position(|build| !build.is_ready());
        if let Some(build) = unready {
            self.gather(build, has_time)?;
            return Ok(Step::More);
        }
        if let Some(shadow) = self.course.garbage.last().copied() {
            self.collect(shadow)?;
            return Ok(Step::More);
        }
        Ok(Step::Idle)
    }

    /// Lets users take the switch.
    fn sweep(&mut self, has_time: &mut dyn FnMut() -> bool) -> Result<(), StoreError> {
        self.commit()?;
        loop {
            if self.course.switching.is_none() {
                return Ok(());
            }
            let swept = self.course.swept.as_deref();
            let page = self.reader.scan(Space::State, b"", swept, SLICE)?;
            for (key, stored) in &page {
                let (header, _) = Header::decode(stored)?;
                if header.definition < self.course.counter {
                    let mut taken = self.take_user(text(key)?)?;
                    self.bring_up(&mut taken)?;
                    self.put_user(taken)?;
                }
            }
            crash_point("during-switch-sweep");
            let last = page.last().map(|(key, _)| key.to_vec());
            if page.len() < SLICE {
                self.end_sweep()?;
            } else if let Some(last) = last {
                self.batch
                    .put(Space::Meta, keys::SWEEP.to_vec(), last.clone());
                self.course.swept = Some(last);
            }
            self.commit()?;
            if !has_time() {
                return Ok(());
            }
        }
    }

    fn end_sweep(&mut self) -> Result<(), StoreError> {
        let ended = self.course.switching.take();
        let shadow = ended.and_then(|ended| ended.shadow.as_ref().map(|shadow| shadow.began));
        self.course.garbage.extend(shadow);
        self.course.swept = None;
        self.batch.remove(Space::Meta, keys::SWEEP.to_vec());
        self.put_course()
    }

    /// Gathers users' histories for a build.
    fn gather(
        &mut self,
        build: usize,
        has_time: &mut dyn FnMut() -> bool,
    ) -> Result<(), StoreError> {
        self.commit()?;
        loop {
            let build = self.course.builds.get_mut(build);
            let Some((shadow, users_done)) = build.and_then(|build| {
                let shadow = build.shadow.as_mut().filter(|shadow| !shadow.is_complete)?;
                Some((shadow, &mut build.users_done))
            }) else {
                return Ok(());
            };
            let cursor = shadow.cursor.as_deref();
            let page = self.reader.scan(Space::State, b"", cursor, SLICE)?;
            for (key, _) in &page {
                let user = text(key)?;
                let facts = history::facts(&*self.reader, user, &shadow.rules)?;
                let clock = self.facts.clock;
                let state = shadow.rules.gather(facts, clock, &mut self.scratch);
                if !state.is_blank() {
                    let mut value = self.position.to_le_bytes().to_vec();
                    state.encode(&shadow.rules, &mut value);
                    let key = keys::shadow(shadow.began, user);
                    self.batch.put(Space::Shadow, key, value);
                }
            }
            *users_done += page.len() as u64;
            if let Some((key, _)) = page.last() {
                shadow.cursor = Some(key.to_vec());
            }
            shadow.is_complete = page.len() < SLICE;
            crash_point("during-build");
            let has_time = has_time();
            if shadow.is_complete || !has_time {
                self.put_course()?;
                return self.commit();
            }
            self.commit()?;
        }
    }

    /// Removes a slice of a shadow that nobody needs.
    fn collect(&mut self, shadow: u64) -> Result<(), StoreError> {
        let prefix = keys::shadow(shadow, "");
        let page = self
            .reader
            .scan(Space::Shadow, &prefix, None, super::PAGE)?;
        let is_last = page.len() < super::PAGE;
        for (key, _) in page {
            self.batch.remove(Space::Shadow, key.to_vec());
        }
        if is_last {
            self.course.garbage.retain(|other| *other != shadow);
            self.put_course()?;
        }
        self.commit()
    }

    /// Somebody was told that a build is ready.
    pub(crate) fn reported(&mut self, id: &str) {
        self.course.reported(id);
    }
}

fn text(key: &[u8]) -> Result<&str, StoreError> {
    str::from_utf8(key).map_err(|_| StoreError::Corrupt("a user's key is malformed".into()))
}
