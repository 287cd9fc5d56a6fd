//! The rules in force are where other programs read them, and come back there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kit::shutdown::Shutdown;
use segment_api::RuleKeeper;
use serde_json::{Value, json};
use stores::{CachedRule, EveryLease, RuleCache, StoreError};

use crate::support::Platform;

/// A cache in memory.
#[derive(Debug, Default)]
struct Memory(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    rules: BTreeMap<String, CachedRule>,
    mark: Option<u64>,
    is_away: bool,
}

#[async_trait]
impl RuleCache for Memory {
    async fn put(&self, rules: Vec<CachedRule>) -> Result<(), StoreError> {
        let mut held = self.0.lock().unwrap();
        if held.is_away {
            return Err(StoreError::Unavailable("it is away".to_owned()));
        }
        let rules = rules
            .into_iter()
            .map(|rule| (rule.segment_id.clone(), rule));
        held.rules.extend(rules);
        Ok(())
    }

    async fn remove(&self, segment_ids: Vec<String>) -> Result<(), StoreError> {
        let mut held = self.0.lock().unwrap();
        held.rules.retain(|id, _| !segment_ids.contains(id));
        Ok(())
    }

    async fn marked(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.0.lock().unwrap().mark)
    }

    async fn mark(&self, mark: u64) -> Result<(), StoreError> {
        self.0.lock().unwrap().mark = Some(mark);
        Ok(())
    }
}

impl Memory {
    fn rule(&self, id: &str) -> Option<CachedRule> {
        self.0.lock().unwrap().rules.get(id).cloned()
    }

    fn version(&self, id: &str) -> Option<u32> {
        self.rule(id).map(|rule| rule.version)
    }

    /// Waits until a segment's rule is of a version, or gone.
    async fn until(&self, id: &str, version: Option<u32>) {
        for _ in 0..1_000 {
            if self.version(id) == version {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("`{id}` is {:?}", self.rule(id));
    }
}

/// Brings what was saved into force; its build and switch are at these offsets.
async fn bring_into_force(platform: &Platform, build_at: u64) {
    let build = platform.control(0, build_at).await;
    for partition in 0..2 {
        platform.report(&build, partition, 1, 1).await;
    }
    platform.control(1, build_at + 1).await;
}

fn start(platform: &Platform, cache: &Arc<Memory>) -> Shutdown {
    let (shutdown, port) = (Shutdown::new(), Arc::<Memory>::clone(cache));
    let keeper = RuleKeeper::new(platform.catalog.clone(), port, Arc::new(EveryLease));
    tokio::spawn(keeper.run(shutdown.clone()));
    shutdown
}

#[tokio::test]
async fn a_rule_is_there_from_its_switch_on_until_its_segment_goes() {
    let platform = Platform::new().await;
    let (publisher, cache) = (platform.start_publisher(), Arc::new(Memory::default()));
    let shutdown = start(&platform, &cache);
    platform.create("vip", "totalSpent>1000").await.is(201);
    platform.control(0, 0).await;
    assert_eq!(cache.rule("vip"), None, "it is being built");
    bring_into_force(&platform, 0).await;
    cache.until("vip", Some(1)).await;
    let rule = cache.rule("vip").unwrap();
    assert_eq!(rule.expression, "totalSpent > 1000");
    let expected = json!({"field": "totalSpent", "operator": "gt", "value": 1000});
    assert_eq!(rule.json, expected);
    platform.publish("vip", "totalSpent > 2000").await.is(200);
    platform.control(0, 2).await;
    assert_eq!(cache.version("vip"), Some(1), "the next is being built");
    bring_into_force(&platform, 2).await;
    cache.until("vip", Some(2)).await;
    assert_ne!(cache.rule("vip").unwrap().fingerprint(), rule.fingerprint());
    let gone = platform.ask("DELETE /api/segments/vip", Value::Null).await;
    assert!(gone.status.is_success(), "{gone:?}");
    bring_into_force(&platform, 4).await;
    cache.until("vip", None).await;
    shutdown.request();
    publisher.stop().await;
}

#[tokio::test]
async fn what_the_cache_lost_is_put_again() {
    let platform = Platform::new().await;
    let (publisher, cache) = (platform.start_publisher(), Arc::new(Memory::default()));
    let shutdown = start(&platform, &cache);
    platform.create("vip", "totalSpent > 1000").await.is(201);
    cache.0.lock().unwrap().is_away = true;
    bring_into_force(&platform, 0).await;
    // A cache that is away holds up no definition.
    platform.until_status("vip", "active").await;
    assert_eq!(cache.rule("vip"), None);
    cache.0.lock().unwrap().is_away = false;
    cache.until("vip", Some(1)).await;
    *cache.0.lock().unwrap() = Held::default();
    cache.until("vip", Some(1)).await;
    shutdown.request();
    publisher.stop().await;
}
