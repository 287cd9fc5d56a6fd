//! Parts of a state that travel apart from it.

use crate::state::UserState;

impl UserState {
    /// What a merge takes from its source's state beside the history: whether they exist, overrides, and the ids of
    /// recent facts; see [`crate::Merge::source`].
    #[must_use]
    pub fn handover(&self) -> Self {
        Self {
            user: self.user.clone(),
            now: self.now,
            exists: self.exists,
            overrides: self.overrides.clone(),
            dedupe: self.dedupe.clone(),
            ..Self::default()
        }
    }

    /// Whether it holds nothing that a history could have given: no field, no series, no fact that
    /// waits.
    pub fn is_blank(&self) -> bool {
        self.fields.is_empty() && self.series.is_empty() && self.pending.is_empty()
    }
}
