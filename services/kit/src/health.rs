//! Whether a service works, and whether it is ready for requests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

type Check = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Whether what a service depends on works. Clones share the same components.
#[derive(Clone, Default)]
pub struct Health {
    components: Arc<Mutex<BTreeMap<&'static str, Check>>>,
    readiness: Readiness,
}

impl Health {
    /// No components yet; its process's readiness.
    pub fn new(readiness: Readiness) -> Self {
        let components = Arc::default();
        Self {
            components,
            readiness,
        }
    }

    /// Adds a component. `check` is cheap and does not block: it reads what others noted; its
    /// error is one line that may be shown to anybody.
    pub fn component(
        &self,
        name: &'static str,
        check: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) {
        lock(&self.components).insert(name, Arc::new(check));
    }

    /// How the components are now.
    pub fn report(&self) -> HealthReport {
        let checks = lock(&self.components).clone();
        HealthReport::of(checks.into_iter().map(|(name, check)| (name, check())))
    }

    /// How far the process's roles are.
    pub fn readiness(&self) -> HealthReport {
        let roles = lock(&self.readiness.roles).clone();
        HealthReport::of(roles.into_iter().map(|(name, is_ready)| {
            let starting = "the role is not ready".to_owned();
            (name, if is_ready { Ok(()) } else { Err(starting) })
        }))
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}

/// Which roles of a process are ready; shared by all of them, so that any port tells of every
/// role. A process without roles is ready.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    roles: Arc<Mutex<BTreeMap<&'static str, bool>>>,
}

impl Readiness {
    /// Notes whether a role is ready.
    pub fn set(&self, role: &'static str, is_ready: bool) {
        lock(&self.roles).insert(role, is_ready);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `{"status":"UP","components":{"log":{"status":"UP"}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HealthReport {
    status: Status,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<&'static str, ComponentReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct ComponentReport {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "Health")]
enum Status {
    Up,
    Down,
}

impl HealthReport {
    fn of(parts: impl Iterator<Item = (&'static str, Result<(), String>)>) -> Self {
        let components: BTreeMap<_, _> = parts
            .map(|(name, result)| {
                let status = if result.is_ok() {
                    Status::Up
                } else {
                    Status::Down
                };
                let detail = result.err();
                (name, ComponentReport { status, detail })
            })
            .collect();
        let is_up = components.values().all(|it| it.status == Status::Up);
        let status = if is_up { Status::Up } else { Status::Down };
        Self { status, components }
    }

    /// Whether every part of it is up.
    pub fn is_up(&self) -> bool {
        self.status == Status::Up
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_component_down_is_a_service_down() {
        let health = Health::default();
        health.component("log", || Ok(()));
        assert_eq!(
            serde_json::to_value(health.report()).unwrap(),
            json!({"status": "UP", "components": {"log": {"status": "UP"}}})
        );
        health.component("view", || Err("it does not answer".to_owned()));
        let report = health.report();
        assert!(!report.is_up());
        assert_eq!(
            serde_json::to_value(&report).unwrap()["components"]["view"],
            json!({"status": "DOWN", "detail": "it does not answer"})
        );
    }

    #[test]
    fn every_role_must_be_ready() {
        let readiness = Readiness::default();
        let health = Health::new(readiness.clone());
        assert!(health.readiness().is_up());
        readiness.set("segment-api", false);
        readiness.set("ingestion-api", true);
        assert!(!health.readiness().is_up());
        readiness.set("segment-api", true);
        assert!(health.readiness().is_up());
    }
}
