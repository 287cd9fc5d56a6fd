//! Definitions on their way into force: built in the shadow, switched, taken by every user.
//!
//! A *build* gathers from each user's history what only the new definitions read. That is a cache:
//! what was gathered counts while no fact came after it, else it is gathered again. A *switch* is
//! taken by each user before their next record or deadline, or in the sweep, whichever is first,
//! and always as it was at the switch's stamp; so how far a sweep has come decides nothing.
//!
//! What cannot be built is told to the catalog with the reason, and its *abandon* comes instead of
//! its switch. The failure is kept: whether it is told does not depend on whether a later program
//! could have built it.

use std::sync::Arc;

use kit::control::{DefinitionChange, DefinitionRecord, Phase};
use kit::crash_point::crash_point;
use rule_runtime::UserState;
use stores::{Record, Space, StoreError};

use super::course::{Gathered, Step, StoredBuild, StoredSwitch, Switching};
use super::{Partition, to_json};
use crate::history;
use crate::keys;
use crate::user::Header;

/// Users looked at between two looks at the time.
const SLICE: usize = 32;
/// Ids of finished definitions that are remembered.
const FINISHED_MAX: usize = 10_000;

impl Partition {
    pub(super) fn take_definition(
        &mut self,
        record: &Record,
        definition: DefinitionRecord,
    ) -> Result<(), StoreError> {
        let id = definition.definition_id;
        let is_failed = self.course.failure(&id).is_some();
        if is_failed && matches!(definition.phase, Phase::Switch) {
            let message = format!("the definition `{id}` is in force, but could not be built");
            return Err(StoreError::Corrupt(message));
        }
        let is_finished = self.course.finished.contains(&id);
        if is_finished || (is_failed && !matches!(definition.phase, Phase::Abandon)) {
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
            (Phase::Build(change), None) => self.begin_build(id, change),
            (Phase::Switch, Some(known)) => self.switch(known),
            (Phase::Switch, None) => {
                self.dead_letter(record, "the definition to switch to was never built");
                Ok(())
            }
            (Phase::Abandon, known) => {
                if let Some(known) = known {
                    let build = self.course.builds.remove(known);
                    self.course
                        .garbage
                        .extend(build.shadow.map(|shadow| shadow.number));
                }
                self.finish(id);
                self.put_course()
            }
        }
    }

    fn begin_build(&mut self, id: String, change: DefinitionChange) -> Result<(), StoreError> {
        self.course.shadows += 1;
        let shadow = (self.course.shadows, self.position);
        let stored = StoredBuild { id, change, shadow };
        self.course.begin(&self.shared, stored, Gathered::default());
        self.put_course()
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
    fn switch(&mut self, build: usize) -> Result<(), StoreError> {
        let build = self.course.builds.remove(build);
        let from = Arc::clone(&self.course.active);
        let stored = StoredSwitch {
            versions: from.definitions.versions(&build.change),
            from: from.definitions.clone(),
            stamp: self.facts.clock,
            shadow: build.shadow_named(),
        };
        let gathered = build.shadow.map(|shadow| shadow.gathered);
        let gathered = gathered.unwrap_or_default();
        let switching = Switching::new(&self.shared, &build.plan, stored, gathered)?;
        self.course.switching = Some(Arc::new(switching));
        self.course.swept = None;
        self.course.active = build.plan;
        self.course.counter += 1;
        self.batch.remove(Space::Meta, keys::SWEEP.to_vec());
        self.finish(build.id);
        self.rebuild()?;
        self.put_course()
    }

    /// Other builds begin anew: what they stand on is another.
    fn rebuild(&mut self) -> Result<(), StoreError> {
        for build in std::mem::take(&mut self.course.builds) {
            self.course
                .garbage
                .extend(build.shadow.map(|shadow| shadow.number));
            self.begin_build(build.id, build.change)?;
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
            let key = keys::shadow(shadow.number, user);
            let stored = self.reader.get(Space::Shadow, &key)?;
            let stored = stored
                .as_deref()
                .map(|stored| stored.split_first_chunk::<8>());
            match stored {
                None if header.fact_position <= shadow.began => return Ok(None),
                Some(Some((position, state)))
                    if header.fact_position <= u64::from_le_bytes(*position) =>
                {
                    let state = UserState::decode(state, user.into(), &shadow.rules);
                    let state = state.map_err(|error| StoreError::Corrupt(error.to_string()))?;
                    return Ok(Some(state));
                }
                _ => {}
            }
        }
        let facts = history::facts(&*self.reader, user, &shadow.rules)?;
        let (rules, stamp) = (&shadow.rules, switching.stamp);
        Ok(Some(rules.gather(
            user.into(),
            facts,
            stamp,
            &mut self.scratch,
        )))
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
        let shadow = ended.and_then(|ended| ended.shadow.as_ref().map(|shadow| shadow.number));
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
            let shadow = build.and_then(|build| build.shadow.as_mut());
            let Some(shadow) = shadow.filter(|shadow| !shadow.gathered.is_complete) else {
                return Ok(());
            };
            let cursor = shadow.gathered.cursor.as_deref();
            let page = self.reader.scan(Space::State, b"", cursor, SLICE)?;
            for (key, _) in &page {
                let user = text(key)?;
                let facts = history::facts(&*self.reader, user, &shadow.rules)?;
                let clock = self.facts.clock;
                let (rules, user_id) = (&shadow.rules, user.into());
                let state = rules.gather(user_id, facts, clock, &mut self.scratch);
                if !state.is_blank() {
                    let mut value = self.position.to_le_bytes().to_vec();
                    state.encode(&shadow.rules, &mut value);
                    let key = keys::shadow(shadow.number, user);
                    self.batch.put(Space::Shadow, key, value);
                }
            }
            shadow.gathered.users_done += page.len() as u64;
            if let Some((key, _)) = page.last() {
                shadow.gathered.cursor = Some(key.to_vec());
            }
            shadow.gathered.is_complete = page.len() < SLICE;
            let key = keys::gathered(shadow.number);
            self.batch.put(Space::Meta, key, shadow.gathered.encode());
            crash_point("during-build");
            self.commit()?;
            if !has_time() {
                return Ok(());
            }
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
            self.batch.remove(Space::Meta, keys::gathered(shadow));
            self.put_course()?;
        }
        self.commit()
    }

    /// Somebody was told that a build is ready, or has failed.
    pub(crate) fn reported(&mut self, id: &str) {
        self.course.reported(id);
    }
}

fn text(key: &[u8]) -> Result<&str, StoreError> {
    str::from_utf8(key).map_err(|_| StoreError::Corrupt("a user's key is malformed".into()))
}
