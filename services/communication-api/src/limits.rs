//! What one request, and one run at a time, may ask for.

use std::time::Duration;

/// Campaigns of a deployment.
pub(crate) const CAMPAIGNS_MAX: u64 = 10_000;
/// Characters of a campaign's id: a run's id, which adds a number, fits its column.
pub(crate) const ID_MAX: usize = 41;
/// Characters of a campaign's or a template's name.
pub(crate) const NAME_MAX: usize = 255;
/// Fields that a message is personalised with.
pub(crate) const PERSONALIZATION_FIELDS_MAX: usize = 100;
/// From one start of a recurring campaign to the next, at least; in milliseconds.
pub(crate) const EVERY_MS_MIN: i64 = 60_000;
/// From one start of a recurring campaign to the next, at most; in milliseconds.
pub(crate) const EVERY_MS_MAX: i64 = 366 * 86_400_000;
/// Runs of a campaign that are shown, the newest.
pub(crate) const RUNS_SHOWN_MAX: usize = 100;
/// Members that a dry run looks at.
pub(crate) const DRY_RUN_MEMBERS_MAX: u64 = 100_000;
/// Notifications that a dry run shows.
pub(crate) const DRY_RUN_SAMPLE_MAX: usize = 10;
/// Members listed at once.
pub(crate) const PAGE_MEMBERS: usize = 500;
/// Bytes of messages appended at once.
pub(crate) const APPEND_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Runs under way at once; more wait.
pub(crate) const RUNS_AT_ONCE_MAX: usize = 4;
/// How long the scheduler waits at most before it looks again, also after a failure.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);
