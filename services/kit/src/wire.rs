//! The JSON shapes of the platform's messages, to and from the runtime's types.
//!
//! `user-events` lines become [`rule_runtime::Fact`]s in one pass over borrowed text that keeps
//! only the properties that some rule reads; changes of membership become `user-segments`
//! messages. Which lines are malformed never depends on the rules: every property is walked.

mod change;
mod error;
mod lists;
mod message;
mod names;
mod number;
mod place;
mod properties;
mod text;
mod value;
mod walk;

pub use change::{Metadata, change_line, encode_change, encode_change_message};
pub use error::WireError;
pub use message::{Body, Decoder, Header, Message, Missing};
pub use names::{EveryName, Names, NoName};
pub use properties::{check_properties, properties_from_json};
pub use value::value_to_json;

/// Bytes of one event's JSON as a client sends it.
pub const EVENT_BYTES_MAX: usize = 32 * 1024;
/// Bytes of one event as the log holds it: with the id and the timestamp that ingestion adds where
/// they are missing.
pub const LOGGED_BYTES_MAX: usize = EVENT_BYTES_MAX + 1024;
/// Depth of nested objects and arrays in one event, the event itself being the first.
pub const EVENT_DEPTH_MAX: usize = 64;
/// Bytes of an event id, a user id, an event type.
pub const ID_BYTES_MAX: usize = 256;
