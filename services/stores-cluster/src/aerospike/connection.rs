//! The client of the servers, and how long its calls may take.
//!
//! The client drops a server that is gone and finds it again by itself. A call is over when its time is:
//! none waits for a server to come back.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use aerospike::{
    AdminPolicy, AuthMode, BasePolicy, BatchPolicy, Client, ClientPolicy, Concurrency, ErrorKind,
    QueryPolicy, ReadPolicy,
};
use stores::StoreError;
use tokio::time::Instant;

use super::failure::failure;
use super::options::{AerospikeOptions, Place};

/// How long to wait for the first server.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Between two tries.
const CONNECT_EVERY: Duration = Duration::from_millis(200);
/// Asks for the key of the group of servers.
const GROUP_KEY: &str = "cluster-stable:ignore-migrations=true";
/// A command about the servers, in milliseconds.
const INFO_MS: u32 = 1_000;
/// A read, with what of it is tried again.
const READ_MS: u32 = 1_000;
/// A batch of reads or writes.
const BATCH_MS: u32 = 2_000;
/// A query of a page of members, of which there may be many thousands.
const QUERY_MS: u32 = 10_000;
/// A server that says nothing for so long within any of them is not waited for.
const SILENCE_MS: u32 = 1_000;
/// Reads are tried again at once, as another server may have the record.
const RETRIES_MAX: usize = 2;
/// Connections to each server: calls beyond them wait.
const CONNECTIONS_MAX: usize = 64;

/// The client, and where the platform's records are.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) user_profiles: Place,
    pub(super) analytics: Place,
    pub(super) cache: Place,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("nodes", &self.client.node_names())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) async fn open(options: &AerospikeOptions) -> Result<Self, StoreError> {
        let mut policy = ClientPolicy {
            timeout: INFO_MS,
            max_conns_per_node: CONNECTIONS_MAX,
            ..ClientPolicy::default()
        };
        if !options.user.is_empty() {
            policy.auth_mode = AuthMode::Internal(options.user.clone(), options.password.clone());
        }
        let client = connect(&policy, &options.hosts).await?;
        let connection = Self {
            client,
            user_profiles: options.user_profiles.clone(),
            analytics: options.analytics.clone(),
            cache: options.cache.clone(),
        };
        connection.check_namespaces().await?;
        Ok(connection)
    }

    async fn check_namespaces(&self) -> Result<(), StoreError> {
        let told = self.info("namespaces").await?;
        for place in [&self.user_profiles, &self.analytics, &self.cache] {
            let namespace = place.namespace.as_str();
            if let Some(node) = told
                .iter()
                .find(|names| !names.split(';').any(|it| it == namespace))
            {
                return Err(StoreError::Conflict(format!(
                    "a server of Aerospike has no namespace `{namespace}`, but `{node}`"
                )));
            }
        }
        Ok(())
    }

    /// A number that is another one after servers came, went, or began anew: the key that they give their
    /// group each time.
    pub(super) async fn life(&self) -> Result<u64, StoreError> {
        let mut keys = self.info(GROUP_KEY).await?;
        if keys.iter().any(|key| u64::from_str_radix(key, 16).is_err()) {
            let reason = "the servers of Aerospike are regrouping".to_owned();
            return Err(StoreError::Unavailable(reason));
        }
        keys.sort_unstable();
        let mut hasher = DefaultHasher::new();
        keys.hash(&mut hasher);
        Ok(hasher.finish())
    }

    /// What every server answers.
    async fn info(&self, what: &str) -> Result<Vec<String>, StoreError> {
        let nodes = self.client.nodes();
        if nodes.is_empty() {
            let reason = "no server of Aerospike answers".to_owned();
            return Err(StoreError::Unavailable(reason));
        }
        let mut answers = vec![];
        for node in nodes {
            let answer = node.info(&admin(), &[what]).await;
            let mut answer = answer.map_err(|error| failure(&error))?;
            answers.push(answer.swap_remove(what).unwrap_or_default());
        }
        Ok(answers)
    }
}

/// Connects to a server that has begun; one that starts may refuse for some seconds.
async fn connect(policy: &ClientPolicy, hosts: &String) -> Result<Client, StoreError> {
    let deadline = Instant::now() + CONNECT_MAX;
    let late = format!("no server of Aerospike within {} s", CONNECT_MAX.as_secs());
    let mut last = StoreError::Unavailable(late);
    loop {
        match tokio::time::timeout_at(deadline, Client::new(policy, hosts)).await {
            Ok(Ok(client)) => return Ok(client),
            Ok(Err(error)) => {
                last = failure(&error);
                let is_wrong = matches!(error.kind(), ErrorKind::InvalidArgument);
                if is_wrong || Instant::now() + CONNECT_EVERY >= deadline {
                    return Err(last);
                }
            }
            Err(_) => return Err(last),
        }
        tokio::time::sleep(CONNECT_EVERY).await;
    }
}

pub(super) fn admin() -> AdminPolicy {
    AdminPolicy { timeout: INFO_MS }
}

fn base(total_ms: u32, retries_max: usize) -> BasePolicy {
    BasePolicy {
        socket_timeout: SILENCE_MS,
        total_timeout: total_ms,
        max_retries: retries_max,
        ..BasePolicy::default()
    }
}

/// Of one record, once: whoever counts must not count twice.
pub(super) fn write() -> BasePolicy {
    base(READ_MS, 0)
}

/// Of one record.
pub(super) fn read() -> ReadPolicy {
    ReadPolicy {
        base_policy: base(READ_MS, RETRIES_MAX),
    }
}

/// Of some records.
pub(super) fn batch_read() -> BatchPolicy {
    BatchPolicy {
        base_policy: base(BATCH_MS, RETRIES_MAX),
        ..BatchPolicy::default()
    }
}

/// Of some records, by servers all at once. What failed of it is told row by row.
pub(super) fn batch_write() -> BatchPolicy {
    BatchPolicy {
        base_policy: base(BATCH_MS, 0),
        concurrency: Concurrency::Parallel,
        respond_all_keys: true,
        ..BatchPolicy::default()
    }
}

/// By an index.
pub(super) fn query() -> QueryPolicy {
    QueryPolicy {
        base_policy: base(QUERY_MS, RETRIES_MAX),
        ..QueryPolicy::default()
    }
}
