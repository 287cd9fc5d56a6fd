//! What one request may ask for.

/// Contexts in one request.
pub(crate) const CONTEXTS_MAX: usize = 1_000;
/// Users in one request.
pub(crate) const USER_IDS_MAX: usize = 1_000;
/// Bytes of a body, decompressed.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of rule text that one request may have evaluated: each rule counts once a context.
pub(crate) const EVALUATED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Evaluations of a rule that cost as much as checking it once.
pub(crate) const EVALUATIONS_PER_CHECK: usize = 8;
/// Bytes of rule text whose checked rules are kept.
pub(crate) const KEPT_RULES_BYTES_MAX: usize = 1024 * 1024;
/// Purposes or channels that one request may set consent for.
pub(crate) const CONSENTS_MAX: usize = 100;
/// Mergers of users that a question follows.
pub(crate) const MERGERS_MAX: usize = 16;
