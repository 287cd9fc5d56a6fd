//! What one server takes from its callers.

use std::time::Duration;

/// What one server takes from its callers. A route may allow a longer body: see
/// [`BodyLimit`](super::BodyLimit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; more wait to be accepted.
    pub connections_max: usize,
    /// From the start of a request to the end of its headers; also how long an idle connection
    /// stays open.
    pub header_timeout: Duration,
    /// From the end of the headers to the end of the body.
    pub body_timeout: Duration,
    /// From the end of the headers to the start of the answer.
    pub request_timeout: Duration,
    /// How long requests under way may take to end once the server is told to.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
