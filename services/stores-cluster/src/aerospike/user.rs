//! A user's record. `segments`, `lastActivity`, `totalSpent` and `eventCount` are for whoever reads
//! Aerospike beside the platform; fields are told by `fields`, exactly.
//!
//! | bin | |
//! |---|---|
//! | `userId`, `epoch`, `rev`, `exists`, `updatedAt` | as in [`UserView`]; `exists` is 0 or 1 |
//! | `segments` | the list of the segments' ids, indexed |
//! | `memberships` | by segment, since when and why |
//! | `fields` | all fields, as JSON |
//! | `lastActivity`, `totalSpent`, `eventCount` | three of them, as they are there |
//! | `consent` | by purpose or channel, 0 or 1 |
//! | `mergedInto` | where the user was merged |

use std::collections::BTreeMap;

use aerospike::expressions::{Expression, and, bin_exists, eq, int_bin, int_val, lt, not, or};
use aerospike::{Bin, IndexMap, Record, Value};
use serde_json::{Map, Value as Json};
use stores::{Member, StoreError, UserView, ViewMembership};

use super::failure::corrupt;

pub(super) const USER_ID: &str = "userId";
pub(super) const SEGMENTS: &str = "segments";
pub(super) const MEMBERSHIPS: &str = "memberships";
const EPOCH: &str = "epoch";
const REV: &str = "rev";
const EXISTS: &str = "exists";
const UPDATED_AT: &str = "updatedAt";
const FIELDS: &str = "fields";
const CONSENT: &str = "consent";
const MERGED_INTO: &str = "mergedInto";
/// Fields that have a bin of their own, of the same name.
const SHOWN: [&str; 3] = ["lastActivity", "totalSpent", "eventCount"];

/// Bytes of a record beside its fields and memberships, about.
const BYTES: usize = 256;

type Bins = IndexMap<String, Value>;

/// The bins of a user, and their bytes, about.
pub(super) fn encode(user: &UserView) -> Result<(Vec<Bin>, usize), StoreError> {
    let fields = serde_json::to_string(&user.fields);
    let fields = fields.map_err(|_| corrupt("a user to write"))?;
    let bytes = BYTES + fields.len() + 100 * user.segments.len();
    let rev = i64::try_from(user.rev).map_err(|_| corrupt("a user to write"))?;
    let mut memberships: Vec<&ViewMembership> = user.segments.iter().collect();
    memberships.sort_unstable_by(|a, b| a.segment_id.cmp(&b.segment_id));
    let ids = memberships.iter().map(|it| text(&it.segment_id)).collect();
    let told = memberships.iter().map(|it| {
        let since_and_reason = vec![Value::Int(it.since), text(&it.reason)];
        (text(&it.segment_id), Value::List(since_and_reason))
    });
    let consent = user.consent.iter();
    let consent = consent.map(|(name, is_given)| (text(name), Value::Int((*is_given).into())));
    let mut bins = vec![
        Bin::new(USER_ID, text(&user.user_id)),
        Bin::new(EPOCH, Value::Int(user.epoch.into())),
        Bin::new(REV, Value::Int(rev)),
        Bin::new(EXISTS, Value::Int(user.exists.into())),
        Bin::new(UPDATED_AT, Value::Int(user.updated_at)),
        Bin::new(SEGMENTS, Value::List(ids)),
        Bin::new(MEMBERSHIPS, Value::OrderedMap(told.collect())),
        Bin::new(FIELDS, Value::String(fields)),
        Bin::new(CONSENT, Value::OrderedMap(consent.collect())),
    ];
    let merged_into = user.merged_into.iter();
    bins.extend(merged_into.map(|id| Bin::new(MERGED_INTO, text(id))));
    let shown = SHOWN.iter().filter_map(|name| {
        let value = native(user.fields.get(*name)?)?;
        Some(Bin::new(*name, value))
    });
    bins.extend(shown);
    Ok((bins, bytes))
}

/// That the record which is there is older than a user, or somebody else's, and so may be replaced.
pub(super) fn is_older_than(user: &UserView) -> Expression {
    let epoch = || int_val(user.epoch.into());
    // A larger one was refused when it was encoded.
    let rev = int_val(i64::try_from(user.rev).unwrap_or(i64::MAX));
    or(vec![
        not(bin_exists(EPOCH)),
        lt(int_bin(EPOCH), epoch()),
        and(vec![eq(int_bin(EPOCH), epoch()), lt(int_bin(REV), rev)]),
    ])
}

/// A user, as they were written.
pub(super) fn decode(record: &Record) -> Result<UserView, StoreError> {
    parse(&record.bins).ok_or_else(|| corrupt("a user"))
}

fn parse(bins: &Bins) -> Option<UserView> {
    let Value::List(ids) = bins.get(SEGMENTS)? else {
        return None;
    };
    let segments = ids.iter().map(|id| {
        let (since, reason) = membership(bins, id)?;
        Some(ViewMembership {
            segment_id: as_text(id)?.into(),
            since,
            reason: reason.into(),
        })
    });
    let consent = entries(bins.get(CONSENT)?)?;
    let consent = consent
        .iter()
        .map(|(name, is_given)| Some((as_text(name)?.to_owned(), as_int(is_given)? != 0)));
    let fields: Map<String, Json> = serde_json::from_str(as_text(bins.get(FIELDS)?)?).ok()?;
    Some(UserView {
        user_id: as_text(bins.get(USER_ID)?)?.to_owned(),
        epoch: as_int(bins.get(EPOCH)?)?.try_into().ok()?,
        rev: as_int(bins.get(REV)?)?.try_into().ok()?,
        exists: as_int(bins.get(EXISTS)?)? != 0,
        fields,
        segments: segments.collect::<Option<_>>()?,
        consent: consent.collect::<Option<BTreeMap<_, _>>>()?,
        merged_into: bins.get(MERGED_INTO).and_then(as_text).map(str::to_owned),
        updated_at: as_int(bins.get(UPDATED_AT)?)?,
    })
}

/// A record's user as a member of a segment; `None` of one who is not. The index may tell of somebody
/// who left it a moment ago.
pub(super) fn member(record: &Record, segment_id: &str) -> Option<Member> {
    let (since, reason) = membership(&record.bins, &text(segment_id))?;
    Some(Member {
        user_id: as_text(record.bins.get(USER_ID)?)?.to_owned(),
        since,
        reason: reason.to_owned(),
    })
}

fn membership<'a>(bins: &'a Bins, id: &Value) -> Option<(i64, &'a str)> {
    let Value::List(told) = entries(bins.get(MEMBERSHIPS)?)?.get(id)? else {
        return None;
    };
    let [since, reason] = told.as_slice() else {
        return None;
    };
    Some((as_int(since)?, as_text(reason)?))
}

/// A field as Aerospike has such values; `None` of what it is not worth showing.
fn native(value: &Json) -> Option<Value> {
    match value {
        Json::String(text) => Some(Value::String(text.clone())),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(Value::Int(whole)),
            None => Some(Value::Float(number.as_f64()?.into())),
        },
        _ => None,
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

pub(super) fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn entries(value: &Value) -> Option<&IndexMap<Value, Value>> {
    match value {
        Value::OrderedMap(entries) => Some(entries),
        _ => None,
    }
}
