//! The stored form of a [`UserState`]: bytes with a version, read by every later program.
//!
//! Things are named by what they are, never by their place in a rule set: a field by its name and
//! type, a series by its fingerprint, a window by its borders, a segment by its id. So a state
//! written under one rule set reads under another. What the new set does not know is dropped; what
//! the state lacks is empty, as though it had never happened, until a backfill fills it. What
//! follows from the rest is not stored but worked out again: the entries and running results of
//! sliding windows, sequences, and every deadline. Windows are written as they stand at the state's now, so
//! equal states of one rule set have equal bytes, whenever each moved its windows.
//!
//! # Version 2
//!
//! `varint` is unsigned LEB128, `zigzag` a varint of a zigzag-coded integer (up to 128 bits for a
//! sum), `text` a varint length and UTF-8 bytes, `block` a varint length and that many bytes, `T?`
//! a byte 0, or 1 and a `T`, `[T]` a varint count and as many `T`. A byte of flags is written from
//! its lowest bit. All else is one byte or little-endian.
//!
//! ```text
//! state    version = 2 · flags (exists) · now zigzag · seq varint · epoch varint · rev varint
//!          · [field] · [series] · [member] · [override] · recent · [fact]
//! field    name text · type · flags (said, said is an unset, seen) · said stamped if so
//!          · seen stamped if so
//! stamped  timestamp zigzag? · id text · value
//! series   fingerprint 16 bytes · block of:
//!            lost through zigzag? · column (0 none, 1 float, 2 int, 3 timestamp, 4 value)
//!            · flags (ids) · count varint · times · values · ids text each, if so · [window]
//!          Entries are in the order of (timestamp, id bytes), none after now. Times: the first
//!          zigzag, then varint differences. Values by column: 8 bytes, zigzag, zigzag, value.
//! window   (only all time: 0, and DURING: 1 · start zigzag · end zigzag) · block of:
//!            flags (sum, min, max, distinct, distinct overflowed, first, last) · count varint
//!            · sum zigzag · min value · max value · distinct [value] · first end · last end,
//!            each if its flag says so (distinct values only if they did not overflow)
//! end      timestamp zigzag · id text · value
//! member   segment text · since zigzag · reason (0 rule_evaluation, 1 manual, 2 expired)
//! override segment text · timestamp zigzag · id text · effect (0 include, 1 exclude, 2 clear)
//! recent   count varint · stamps as times · hashes 8 bytes each
//! fact     0 · id text · event type text? · timestamp zigzag · flags (updates fields)
//!            · [name text · value]
//!          1 · id text · timestamp zigzag? · [name text · value]
//!          2 · override with its segment
//! value    0 NULL · 1 FALSE · 2 TRUE · 3 int zigzag · 4 float 8 bytes · 5 text · 6 timestamp
//!          zigzag · 7 date zigzag · 8 duration zigzag · 9 [value]; no list holds a list
//!          · 10 [name text · value], an object, which stands in a list alone
//! type     0 null · 1 any · 2 bool · 3 int · 4 float · 5 string · 6 timestamp · 7 date
//!          · 8 duration · 9 list of objects · 16 + item type for another list
//! ```
//!
//! # Version 1
//!
//! As version 2, with hashes of 16 bytes, of which the first 8 are version 2's.

mod bytes;
mod facts;
mod fields;
mod index;
mod series;
mod values;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::change::Reason;
use crate::dedupe::Dedupe;
use crate::evaluation::armed;
use crate::rule_set::RuleSet;
use crate::state::{Membership, UserState};
use bytes::{Reader, put_signed, put_text, put_varint};
pub(crate) use index::StoredIndex;

/// The version that this program writes, and the newest that it reads.
const VERSION: u8 = 2;

/// Why stored bytes are not a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredStateError {
    /// A newer program wrote it.
    #[error("the state has format version {found}; this program reads versions up to {known}")]
    FutureVersion {
        /// The state's.
        found: u8,
        /// The newest that this program reads.
        known: u8,
    },
    /// It was cut, or it was never a state.
    #[error("the state is malformed at byte {offset}: {what}")]
    Malformed {
        /// Where, from 0.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
}

impl UserState {
    /// Appends the stored form. `rules` is the set that the state was stepped under.
    pub fn encode(&self, rules: &RuleSet, out: &mut Vec<u8>) {
        let index = rules.stored_index();
        out.extend([VERSION, u8::from(self.exists)]);
        put_signed(out, self.now);
        put_varint(out, self.seq);
        put_varint(out, self.epoch.into());
        put_varint(out, self.rev);
        fields::put(out, rules, &self.fields);
        put_varint(out, self.series.len() as u64);
        for user in &self.series {
            let plan = &rules.series[user.series as usize];
            series::put(out, plan, &user.state, self.now);
        }
        put_varint(out, self.members.len() as u64);
        for member in &self.members {
            put_text(out, &rules.definitions[member.segment as usize].id);
            put_signed(out, member.since);
            out.push(reason_code(member.reason));
        }
        facts::put_overrides(out, rules, &self.overrides);
        put_dedupe(out, &self.dedupe);
        facts::put_pending(out, index, &self.pending);
    }

