//! One user as the journal keeps them: a header that the owner reads, and the state of `step`.

use std::sync::Arc;

use bytes::Bytes;
use rule_runtime::{RuleSet, UserState};
use stores::{Record, StoreError};

use crate::incoming::Incoming;
use crate::profile::Profile;
use crate::unwritten::Behind;

/// The version of the stored header, and the newest that is read.
const VERSION: u8 = 1;

/// One user.
#[derive(Debug, Default)]
pub(crate) struct User {
    pub(crate) header: Header,
    pub(crate) state: UserState,
    pub(crate) profile: Profile,
    /// Whether the profile is another than the stored one.
    pub(crate) profile_changed: bool,
    /// How far the stored entry is behind; `None` if it is not. See [`crate::unwritten`].
    pub(crate) behind: Option<Behind>,
    /// Whether the next commit must write the entry: the log alone would not tell it again.
    pub(crate) is_due: bool,
    /// Whether the journal has a [`Fired`] of the user, which goes when the entry is written.
    pub(crate) has_fired_entry: bool,
    estimate: Estimate,
}

/// How much memory a user took, and for how many more changes that is good enough.
#[derive(Debug, Default)]
struct Estimate {
    bytes: usize,
    good_for: usize,
}

/// That a user's deadlines fired, in place of the state after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fired {
    /// The partition's position then.
    pub(crate) position: u64,
    /// The partition's clock then: what was due below it fired.
    pub(crate) clock: i64,
}

impl Fired {
    /// The stored form.
    pub(crate) fn encode(self) -> Vec<u8> {
        [self.position.to_le_bytes(), self.clock.to_le_bytes()].concat()
    }

    /// Reads a stored one; `None` if it is malformed.
    pub(crate) fn decode(stored: &[u8]) -> Option<Self> {
        let (position, rest) = stored.split_first_chunk()?;
        Some(Self {
            position: u64::from_le_bytes(*position),
            clock: i64::from_le_bytes(rest.try_into().ok()?),
        })
    }
}

/// What the owner knows of a user beside what rules read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Which switch of definitions the state has taken.
    pub(crate) definition: u64,
    /// The earliest entry among the deadlines that stands for the state's; `i64::MAX` for none.
    pub(crate) armed_at: i64,
    /// The position up to which the log is told by this state. With everything below it applied
    /// and every deadline below the clock fired, it is the same whoever worked it out.
    pub(crate) position: u64,
    /// The position after the user's last fact.
    pub(crate) fact_position: u64,
    /// Who the user was merged into.
    pub(crate) merged_into: Option<String>,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            definition: 0,
            armed_at: i64::MAX,
            position: 0,
            fact_position: 0,
            merged_into: None,
        }
    }
}

impl Header {
    /// Appends the stored form; the state's follows.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend(self.definition.to_le_bytes());
        out.extend(self.armed_at.to_le_bytes());
        out.extend(self.position.to_le_bytes());
        out.extend(self.fact_position.to_le_bytes());
        let merged_into = self.merged_into.as_deref().unwrap_or_default();
        out.extend((merged_into.len() as u32).to_le_bytes());
        out.extend(merged_into.as_bytes());
    }

    /// Reads a header; the rest is the state's stored form.
    pub(crate) fn decode(stored: &[u8]) -> Result<(Self, &[u8]), StoreError> {
        Self::read(stored).ok_or_else(|| StoreError::Corrupt("a user's header is malformed".into()))
    }

    fn read(stored: &[u8]) -> Option<(Self, &[u8])> {
        let ([VERSION], rest) = stored.split_first_chunk::<1>()? else {
            return None;
        };
        let (definition, rest) = rest.split_first_chunk::<8>()?;
        let (armed_at, rest) = rest.split_first_chunk::<8>()?;
        let (position, rest) = rest.split_first_chunk::<8>()?;
        let (fact_position, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let name = str::from_utf8(name).ok()?;
        let header = Self {
            definition: u64::from_le_bytes(*definition),
            armed_at: i64::from_le_bytes(*armed_at),
            position: u64::from_le_bytes(*position),
            fact_position: u64::from_le_bytes(*fact_position),
            merged_into: (!name.is_empty()).then(|| name.to_owned()),
        };
        Some((header, rest))
    }
}

