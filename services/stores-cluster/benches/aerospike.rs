//! What the serving view takes on one server of Aerospike of this machine, beside the embedded one. Run
//! by hand: `cargo bench -p stores-cluster --bench aerospike`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on ends; what it found goes to standard output"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use store_contracts::aerospike::{Kept, Server};
use stores::embedded::{Options, Store};
use stores::{UserView, ViewMembership, ViewStore};
use stores_cluster::aerospike::{AerospikeOptions, AerospikeView};

const USERS: u64 = 200_000;
/// Users in one write, as owners write them.
const BATCH: u64 = 1_000;
const READS: u64 = 20_000;
const PAGES: usize = 200;
const PAGE: usize = 1_000;
const COUNTS: u64 = 200;

#[tokio::main]
async fn main() {
    let Some(server) = Server::start(Kept::Nothing) else {
        return;
    };
    let options = AerospikeOptions {
        hosts: server.address().to_owned(),
        user: String::new(),
        password: String::new(),
        user_profiles: "user_profiles".parse().unwrap(),
        analytics: "cache/analytics".parse().unwrap(),
        cache: "cache".parse().unwrap(),
    };
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    let aerospike = AerospikeView::open(&options).await.unwrap();
    measure("embedded", store.view()).await;
    measure("aerospike", Arc::new(aerospike)).await;
}

async fn measure(name: &str, view: Arc<dyn ViewStore>) {
    println!("\n{name}");
    for (what, rev, writers) in [
        ("new", 1, 1),
        ("changed", 2, 1),
        ("changed, 2 writers", 3, 2),
    ] {
        write(what, &view, rev, writers).await;
    }
    let mut took = vec![];
    for number in 0..READS {
        let started = Instant::now();
        let user = view.user(&id(number * 7_919 % USERS)).await.unwrap();
        took.push(started.elapsed());
        assert!(user.is_some());
    }
    tell("a user", took);
    for segment in ["all", "tenth", "rare"] {
        pages(&view, segment).await;
    }
    let mut took = vec![];
    for round in 0..COUNTS {
        let sizes = (0..100).map(|segment| (format!("segment-{segment}"), round + segment));
        let sizes: BTreeMap<String, u64> = sizes.collect();
        let started = Instant::now();
        view.write_counts(0, sizes).await.unwrap();
        took.push(started.elapsed());
    }
    tell("write the sizes of 100 segments", took);
    let mut took = vec![];
    for _ in 0..COUNTS {
        let started = Instant::now();
        assert_eq!(view.counts().await.unwrap().len(), 100);
        took.push(started.elapsed());
    }
    tell("the sizes of 100 segments", took);
}

async fn write(what: &str, view: &Arc<dyn ViewStore>, rev: u64, writers: u64) {
    let started = Instant::now();
    let writers = (0..writers).map(|writer| {
        let view = Arc::clone(view);
        tokio::spawn(async move {
            for batch in (0..USERS / BATCH).filter(|batch| batch % writers == writer) {
                let users = (batch * BATCH..(batch + 1) * BATCH).map(|number| user(number, rev));
                view.write(users.collect()).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let users = USERS as f64 / started.elapsed().as_secs_f64();
    println!("  write users, {what}: {users:.0}/s");
}

async fn pages(view: &Arc<dyn ViewStore>, segment: &str) {
    let (mut took, mut after, mut members) = (vec![], None::<String>, 0);
    for _ in 0..PAGES {
        let started = Instant::now();
        let page = view.members(segment, after.as_deref(), PAGE).await.unwrap();
        took.push(started.elapsed());
        members += page.len();
        after = page.last().map(|member| member.user_id.clone());
    }
    tell(
        &format!("{PAGE} members of `{segment}` ({members} in all)"),
        took,
    );
}

fn id(number: u64) -> String {
    format!("user-{number:07}")
}

fn user(number: u64, rev: u64) -> UserView {
    let mut segments = vec!["all", "recent"];
    segments.extend(number.is_multiple_of(10).then_some("tenth"));
    segments.extend(number.is_multiple_of(20_000).then_some("rare"));
    let segments = segments.into_iter().map(|segment| ViewMembership {
        segment_id: segment.into(),
        since: 1_700_000_000_000,
        reason: "rule_evaluation".into(),
    });
    let fields = json!({
        "lastActivity": "2024-01-15T10:30:00Z", "totalSpent": number, "eventCount": rev,
        "category": "electronics", "plan": "pro", "firstName": "John",
    });
    UserView {
        user_id: id(number),
        epoch: 0,
        rev,
        exists: true,
        fields: fields.as_object().unwrap().clone(),
        segments: segments.collect(),
        consent: BTreeMap::from([("email".to_owned(), true)]),
        merged_into: None,
        updated_at: 1_700_000_000_000,
    }
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!("  {what}: p50 {:.2?}, p99 {:.2?}", at(0.5), at(0.99));
}
