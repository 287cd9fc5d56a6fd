//! Who entered a segment last: the people whose stories the demo tells.

use rule_runtime::{Action, Change};

/// For each segment, everybody who entered it, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Latest {
    entered: Vec<(u32, String)>,
}

impl Latest {
    /// A change goes by.
    pub(crate) fn observe(&mut self, user: &str, change: &Change) {
        if change.action == Action::Added {
            self.entered.push((change.segment, user.to_owned()));
        }
    }

    /// Who entered a segment last and still `is_member`.
    pub(crate) fn of(&self, segment: u32, is_member: impl Fn(&str) -> bool) -> Option<&str> {
        let mut latest = self.entered.iter().rev();
        latest
            .find(|(of, user)| *of == segment && is_member(user))
            .map(|(_, user)| user.as_str())
    }
}
