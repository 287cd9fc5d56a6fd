//! Calls of Segment's HTTP API as records.
//!
//! Source: Segment's spec (common fields, the six calls, batch). Fields that are not named here are
//! ignored, as Segment does.

mod records;

use kit::http::Fault;
use kit::schema::{Properties, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::{Reading, new_id, read_object};
use crate::sessions::{InSession, in_session};
use crate::timestamp::Now;
use crate::verdict::Refusal;

/// The kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
}

impl Kind {
    const NAMES: [(&str, Self); 6] = [
        ("track", Self::Track),
        ("identify", Self::Identify),
        ("page", Self::Page),
        ("screen", Self::Screen),
        ("group", Self::Group),
        ("alias", Self::Alias),
    ];

    fn named(name: Option<&str>) -> Result<Self, Fault> {
        let Some(name) = name else {
            return Err(crate::event::missing("type", "`track`, `identify`, …"));
        };
        if let Some((_, kind)) = Self::NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*kind);
        }
        let fault = Fault::new(format!("there is no type of call `{name}`")).at("/type");
        let known = Self::NAMES.map(|(name, _)| name);
        Err(fault.suggestion(match rulelang::nearest(name, known) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("use one of {}", known.join(", ")),
        }))
    }
}

/// What holds for a call that does not say it itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Defaults<'a> {
    /// The kind, where the path gives it.
    pub(crate) kind: Option<Kind>,
    /// The context of the batch.
    pub(crate) context: Option<&'a RawValue>,
    /// When the client sent it, by the client's clock.
    pub(crate) sent_at: Option<&'a str>,
}

/// A call as a client sends it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call<'a> {
    /// In a batch: `track`, `identify`, `page`, `screen`, `group` or `alias`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Makes a retry harmless for 24 hours; one is made where absent.
    message_id: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    previous_id: Option<String>,
    group_id: Option<String>,
    event: Option<String>,
    name: Option<String>,
    category: Option<String>,
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    traits: Option<&'a RawValue>,
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    context: Option<&'a RawValue>,
    #[schemars(with = "Option<Timestamp>")]
    timestamp: Option<String>,
    #[schemars(with = "Option<Timestamp>")]
    original_timestamp: Option<String>,
    #[schemars(with = "Option<Timestamp>")]
    sent_at: Option<String>,
}

/// Reads a call.
pub(crate) fn read_call(text: &str, defaults: Defaults<'_>, now: Now) -> Result<Reading, Refusal> {
    let mut call: Call = read_object(text)?;
    let event_id = call.message_id.take().unwrap_or_else(new_id);
    let read = read_records(&call, &event_id, defaults, now);
    let (facts, in_session) = read.map_err(|fault| Refusal::new(Some(&event_id), fault))?;
    let (fact, further) = facts;
    Ok(Reading {
        event_id,
        fact,
        further,
        in_session,
    })
}

fn read_records(
    call: &Call<'_>,
    event_id: &str,
    defaults: Defaults<'_>,
    now: Now,
) -> Result<(records::Facts, Option<InSession>), Fault> {
    let kind = match defaults.kind {
        Some(kind) => kind,
        None => Kind::named(call.kind.as_deref())?,
    };
    let timestamp = call.timestamp.as_deref();
    let timestamp = timestamp.or(call.original_timestamp.as_deref());
    let sent_at = defaults.sent_at.or(call.sent_at.as_deref());
    let common = records::Common {
        event_id,
        timestamp: now.corrected(timestamp, sent_at)?,
        context: call.context.or(defaults.context).map(RawValue::get),
    };
    let facts = match kind {
        Kind::Track => records::track(call, common),
        Kind::Identify => records::identify(call, common),
        Kind::Page => records::view(call, common, "page"),
        Kind::Screen => records::view(call, common, "screen"),
        Kind::Group => records::group(call, common),
        Kind::Alias => records::alias(call, common),
    }?;
    // An alias tells who somebody is, and nothing that they did.
    let context = common.context.filter(|_| kind != Kind::Alias);
    let in_session = in_session(context, &facts.0.user_id, common.timestamp);
    Ok((facts, in_session))
}
