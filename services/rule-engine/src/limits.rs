//! What one request may ask for.

use std::time::Duration;

/// Contexts in one request.
pub(crate) const CONTEXTS_MAX: usize = 1_000;
/// Users in one request.
pub(crate) const USER_IDS_MAX: usize = 1_000;
/// Bytes of a body, decompressed.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long one request may evaluate. Its time limit alone would not stop the thread that does.
pub(crate) const EVALUATION_TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of rule text whose checked rules are kept.
pub(crate) const KEPT_RULES_BYTES_MAX: usize = 1024 * 1024;
/// Purposes or channels that one request may set consent for.
pub(crate) const CONSENTS_MAX: usize = 100;
/// Mergers of users that a question follows.
pub(crate) const MERGERS_MAX: usize = 16;
