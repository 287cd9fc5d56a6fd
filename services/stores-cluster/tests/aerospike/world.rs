//! Views in places of their own, and a client beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aerospike::{Bins, Client, ClientPolicy, Key, ReadPolicy, Record, Value};
use store_contracts::aerospike::shared;
use stores::StoreError;
use stores_cluster::aerospike::{AerospikeOptions, AerospikeView};

/// How to reach a server, with sets of one's own.
pub(crate) struct World {
    pub(crate) options: AerospikeOptions,
    pub(crate) users: String,
    pub(crate) sizes: String,
    pub(crate) cache: String,
}

impl World {
    pub(crate) fn on(address: &str) -> Self {
        static SETS: AtomicU32 = AtomicU32::new(0);
        let number = SETS.fetch_add(1, Ordering::Relaxed);
        let (users, sizes) = (format!("users-{number}"), format!("analytics-{number}"));
        let cache = format!("cache-{number}");
        let options = AerospikeOptions {
            hosts: address.to_owned(),
            user: String::new(),
            password: String::new(),
            user_profiles: format!("user_profiles/{users}").parse().unwrap(),
            analytics: format!("cache/{sizes}").parse().unwrap(),
            cache: format!("cache/{cache}").parse().unwrap(),
        };
        Self {
            options,
            users,
            sizes,
            cache,
        }
    }

    pub(crate) async fn view(&self) -> Arc<AerospikeView> {
        Arc::new(AerospikeView::open(&self.options).await.unwrap())
    }

    /// A client that knows nothing of the view.
    pub(crate) async fn client(&self) -> Client {
        let hosts = &self.options.hosts;
        Client::new(&ClientPolicy::default(), hosts).await.unwrap()
    }
}

/// An empty view on the server that tests share; `None`, with a word about it, where there is none.
pub(crate) async fn view() -> Option<Arc<AerospikeView>> {
    Some(World::on(shared()?).view().await)
}

/// A record as it is there.
pub(crate) async fn record(client: &Client, namespace: &str, set: &str, key: &str) -> Record {
    let key = Key::new(namespace, set, Value::from(key)).unwrap();
    let policy = ReadPolicy::default();
    client.get(&policy, &key, Bins::All).await.unwrap()
}

/// Tries until it works, as those who write and read the view do.
pub(crate) async fn until<T, F: Future<Output = Result<T, StoreError>>>(
    mut attempt: impl FnMut() -> F,
) -> T {
    for _ in 0..600 {
        match attempt().await {
            Ok(done) => return done,
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never worked");
}
