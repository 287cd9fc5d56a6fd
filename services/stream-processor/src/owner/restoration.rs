//! Whether the view has everything of the partition, and the writing of everything where it has not.
//!
//! The journal has a mark, and the view has one. INVARIANT: where they are the same, the view has
//! everything up to the users who the journal says are not surely in it. Where they differ (the view lost
//! what it had, is another one, or another process wrote a view of its own meanwhile) the journal gets a
//! new mark, every user is written, and when that has settled the view is marked too. So whatever dies
//! before that begins it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stores::StoreError;

use crate::partition::Partition;

/// Users in one write beside those who changed, so that these wait for a short while only.
const USERS_MAX: usize = 256;

/// The writing of everything, while it is going on.
#[derive(Debug, Default)]
pub(super) struct Restoration(Option<Course>);

#[derive(Debug)]
struct Course {
    /// What the journal has been marked with, and the view will be.
    mark: u64,
    /// The last user of whom it is known that they are written.
    after: Option<Vec<u8>>,
    /// The last user who was handed to the view.
    handed: Option<Vec<u8>>,
    /// How many were written.
    users: u64,
    /// When the last of all was written.
    written_at: Option<Instant>,
    /// Whether no server can die any more and take some of it along.
    is_settled: bool,
}

impl Restoration {
    /// Begins, or begins anew. `now` is the wall's instant, which makes the mark another one than any
    /// before it.
    pub(super) fn begin(&mut self, partition: &mut Partition, now: i64) {
        let before = partition.view_mark().unwrap_or_default();
        let mark = before.saturating_add(1).max(now.max(0).cast_unsigned());
        partition.set_view_mark(mark);
        self.0 = Some(Course {
            mark,
            after: None,
            handed: None,
            users: 0,
            written_at: None,
            is_settled: false,
        });
    }

    /// Begins anew if it was going on: what was written may be lost again.
    pub(super) fn begin_anew(&mut self) {
        if let Some(course) = &mut self.0 {
            (course.after, course.users) = (None, 0);
            (course.written_at, course.is_settled) = (None, false);
        }
    }

    /// Whether it is going on.
    pub(super) fn is_going_on(&self) -> bool {
        self.0.is_some()
    }

    /// How many users were written, while it is going on.
    pub(super) fn progress(&self) -> Option<u64> {
        self.0.as_ref().map(|course| course.users)
    }

    /// Whether there are users to write.
    pub(super) fn has_users(&self) -> bool {
        let course = self.0.as_ref();
        course.is_some_and(|course| course.written_at.is_none())
    }

    /// The next users to write.
    pub(super) fn users(&mut self, partition: &Partition) -> Result<Vec<Arc<str>>, StoreError> {
        let Some(course) = self.0.as_mut().filter(|course| course.written_at.is_none()) else {
            return Ok(vec![]);
        };
        let users = partition.users_after(course.after.as_deref(), USERS_MAX)?;
        course.handed = users.last().map(|user| user.as_bytes().to_vec());
        if users.is_empty() {
            course.written_at = Some(Instant::now());
        }
        Ok(users)
    }

    /// What was handed to the view is written.
    pub(super) fn written(&mut self, users: usize) {
        if let Some(course) = &mut self.0
            && let Some(handed) = course.handed.take()
        {
            course.after = Some(handed);
            course.users += users as u64;
        }
    }

    /// What was handed to the view may not be written.
    pub(super) fn not_written(&mut self) {
        if let Some(course) = &mut self.0 {
            (course.handed, course.written_at) = (None, None);
        }
    }

    /// The view answered a question that was asked at `asked_at`, and no server has died since the
    /// question before it.
    pub(super) fn settle(&mut self, asked_at: Instant, settles_in: Duration) {
        if let Some(course) = &mut self.0 {
            let written_at = course.written_at;
            course.is_settled |= written_at.is_some_and(|at| at + settles_in <= asked_at);
        }
    }

    /// The mark that the view is to get now.
    pub(super) fn due_mark(&self) -> Option<u64> {
        let course = self.0.as_ref().filter(|course| course.is_settled);
        course.map(|course| course.mark)
    }

    /// The view has a mark. How many users were written, if that ends it.
    pub(super) fn end(&mut self, mark: u64) -> Option<u64> {
        let course = self.0.take_if(|course| course.mark == mark);
        course.map(|course| course.users)
    }
}
