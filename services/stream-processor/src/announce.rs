//! Lets other processes know which partitions' owners are asked here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stores::{Directory, StoreError};
use tokio::sync::watch;

use crate::processor::Handle;
use crate::status::Status;

/// Between two looks at which owners have begun.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Between two looks at the directory: an owner that was replaced may have put its address last.
const CHECK_EVERY: Duration = Duration::from_secs(2);

impl Handle {
    /// Keeps the directory's entries of this process's partitions until the process is to end. An
    /// owner is announced once it has begun: whoever had the partition before is fenced then.
    pub fn announce(
        &self,
        directory: Arc<dyn Directory>,
        address: String,
    ) -> impl Future<Output = ()> + Send + 'static {
        let shutdown = self.parts.shutdown.clone();
        let mut announcer = Announcer {
            directory,
            address,
            assigned: self.assigned.clone(),
            statuses: self.statuses.clone(),
            announced: BTreeSet::new(),
            checked_at: Instant::now(),
        };
        async move {
            while !shutdown.is_requested() {
                if let Err(error) = announcer.look().await {
                    tracing::warn!(%error, "the directory of owners is behind");
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = shutdown.requested() => {}
                }
            }
        }
    }
}

struct Announcer {
    directory: Arc<dyn Directory>,
    address: String,
    assigned: watch::Receiver<BTreeSet<u32>>,
    statuses: Vec<Status>,
    announced: BTreeSet<u32>,
    checked_at: Instant,
}

impl Announcer {
    async fn look(&mut self) -> Result<(), StoreError> {
        let begun = self.begun();
        self.announced.retain(|partition| begun.contains(partition));
        if self.checked_at.elapsed() >= CHECK_EVERY {
            self.checked_at = Instant::now();
            let addresses = self.directory.addresses().await?;
            let is_told = |partition: &u32| addresses.get(partition) == Some(&self.address);
            self.announced.retain(is_told);
        }
        let missing: Vec<u32> = begun.difference(&self.announced).copied().collect();
        if !missing.is_empty() {
            self.directory.claim(&missing, &self.address).await?;
            self.announced.extend(missing);
        }
        Ok(())
    }

    /// The partitions whose owners have begun.
    fn begun(&self) -> BTreeSet<u32> {
        let assigned = self.assigned.borrow().clone();
        let begun = assigned.into_iter().filter(|partition| {
            let status = self.statuses.get(*partition as usize);
            status.is_some_and(|status| status.standing().is_some())
        });
        begun.collect()
    }
}
