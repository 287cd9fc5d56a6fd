//! Records of `user-events`, in the one form in which the log has them.

use bytes::Bytes;
use kit::http::Fault;
use kit::wire::{EVENT_BYTES_MAX, ID_BYTES_MAX, LOGGED_BYTES_MAX, check_properties};
use rulelang::time::format_timestamp;

/// A message before it is written.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) event_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) event_type: &'a str,
    /// In milliseconds.
    pub(crate) timestamp: i64,
    /// A JSON object or null.
    pub(crate) properties: Option<&'a str>,
    /// A JSON object or null.
    pub(crate) context: Option<&'a str>,
}

impl Message<'_> {
    /// The message as JSON on one line:
    /// `{"eventId","userId","eventType","timestamp","properties","context"}`.
    pub(crate) fn write(&self) -> Result<Bytes, Fault> {
        check_id(self.event_id, "eventId")?;
        check_id(self.user_id, "userId")?;
        check_id(self.event_type, "eventType")?;
        let properties = object(self.properties, "/properties")?;
        let context = object(self.context, "/context")?;
        let mut out = Vec::with_capacity(192 + properties.len() + context.len());
        out.extend_from_slice(b"{\"eventId\":");
        string(self.event_id, &mut out);
        out.extend_from_slice(b",\"userId\":");
        string(self.user_id, &mut out);
        out.extend_from_slice(b",\"eventType\":");
        string(self.event_type, &mut out);
        out.extend_from_slice(b",\"timestamp\":\"");
        out.extend_from_slice(format_timestamp(self.timestamp).as_bytes());
        out.extend_from_slice(b"\",\"properties\":");
        one_line(properties, &mut out);
        out.extend_from_slice(b",\"context\":");
        one_line(context, &mut out);
        out.push(b'}');
        if out.len() > LOGGED_BYTES_MAX {
            return Err(too_long(out.len()));
        }
        Ok(out.into())
    }
}

/// An event that is longer than allowed.
pub(crate) fn too_long(bytes: usize) -> Fault {
    let detail =
        format!("an event of {bytes} bytes is longer than the {EVENT_BYTES_MAX} bytes allowed");
    Fault::new(detail).suggestion("send less in one event")
}

/// Checks an id or a name: what a client says it is, under the key that it used.
pub(crate) fn check_id(id: &str, key: &str) -> Result<(), Fault> {
    if id.is_empty() {
        return Err(Fault::new(format!("`{key}` is empty")).at(format!("/{key}")));
    }
    if id.len() > ID_BYTES_MAX {
        let detail = format!("`{key}` is longer than {ID_BYTES_MAX} bytes");
        return Err(Fault::new(detail)
            .at(format!("/{key}"))
            .suggestion("shorten it"));
    }
    Ok(())
}

fn object<'a>(text: Option<&'a str>, pointer: &str) -> Result<&'a str, Fault> {
    let text = match text {
        None | Some("null") => return Ok("{}"),
        Some(text) => text,
    };
    check_properties(text).map_err(|error| {
        let fault = Fault::new(error.message).at(pointer);
        match error.fix {
            Some(fix) => fault.suggestion(fix),
            None => fault,
        }
    })?;
    Ok(text)
}

/// Writes a string as JSON.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    let length = out.len();
    if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing a string to memory cannot fail.
        out.truncate(length);
    }
}

/// Writes JSON without line breaks: in JSON, control characters stand between tokens only.
fn one_line(json: &str, out: &mut Vec<u8>) {
    if json.bytes().any(|byte| byte < b' ') {
        out.extend(json.bytes().filter(|byte| *byte >= b' '));
    } else {
        out.extend_from_slice(json.as_bytes());
    }
}
