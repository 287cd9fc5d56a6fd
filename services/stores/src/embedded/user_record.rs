//! How the view stores a user: what is compared at every write as bytes, the rest as JSON.
//!
//! ```text
//! record      version = 1 · epoch u32 · rev u64 · count u32 · [membership] · JSON of the user
//!             without memberships
//! membership  since i64 · reason (0 rule_evaluation, 1 manual, 2 expired) · length u16 · segment
//! ```
//!
//! Numbers are little-endian; memberships are in the order of their segments' bytes.

use std::collections::BTreeMap;

use bytestring::ByteString;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{UserView, ViewMembership};

use super::engine::Fault;

const VERSION: u8 = 1;
/// In the order of their codes.
const REASONS: [&str; 3] = ["rule_evaluation", "manual", "expired"];

/// What decides which of two records of a user is newer.
pub(super) type Age = (u32, u64);

/// A stored user, read as far as a write needs it.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) age: Age,
    /// Ascending by segment.
    pub(super) memberships: Vec<(&'a str, i64, u8)>,
    json: &'a [u8],
}

/// A [`UserView`] without memberships.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    user_id: &'a str,
    epoch: u32,
    rev: u64,
    exists: bool,
    fields: &'a Map<String, Value>,
    segments: [(); 0],
    consent: &'a BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<&'a str>,
    updated_at: i64,
}

/// The code of a reason; one that is not known is told as the first.
pub(super) fn reason_code(reason: &str) -> u8 {
    let code = REASONS.iter().position(|known| *known == reason);
    code.unwrap_or_default() as u8
}

/// The reason of a code.
pub(super) fn reason_of(code: u8) -> &'static str {
    REASONS.get(usize::from(code)).unwrap_or(&REASONS[0])
}

/// The stored form of a user, whose memberships are ascending by segment.
pub(super) fn encode(user: &UserView) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(256 + 32 * user.segments.len());
    out.push(VERSION);
    out.extend(user.epoch.to_le_bytes());
    out.extend(user.rev.to_le_bytes());
    out.extend((user.segments.len() as u32).to_le_bytes());
    for membership in &user.segments {
        out.extend(membership.since.to_le_bytes());
        out.push(reason_code(&membership.reason));
        out.extend((membership.segment_id.len() as u16).to_le_bytes());
        out.extend(membership.segment_id.as_bytes());
    }
    let rest = Rest {
        user_id: &user.user_id,
        epoch: user.epoch,
        rev: user.rev,
        exists: user.exists,
        fields: &user.fields,
        segments: [],
        consent: &user.consent,
        merged_into: user.merged_into.as_deref(),
        updated_at: user.updated_at,
    };
    serde_json::to_writer(&mut out, &rest).map_err(|_| Fault::corrupt("a user to write"))?;
    Ok(out)
}

impl<'a> Stored<'a> {
    pub(super) fn read(record: &'a [u8]) -> Result<Self, Fault> {
        Self::parse(record).ok_or_else(|| Fault::corrupt("a user of the view"))
    }

    fn parse(record: &'a [u8]) -> Option<Self> {
        let ([VERSION], rest) = record.split_first_chunk::<1>()? else {
            return None;
        };
        let (epoch, rest) = rest.split_first_chunk::<4>()?;
        let (rev, rest) = rest.split_first_chunk::<8>()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let mut memberships = vec![];
        for _ in 0..u32::from_le_bytes(*count) {
            let (since, after) = rest.split_first_chunk::<8>()?;
            let ([reason], after) = after.split_first_chunk::<1>()?;
            let (length, after) = after.split_first_chunk::<2>()?;
            let (segment, after) = after.split_at_checked(u16::from_le_bytes(*length).into())?;
            rest = after;
            let segment = str::from_utf8(segment).ok()?;
            memberships.push((segment, i64::from_le_bytes(*since), *reason));
        }
        Some(Self {
            age: (u32::from_le_bytes(*epoch), u64::from_le_bytes(*rev)),
            memberships,
            json: rest,
        })
    }

    /// All of it.
    pub(super) fn user(&self) -> Result<UserView, Fault> {
        let user: Result<UserView, _> = serde_json::from_slice(self.json);
        let mut user = user.map_err(|_| Fault::corrupt("a user of the view"))?;
        let memberships = self.memberships.iter();
        user.segments = memberships
            .map(|(segment, since, reason)| ViewMembership {
                segment_id: (*segment).into(),
                since: *since,
                reason: ByteString::from_static(reason_of(*reason)),
            })
            .collect();
        Ok(user)
    }
}
