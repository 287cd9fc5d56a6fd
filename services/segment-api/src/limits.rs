//! What one request, and all segments together, may come to.

/// Segments, where nothing else is said.
pub(crate) const SEGMENTS_MAX_DEFAULT: u64 = 100_000;
/// Characters of a segment's name.
pub(crate) const NAME_CHARS_MAX: usize = 255;
/// Characters of a segment's description.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Users that a preview names at most.
pub(crate) const SAMPLE_MAX: usize = 100;
/// Users that a preview names where the request does not say.
pub(crate) const SAMPLE_DEFAULT: usize = 10;
/// Dependents that an answer names at most.
pub(crate) const DEPENDENTS_SHOWN_MAX: usize = 20;
/// Lists that rules may name.
pub(crate) const LISTS_MAX: usize = 1_000;
/// Characters of a list's name.
pub(crate) const LIST_NAME_CHARS_MAX: usize = 255;
/// Bytes of all lists together, as JSON: every definition that goes into the log carries them.
pub(crate) const LISTS_BYTES_MAX: usize = 256 * 1024;