impl User {
    /// The stored form of the header and the state.
    pub(crate) fn encode(&self, rules: &RuleSet) -> Bytes {
        let mut out = Vec::with_capacity(256);
        self.header.encode(&mut out);
        self.state.encode(rules, &mut out);
        out.into()
    }

    /// Somebody never heard of.
    pub(crate) fn new(id: Arc<str>) -> Self {
        Self {
            state: UserState::new(id),
            ..Self::default()
        }
    }

    /// Reads a user. `rules` are those of the header's definition.
    pub(crate) fn decode(
        id: Arc<str>,
        header: Header,
        state: &[u8],
        profile: Option<&[u8]>,
        rules: &RuleSet,
    ) -> Result<Self, StoreError> {
        let state = UserState::decode(state, id, rules)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self {
            header,
            state,
            profile: profile
                .map(Profile::decode)
                .transpose()?
                .unwrap_or_default(),
            ..Self::default()
        })
    }

    /// Takes a fresh fact into the profile. How many values were left out for want of room.
    pub(crate) fn tell_profile(&mut self, record: &Record, incoming: &Incoming) -> u64 {
        self.header.fact_position = record.offset + 1;
        if incoming.timestamp > record.stamp {
            let message = String::from_utf8_lossy(&record.value);
            self.profile
                .wait(incoming.timestamp, &incoming.id, &message);
            self.profile_changed = true;
            return 0;
        }
        if !incoming.is_profile() {
            return 0;
        }
        self.profile_changed = true;
        self.profile.take_incoming(incoming)
    }

    /// Lets facts of the profile count whose instant has come by `clock`.
    pub(crate) fn recall_waiting(&mut self, clock: i64) {
        for (timestamp, id, message) in self.profile.due(clock) {
            if let Ok(incoming) = Incoming::recall(message.as_bytes(), timestamp, &id) {
                self.profile.take_incoming(&incoming);
                self.profile_changed = true;
            }
        }
    }

    /// Sees to it that an entry among the deadlines stands for the state's next one. When, if the
    /// entry is new.
    pub(crate) fn arm(&mut self) -> Option<i64> {
        let wake_at = self.state.wake_at().unwrap_or(i64::MAX);
        let is_earlier = wake_at < self.header.armed_at;
        is_earlier.then(|| {
            self.header.armed_at = wake_at;
            wake_at
        })
    }

    /// An estimate of its memory, heap included. To estimate takes longer the larger the user is,
    /// and a change moves it less: so the larger, the less often.
    pub(crate) fn memory_bytes(&mut self) -> usize {
        const EVERY_BYTES: usize = 2 * 1024;
        if self.estimate.good_for > 0 {
            self.estimate.good_for -= 1;
            return self.estimate.bytes;
        }
        let bytes = size_of::<Self>() + self.state.memory_bytes() + self.profile.memory_bytes();
        let good_for = bytes / EVERY_BYTES;
        self.estimate = Estimate { bytes, good_for };
        bytes
    }
}

#[cfg(test)]
impl User {
    /// A user who is said to take so much memory.
    pub(crate) fn of_bytes(bytes: usize) -> Box<Self> {
        let good_for = usize::MAX;
        Box::new(Self {
            estimate: Estimate { bytes, good_for },
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_written() {
        let headers = [
            Header::default(),
            Header {
                definition: 3,
                armed_at: -4,
                position: 5,
                fact_position: 4,
                merged_into: Some("ann".to_owned()),
            },
        ];
        for header in headers {
            let mut stored = vec![];
            header.encode(&mut stored);
            stored.extend(b"rest");
            let (read, rest) = Header::decode(&stored).unwrap();
            assert_eq!((read, rest), (header, b"rest".as_slice()));
            assert!(Header::decode(&stored[..stored.len() - 5]).is_err());
        }
    }
}
