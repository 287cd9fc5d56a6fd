//! `$transfer`: what one user's history brings to another, in parts, from owner to owner.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stores::{Headers, headers};

/// The header that tells a transfer's records; its value is the transfer's id.
const HEADER: &str = "transfer";
/// Bytes of the facts in one part, about; the record is a little longer.
const PART_BYTES: usize = 400 * 1024;
/// Bytes of the state in one part; they travel as twice as many hexadecimal digits.
const STATE_BYTES: usize = 200 * 1024;

/// One part of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transfer {
    /// Names the transfer in all its parts; never used twice.
    pub(crate) id: String,
    /// Which part, from 0.
    pub(crate) part: u32,
    /// How many there are.
    pub(crate) parts: u32,
    /// The eventId of the `$alias`.
    pub(crate) cause: String,
    /// Whose history it is, and after them everybody it was sent on by, in order.
    pub(crate) passed: Vec<String>,
    /// A piece of the stored state, in hexadecimal digits: overrides and ids of recent facts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) state: String,
    /// Facts of the history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) facts: Vec<TransferredFact>,
}

/// A fact of a history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransferredFact {
    /// Its id.
    pub(crate) id: String,
    /// When, in milliseconds.
    pub(crate) at: i64,
    /// The message as it was accepted.
    pub(crate) message: Box<RawValue>,
}

/// The message around a part.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<T> {
    event_id: String,
    user_id: String,
    event_type: String,
    transfer: T,
}

impl Transfer {
    /// Whether a record with these headers is a part of a transfer.
    pub(crate) fn is(headers: &Headers) -> bool {
        headers.iter().any(|(name, _)| name == HEADER)
    }

    /// Reads a record's message.
    pub(crate) fn read(message: &[u8]) -> Result<Self, serde_json::Error> {
        let envelope: Envelope<Self> = serde_json::from_slice(message)?;
        Ok(envelope.transfer)
    }

    /// The message and the headers of the record that carries this part to a user.
    pub(crate) fn message(&self, to: &str) -> Result<(Vec<u8>, Headers), serde_json::Error> {
        let message = serde_json::to_vec(&Envelope {
            event_id: format!("{}/{}", self.id, self.part),
            user_id: to.to_owned(),
            event_type: "$transfer".to_owned(),
            transfer: self,
        })?;
        Ok((message, headers([(HEADER, self.id.as_str().into())])))
    }

    /// The parts of a transfer: at least one.
    pub(crate) fn parts(
        id: &str,
        cause: &str,
        source: &str,
        state: &[u8],
        facts: Vec<TransferredFact>,
    ) -> Vec<Self> {
        let part = |state: String, facts: Vec<TransferredFact>| Self {
            id: id.to_owned(),
            part: 0,
            parts: 0,
            cause: cause.to_owned(),
            passed: vec![source.to_owned()],
            state,
            facts,
        };
        let states = state.chunks(STATE_BYTES);
        let mut parts: Vec<Self> = states.map(|piece| part(hex(piece), vec![])).collect();
        let (mut held, mut bytes) = (vec![], 0);
        for fact in facts {
            let length = fact.message.get().len() + fact.id.len() + 48;
            if bytes + length > PART_BYTES && !held.is_empty() {
                parts.push(part(String::new(), std::mem::take(&mut held)));
                bytes = 0;
            }
            bytes += length;
            held.push(fact);
        }
        if !held.is_empty() || parts.is_empty() {
            parts.push(part(String::new(), held));
        }
        let count = parts.len() as u32;
        for (part, index) in parts.iter_mut().zip(0..) {
            part.part = index;
            part.parts = count;
        }
        parts
    }

    /// Whether a user who was merged into another, and whom this reaches, is to be themselves
    /// again: it was sent on by them to that other and came back, and of those in the circle they
    /// are bytewise the smallest.
    pub(crate) fn ends_at(&self, user: &str, merged_into: &str) -> bool {
        let circle = self.passed.iter().rposition(|passed| passed == user);
        let circle = circle.and_then(|from| self.passed.get(from..));
        circle.is_some_and(|circle| {
            // Who was merged into somebody else since then is in another circle, or in none.
            circle.get(1).is_some_and(|next| next == merged_into)
                && circle
                    .iter()
                    .all(|passed| user.as_bytes() <= passed.as_bytes())
        })
    }

    /// The state's bytes in its pieces, in the order of the parts; `None` if they are malformed.
    pub(crate) fn state(parts: &[Self]) -> Option<Vec<u8>> {
        let mut state = vec![];
        for part in parts {
            state.extend(unhex(&part.state)?);
        }
        Some(state)
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(ids: &[&str]) -> Transfer {
        let mut part = Transfer::parts("t", "c", "", &[], vec![]).remove(0);
        part.passed = ids.iter().map(|id| (*id).to_owned()).collect();
        part
    }

    #[test]
    fn a_circle_ends_at_the_bytewise_smallest_of_it() {
        assert!(!passed(&["a"]).ends_at("b", "a"));
        assert!(passed(&["a", "b"]).ends_at("a", "b"));
        assert!(!passed(&["b", "a"]).ends_at("b", "a"));
        assert!(passed(&["b", "a", "b"]).ends_at("a", "b"));
        // `a` leads into the circle of `b` and `c` and is not of it.
        assert!(passed(&["a", "b", "c"]).ends_at("b", "c"));
        // `b` was merged into another since.
        assert!(!passed(&["b", "c"]).ends_at("b", "a"));
    }

    #[test]
    fn parts_are_bounded_and_hold_everything_in_order() {
        let fact = |at: i64| TransferredFact {
            id: format!("e{at}"),
            at,
            message: RawValue::from_string(format!("{{\"x\":\"{}\"}}", "y".repeat(30_000)))
                .unwrap(),
        };
        let state = vec![0xab; STATE_BYTES + 1];
        let parts = Transfer::parts("t", "c", "s", &state, (0..40).map(fact).collect());
        let mut facts = vec![];
        for (index, part) in parts.iter().enumerate() {
            let (message, _) = part.message("u").unwrap();
            assert!(message.len() <= 500 * 1024, "{}", message.len());
            let read = Transfer::read(&message).unwrap();
            assert_eq!(
                (read.part as usize, read.parts as usize),
                (index, parts.len())
            );
            facts.extend(read.facts.into_iter().map(|fact| fact.at));
        }
        assert_eq!(facts, (0..40).collect::<Vec<_>>());
        assert_eq!(Transfer::state(&parts).unwrap(), state);
    }
}
