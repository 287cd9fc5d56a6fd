//! Each kind of call as the records that it comes to.

use std::collections::BTreeMap;

use kit::http::Fault;
use serde_json::value::RawValue;

use super::Call;
use crate::event::{Fact, check_event_type, missing};
use crate::record::{Message, check_id, string};

/// A call's records: one, and one more where it says two things.
pub(super) type Facts = (Fact, Option<Fact>);

/// What all calls have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) event_id: &'a str,
    /// In milliseconds.
    pub(super) timestamp: i64,
    pub(super) context: Option<&'a str>,
}

impl Common<'_> {
    fn fact(
        self,
        user_id: String,
        event_type: &str,
        properties: Option<&str>,
    ) -> Result<Fact, Fault> {
        let message = Message {
            event_id: self.event_id,
            user_id: &user_id,
            event_type,
            timestamp: self.timestamp,
            properties,
            context: self.context,
        };
        let value = message.write()?;
        Ok(Fact { user_id, value })
    }

    /// The record that puts `source` together with `target`.
    fn merge(self, source: String, target: &str) -> Result<Fact, Fault> {
        check_id(target, "userId")?;
        let mut properties = b"{\"to\":".to_vec();
        string(target, &mut properties);
        properties.push(b'}');
        self.fact(
            source,
            "$alias",
            Some(&String::from_utf8_lossy(&properties)),
        )
    }
}

/// `track`: an event.
pub(super) fn track(call: &Call<'_>, common: Common<'_>) -> Result<Facts, Fault> {
    let event = call.event.as_deref();
    let event = event.ok_or_else(|| missing("event", "what happened"))?;
    check_event_type(event)?;
    let properties = call.properties.map(RawValue::get);
    Ok((common.fact(user(call)?, event, properties)?, None))
}

/// `identify`: traits; with both ids also that they are one person.
pub(super) fn identify(call: &Call<'_>, common: Common<'_>) -> Result<Facts, Fault> {
    let traits = call.traits.map(RawValue::get);
    let fact = common.fact(user(call)?, "$identify", traits)?;
    let merge = match (
        present(call.user_id.as_deref()),
        present(call.anonymous_id.as_deref()),
    ) {
        (Some(user), Some(anonymous)) => {
            let source = anonymous_user(anonymous)?;
            Some(common.merge(source, user)?)
        }
        _ => None,
    };
    Ok((fact, merge))
}

/// `page` and `screen`: events of that type, with the page's name and category as properties.
pub(super) fn view(call: &Call<'_>, common: Common<'_>, event_type: &str) -> Result<Facts, Fault> {
    let properties = call.properties.map(RawValue::get);
    let named = [("name", &call.name), ("category", &call.category)];
    let named = named.map(|(key, value)| Some((key, value.as_deref()?)));
    let named: Vec<(&str, &str)> = named.into_iter().flatten().collect();
    let user = user(call)?;
    if named.is_empty() {
        return Ok((common.fact(user, event_type, properties)?, None));
    }
    let properties = with_names(properties, &named)?;
    Ok((common.fact(user, event_type, Some(&properties))?, None))
}

/// The properties with those that they do not have yet.
fn with_names(properties: Option<&str>, named: &[(&str, &str)]) -> Result<String, Fault> {
    let text = properties.unwrap_or("null");
    let members: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(text)
        .map_err(|_| Fault::new("`properties` is not an object").at("/properties"))?;
    let members = members.unwrap_or_default();
    let mut out = vec![];
    let open = |key: &str, out: &mut Vec<u8>| {
        out.push(if out.is_empty() { b'{' } else { b',' });
        string(key, out);
        out.push(b':');
    };
    for (key, value) in named {
        if !members.contains_key(*key) {
            open(key, &mut out);
            string(value, &mut out);
        }
    }
    for (key, value) in &members {
        open(key, &mut out);
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
    String::from_utf8(out).map_err(|_| Fault::new("`properties` is not UTF-8 text"))
}

/// `group`: the group, and what is known of it.
pub(super) fn group(call: &Call<'_>, common: Common<'_>) -> Result<Facts, Fault> {
    let group = call.group_id.as_deref();
    let group = group.ok_or_else(|| missing("groupId", "the group that the user belongs to"))?;
    check_id(group, "groupId")?;
    let mut properties = b"{\"groupId\":".to_vec();
    string(group, &mut properties);
    properties.extend_from_slice(b",\"traits\":");
    let traits = call.traits.map_or("{}", RawValue::get);
    if !traits.starts_with('{') {
        return Err(Fault::new("`traits` is not an object").at("/traits"));
    }
    properties.extend_from_slice(traits.as_bytes());
    properties.push(b'}');
    let properties = String::from_utf8_lossy(&properties);
    Ok((common.fact(user(call)?, "$group", Some(&properties))?, None))
}

/// `alias`: the previous id and the user id are one person, who goes on as the latter.
pub(super) fn alias(call: &Call<'_>, common: Common<'_>) -> Result<Facts, Fault> {
    let target = present(call.user_id.as_deref())
        .ok_or_else(|| missing("userId", "who the user is from now on"))?;
    let source = match (
        present(call.previous_id.as_deref()),
        present(call.anonymous_id.as_deref()),
    ) {
        (Some(previous), _) => {
            check_id(previous, "previousId")?;
            previous.to_owned()
        }
        (None, Some(anonymous)) => anonymous_user(anonymous)?,
        (None, None) => return Err(missing("previousId", "who the user was until now")),
    };
    if source == target {
        return Err(Fault::new("`previousId` and `userId` are the same").at("/previousId"));
    }
    Ok((common.merge(source, target)?, None))
}

/// Whose call it is: the user, else the anonymous one.
fn user(call: &Call<'_>) -> Result<String, Fault> {
    match (
        present(call.user_id.as_deref()),
        present(call.anonymous_id.as_deref()),
    ) {
        (Some(user), _) => {
            check_id(user, "userId")?;
            Ok(user.to_owned())
        }
        (None, Some(anonymous)) => anonymous_user(anonymous),
        (None, None) => {
            let fault = missing("userId", "whose call it is; or `anonymousId`");
            Err(fault)
        }
    }
}

/// The user that an anonymous id stands for.
fn anonymous_user(anonymous_id: &str) -> Result<String, Fault> {
    let user = format!("anon:{anonymous_id}");
    match check_id(&user, "anonymousId") {
        Ok(()) => Ok(user),
        Err(fault) => Err(fault),
    }
}

/// An id that says something: Segment's clients send empty ones too.
fn present(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !id.is_empty())
}