    /// Reads a stored form under a rule set, which may be another than the one it was written
    /// under; see the module's description of what then is dropped or empty. Memberships are as
    /// they were: evaluating new rules is not this function's matter. `user` is whose it is, by id.
    ///
    /// # Errors
    /// [`StoredStateError::FutureVersion`] if a newer program wrote it, else
    /// [`StoredStateError::Malformed`] unless all bytes are exactly one state.
    pub fn decode(
        stored: &[u8],
        user: Arc<str>,
        rules: &RuleSet,
    ) -> Result<Self, StoredStateError> {
        let mut reader = Reader::new(stored);
        let version = match reader.byte()? {
            version @ 1..=VERSION => version,
            0 => return Err(reader.malformed("there is no version 0")),
            found => {
                let known = VERSION;
                return Err(StoredStateError::FutureVersion { found, known });
            }
        };
        let mut state = read_state(&mut reader, version, rules)?;
        reader.finish()?;
        state.user = Some(user);
        rules.settle_sequences(&mut state);
        if state.now != i64::MIN {
            state.armed = armed(rules, &state);
        }
        rules.set_wake(&mut state, true);
        Ok(state)
    }
}

fn read_state(
    reader: &mut Reader<'_>,
    version: u8,
    rules: &RuleSet,
) -> Result<UserState, StoredStateError> {
    let index = rules.stored_index();
    let exists = reader.flags(1)? != 0;
    let now = reader.signed()?;
    Ok(UserState {
        now,
        exists,
        seq: reader.varint()?,
        epoch: reader.varint_32()?,
        rev: reader.varint()?,
        fields: fields::read(reader, rules)?,
        series: series::read_all(reader, rules, index, now)?,
        members: read_members(reader, rules)?,
        overrides: facts::read_overrides(reader, rules)?,
        dedupe: read_dedupe(reader, version, now)?,
        pending: facts::read_pending(reader, rules, now)?,
        ..UserState::default()
    })
}

fn read_members(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
) -> Result<Vec<Membership>, StoredStateError> {
    let mut members = vec![];
    for _ in 0..reader.count()? {
        let segment = rules.segment(&reader.text()?);
        let since = reader.signed()?;
        let reason = match reader.byte()? {
            0 => Reason::RuleEvaluation,
            1 => Reason::Manual,
            2 => Reason::Expired,
            _ => return Err(reader.malformed("an unknown reason")),
        };
        members.extend(segment.map(|segment| Membership {
            segment,
            since,
            reason,
        }));
    }
    sorted(reader, members, |member| member.segment)
}

/// Orders what is kept by index, each index once.
fn sorted<T>(
    reader: &Reader<'_>,
    mut list: Vec<T>,
    index: impl Fn(&T) -> u32,
) -> Result<Vec<T>, StoredStateError> {
    list.sort_unstable_by_key(&index);
    if list.is_sorted_by(|a, b| index(a) < index(b)) {
        Ok(list)
    } else {
        Err(reader.malformed("something is there twice"))
    }
}

fn reason_code(reason: Reason) -> u8 {
    match reason {
        Reason::RuleEvaluation => 0,
        Reason::Manual => 1,
        Reason::Expired => 2,
    }
}

fn put_dedupe(out: &mut Vec<u8>, dedupe: &Dedupe) {
    put_varint(out, dedupe.recent.len() as u64);
    bytes::put_times(out, dedupe.recent.iter().map(|(stamp, _)| *stamp));
    for (_, hash) in &dedupe.recent {
        out.extend(hash.to_le_bytes());
    }
}

fn read_dedupe(reader: &mut Reader<'_>, version: u8, now: i64) -> Result<Dedupe, StoredStateError> {
    let count = reader.count()?;
    let stamps: VecDeque<i64> = reader.times(count)?;
    if stamps.back().is_some_and(|last| *last > now) {
        return Err(reader.malformed("a fact seen after now"));
    }
    let mut dedupe = Dedupe::default();
    for stamp in stamps {
        dedupe.push(stamp, u64::from_le_bytes(reader.fixed()?));
        if version == 1 {
            let _rest: [u8; 8] = reader.fixed()?;
        }
    }
    Ok(dedupe)
}
