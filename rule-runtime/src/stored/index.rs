//! From what stored things are called to their places in a rule set, and back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::rule_set::{EventTypeId, NameId, RuleSet};

/// Made once for a rule set, at its first stored state.
#[derive(Debug, Default)]
pub(crate) struct StoredIndex {
    /// By fingerprint.
    pub(crate) series: HashMap<u128, u32>,
    names: Vec<Arc<str>>,
    event_types: Vec<Arc<str>>,
}

impl StoredIndex {
    pub(super) fn name(&self, name: NameId) -> Option<&str> {
        self.names.get(name.0 as usize).map(|name| &**name)
    }

    pub(super) fn event_type(&self, event_type: EventTypeId) -> Option<&str> {
        self.event_types
            .get(event_type.0 as usize)
            .map(|event_type| &**event_type)
    }
}

impl RuleSet {
    pub(crate) fn stored_index(&self) -> &StoredIndex {
        self.stored_index.get_or_init(|| {
            let series = self.series.iter().zip(0..);
            StoredIndex {
                series: series
                    .map(|(plan, index)| (plan.fingerprint, index))
                    .collect(),
                names: by_id(self.names.iter().map(|(name, id)| (id.0, name))),
                event_types: by_id(self.event_types.iter().map(|(name, id)| (id.0, name))),
            }
        })
    }
}

/// Names by their ids, which are dense.
fn by_id<'a>(names: impl Iterator<Item = (u32, &'a Arc<str>)>) -> Vec<Arc<str>> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable_by_key(|(id, _)| *id);
    names.into_iter().map(|(_, name)| name.clone()).collect()
}
