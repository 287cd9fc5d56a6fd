//! Whether the stores work, part by part, for every service's health.

use std::fmt;
use std::sync::Arc;

use kit::health::Health;

type Check = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// A check of each part, by its name.
#[derive(Default)]
pub(crate) struct Checks(Vec<(&'static str, Check)>);

impl Checks {
    /// Adds a part; its check does not wait.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        check: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) {
        self.0.push((name, Arc::new(check)));
    }

    /// Adds all of them to a service's health.
    pub(crate) fn tell(&self, health: &Health) {
        for (name, check) in &self.0 {
            let check = Arc::clone(check);
            health.component(name, move || check());
        }
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}
