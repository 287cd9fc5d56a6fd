//! The rules in force are put where other programs read them, and kept there.
//!
//! INVARIANT: what is put is in force: a segment that is being built keeps the rule of before. The cache
//! may lose everything; its mark tells, and everything is put again. It is kept beside the publisher, so
//! that a cache which does not answer holds up no definition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::clock::now;
use kit::shutdown::Shutdown;
use stores::catalog::{Segment, Status};
use stores::{CachedRule, Catalog, Lease, Leases, RuleCache, StoreError};

use crate::answer::json_form;

/// How long until the catalog and the cache are asked again if nothing wakes the keeper before.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Rules are put again so often, for they go by themselves.
const REFRESH_EVERY: Duration = Duration::from_hours(1);
/// Segments read and put at once.
const PAGE: usize = 500;

/// The lease of the one keeper at work, and how long after a crash another goes on.
const LEASE: &str = "rule-cache";
const LEASE_TIME: Duration = Duration::from_secs(5);

/// Keeps the rules in force in a cache. Of those of a deployment one is at work, the others stand by.
#[derive(Debug)]
pub struct RuleKeeper {
    catalog: Arc<dyn Catalog>,
    cache: Arc<dyn RuleCache>,
    lease: Lease,
    kept: Kept,
}

/// What this keeper has put.
#[derive(Debug, Default)]
struct Kept {
    /// The cache's mark; `None` before everything was put.
    mark: Option<u64>,
    /// Versions by segment.
    versions: BTreeMap<String, u32>,
    /// What the catalog was then; `None` while a segment is being built.
    seen: Option<Seen>,
    put_at: Option<Instant>,
}

/// What tells that the catalog has moved.
type Seen = (u64, Option<String>);

impl RuleKeeper {
    /// A keeper of the catalog's rules.
    pub fn new(
        catalog: Arc<dyn Catalog>,
        cache: Arc<dyn RuleCache>,
        leases: Arc<dyn Leases>,
    ) -> Self {
        Self {
            catalog,
            cache,
            lease: Lease::new(leases, LEASE, LEASE_TIME),
            kept: Kept::default(),
        }
    }

    /// Works until the process ends. A store that fails is tried again.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut wakeups = self.catalog.wakeups();
        while !shutdown.is_requested() {
            wakeups.mark_unchanged();
            if let Err(error) = self.step().await {
                tracing::warn!(%error, "the rules in force are not where others read them");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = wakeups.changed() => {}
                () = shutdown.requested() => {}
            }
        }
        self.lease.release().await;
    }

    /// Brings the cache to where the catalog is.
    async fn step(&mut self) -> Result<(), StoreError> {
        if !self.lease.is_held().await? {
            // Whoever has it may write anything.
            self.kept = Kept::default();
            return Ok(());
        }
        let is_old = |at: Instant| at.elapsed() >= REFRESH_EVERY;
        let marked = self.cache.marked().await?;
        let is_whole = marked.is_some() && marked == self.kept.mark;
        if !is_whole || self.kept.put_at.is_none_or(is_old) {
            self.kept = Kept::default();
        }
        // Before the segments: what changes meanwhile is looked at again.
        let open = self.catalog.open_definition().await?;
        let open = open.map(|open| open.definition_id);
        let seen = (self.catalog.revision().await?, open);
        if self.kept.seen.as_ref() == Some(&seen) {
            return Ok(());
        }
        let is_building = self.put_all().await?;
        if self.kept.mark.is_none() {
            let mark = now().max(0).cast_unsigned();
            self.cache.mark(mark).await?;
            (self.kept.mark, self.kept.put_at) = (Some(mark), Some(Instant::now()));
        }
        self.kept.seen = (!is_building).then_some(seen);
        Ok(())
    }

    /// Puts the rules that are new and removes those of segments that are not in force any more. Whether
    /// a segment is being built.
    async fn put_all(&mut self) -> Result<bool, StoreError> {
        let (mut before, mut is_building) = (self.kept.versions.clone(), false);
        let mut after: Option<String> = None;
        loop {
            let page = self.catalog.segments(after.as_deref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|segment| segment.id.clone());
            let mut new = vec![];
            for segment in page {
                is_building |= segment.status == Status::Building;
                if !matches!(segment.status, Status::Building | Status::Active) {
                    continue;
                }
                let known = before.remove(&segment.id);
                if segment.status == Status::Active && known != Some(segment.version) {
                    new.push(rule_of(segment));
                }
            }
            self.put(new).await?;
            if is_last {
                break;
            }
        }
        let gone: Vec<String> = before.into_keys().collect();
        self.cache.remove(gone.clone()).await?;
        for id in gone {
            self.kept.versions.remove(&id);
        }
        Ok(is_building)
    }

    async fn put(&mut self, rules: Vec<CachedRule>) -> Result<(), StoreError> {
        if rules.is_empty() {
            return Ok(());
        }
        let versions = rules
            .iter()
            .map(|rule| (rule.segment_id.clone(), rule.version));
        let versions: Vec<_> = versions.collect();
        self.cache.put(rules).await?;
        self.kept.versions.extend(versions);
        Ok(())
    }
}

fn rule_of(segment: Segment) -> CachedRule {
    CachedRule {
        json: json_form(&segment),
        segment_id: segment.id,
        version: segment.version,
        expression: segment.expression,
        updated_at: segment.updated_at,
    }
}
