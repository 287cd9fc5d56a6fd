//! Owners in any process, asked over HTTP: each question goes to the process that the directory names
//! for the partition that it is about.
//!
//! INVARIANT: an answer comes from whoever owns the partition. A process that is asked for what it
//! does not own says so; then the directory is read again, for some seconds: a partition that goes to
//! another process has no owner for as long as that takes.

mod http_peer;
mod owners;
mod rounds;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use stores::{Directory, OwnersError, Peer, Question, Reply, StoreError, partition_of};

use http_peer::HttpPeer;

/// How long to look for an owner who answers.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long what the directory said is used.
const KNOWN_FOR: Duration = Duration::from_secs(1);
/// How many users in a row may have been merged into one another.
const MERGES_MAX: usize = 16;

/// The owners of all partitions, in whichever process they are.
#[derive(Debug)]
pub struct Peers {
    directory: Arc<dyn Directory>,
    partitions: u32,
    http: reqwest::Client,
    /// What is said for authorization; empty for nothing.
    key: String,
    own: Option<OwnProcess>,
    known: Mutex<Known>,
}

/// This process as one of them.
#[derive(Debug)]
pub struct OwnProcess {
    /// As the directory has it.
    pub address: String,
    /// Its owners.
    pub peer: Arc<dyn Peer>,
}

/// What the directory said last.
#[derive(Debug, Default)]
struct Known {
    addresses: Arc<BTreeMap<u32, String>>,
    /// `None` where it must be asked again.
    at: Option<Instant>,
}

impl Peers {
    /// The owners of so many partitions. `own` is asked without a detour.
    ///
    /// # Errors
    /// A client of HTTP that cannot be made.
    pub fn new(
        directory: Arc<dyn Directory>,
        partitions: u32,
        key: &str,
        own: Option<OwnProcess>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            directory,
            partitions,
            http: http_peer::client()?,
            key: key.to_owned(),
            own,
            known: Mutex::default(),
        })
    }

    /// Asks the owner of a user, or of whoever the user was merged into.
    async fn ask_of(
        &self,
        user_id: &str,
        question: impl Fn(String) -> Question,
    ) -> Result<serde_json::Value, OwnersError> {
        let until = Instant::now() + PATIENCE;
        let (mut user, mut merges) = (user_id.to_owned(), 0);
        loop {
            let reason = match self.ask_once(&user, &question).await {
                Ok(Reply::Answer(answer)) => return Ok(answer),
                Ok(Reply::Elsewhere(elsewhere)) => match elsewhere.users.get(&user) {
                    Some(other) if *other != user => {
                        user.clone_from(other);
                        merges += 1;
                        if merges > MERGES_MAX {
                            return Err(unavailable("users are merged in a circle").into());
                        }
                        continue;
                    }
                    _ => unavailable("the partition's owner changes"),
                },
                Err(OwnersError::Store(error @ StoreError::Unavailable(_))) => error,
                Err(error) => return Err(error),
            };
            self.again(until, reason).await?;
        }
    }

    async fn ask_once(
        &self,
        user: &str,
        question: &impl Fn(String) -> Question,
    ) -> Result<Reply, OwnersError> {
        let partition = partition_of(user, self.partitions);
        let addresses = self.addresses().await?;
        let address = addresses
            .get(&partition)
            .ok_or_else(|| unowned(partition))?;
        self.peer(address).ask(&question(user.to_owned())).await
    }

    /// Waits a little before the next try, which reads the directory again; gives up after `until`.
    async fn again(&self, until: Instant, reason: StoreError) -> Result<(), StoreError> {
        if Instant::now() >= until {
            return Err(reason);
        }
        self.known().at = None;
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// Where the owner of each partition is.
    async fn addresses(&self) -> Result<Arc<BTreeMap<u32, String>>, StoreError> {
        {
            let known = self.known();
            if known.at.is_some_and(|at| at.elapsed() < KNOWN_FOR) {
                return Ok(Arc::clone(&known.addresses));
            }
        }
        let addresses = Arc::new(self.directory.addresses().await?);
        *self.known() = Known {
            addresses: Arc::clone(&addresses),
            at: Some(Instant::now()),
        };
        Ok(addresses)
    }

    fn peer(&self, address: &str) -> Arc<dyn Peer> {
        match &self.own {
            Some(own) if own.address == address => Arc::clone(&own.peer),
            _ => Arc::new(HttpPeer::new(&self.http, address, &self.key)),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unowned(partition: u32) -> StoreError {
    StoreError::Unavailable(format!("partition {partition} has no owner yet"))
}

fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable(reason.to_owned())
}

/// An answer in the type of the port's method.
fn read<T: serde::de::DeserializeOwned>(answer: serde_json::Value) -> Result<T, StoreError> {
    serde_json::from_value(answer).map_err(|error| {
        StoreError::Unavailable(format!("an owner's answer is no answer: {error}"))
    })
}
