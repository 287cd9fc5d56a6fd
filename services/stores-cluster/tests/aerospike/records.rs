//! What is in Aerospike, for whoever reads it beside the platform.

use std::collections::BTreeMap;
use std::time::Duration;

use aerospike::{Bin, Client, Key, ReadPolicy, Value, WritePolicy};
use serde_json::json;
use store_contracts::aerospike::shared;
use store_contracts::view::user;
use stores::{
    Access, CachedRule, Counted, Counter, RuleCache, Sessions, StoreError, UserView, View,
    ViewStore,
};
use stores_cluster::aerospike::AerospikeView;

use crate::world::{World, record, until};

fn text(text: &str) -> Value {
    Value::from(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_a_record_with_the_bins_that_others_know() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    let mut ann = user("ann", 2, 7, &[("vip", 5), ("electronics_buyer", 6)]);
    let fields = json!({
        "lastActivity": "2024-01-15T10:30:00Z",
        "totalSpent": 1500.25,
        "eventCount": 45,
        "plan": {"name": "pro"},
    });
    ann.fields = fields.as_object().unwrap().clone();
    view.write(vec![ann]).await.unwrap();
    let found = record(&client, "user_profiles", &world.users, "user:ann").await;
    let segments = Value::List(vec![text("electronics_buyer"), text("vip")]);
    assert_eq!(found.bins["segments"], segments);
    assert_eq!(found.bins["lastActivity"], text("2024-01-15T10:30:00Z"));
    assert_eq!(found.bins["totalSpent"], Value::from(1500.25));
    assert_eq!(found.bins["eventCount"], Value::from(45));
    assert_eq!(found.time_to_live(), None, "the view does not expire");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_leaves_a_record_that_guards() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    let mut ann = user("ann", 0, 7, &[("vip", 5)]);
    ann.fields = json!({"totalSpent": 10}).as_object().unwrap().clone();
    ann.merged_into = Some("bob".to_owned());
    view.write(vec![ann.clone()]).await.unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(ann.clone()));
    let gone = UserView {
        exists: false,
        rev: 8,
        fields: serde_json::Map::new(),
        segments: vec![],
        consent: BTreeMap::new(),
        merged_into: None,
        ..ann.clone()
    };
    view.write(vec![gone.clone()]).await.unwrap();
    let found = record(&client, "user_profiles", &world.users, "user:ann").await;
    assert!(!found.bins.contains_key("totalSpent"), "{found:?}");
    assert!(!found.bins.contains_key("mergedInto"), "{found:?}");
    view.write(vec![ann]).await.unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segments_size_is_a_record_with_a_bin_for_each_partition() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    for (partition, count) in [(0, 3), (1023, 4)] {
        let counts = BTreeMap::from([("vip".to_owned(), count)]);
        view.write_counts(partition, counts).await.unwrap();
    }
    let found = record(&client, "cache", &world.sizes, "segment:vip:count").await;
    assert_eq!(found.bins["p0"], Value::from(3));
    assert_eq!(found.bins["p1023"], Value::from(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_a_record_with_the_span_and_goes_by_itself() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    let counted = |counter, begins_at, name: &str| Counted {
        counter,
        begins_at,
        counts: BTreeMap::from([(name.to_owned(), -15)]),
    };
    let grown = counted(Counter::DailyGrowth, 1_705_276_800_000, "vip");
    view.write_counted(0, grown.clone()).await.unwrap();
    view.write_counted(1023, grown).await.unwrap();
    let hourly = counted(Counter::HourlyEvents, 1_705_312_800_000, "purchase");
    view.write_counted(0, hourly).await.unwrap();
    for (key, name, began, hours) in [
        (
            "segment:vip:daily_growth",
            ("segmentId", "vip"),
            1_705_276_800_000_i64,
            72,
        ),
        (
            "event:purchase:hourly",
            ("eventType", "purchase"),
            1_705_312_800_000,
            3,
        ),
    ] {
        let found = record(&client, "cache", &world.sizes, key).await;
        let in_span = Value::List(vec![Value::from(began), Value::from(-15)]);
        assert_eq!(found.bins["p0"], in_span, "{key}");
        assert_eq!(found.bins[name.0], text(name.1), "{key}");
        let left = found.time_to_live().unwrap().as_secs();
        assert!(
            (hours * 3_500..=hours * 3_600).contains(&left),
            "{key} {left}"
        );
    }
    let found = record(&client, "cache", &world.sizes, "segment:vip:daily_growth").await;
    assert!(found.bins.contains_key("p1023"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_a_record_with_the_bins_that_others_know() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    let sessions = view.sessions(Duration::from_mins(30));
    let at = kit::clock::now() - 600_000;
    for later in [0, 60_000] {
        let access = Access {
            user_id: "user123".to_owned(),
            first_at: at + later,
            last_at: at + later,
        };
        let accesses = BTreeMap::from([("abc123".to_owned(), access)]);
        sessions.note(&accesses).await.unwrap();
    }
    let found = record(&client, "cache", &world.cache, "session:abc123").await;
    let instant = |at| text(&rulelang::time::format_timestamp(at));
    assert_eq!(found.bins["userId"], text("user123"));
    assert_eq!(found.bins["created"], instant(at));
    assert_eq!(found.bins["lastAccess"], instant(at + 60_000));
    // Thirty minutes after the last access, which was nine minutes ago.
    let left = found.time_to_live().unwrap().as_secs();
    assert!((1_230..=1_260).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_a_record_that_other_programs_can_read() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    let cache = view.rule_cache();
    assert_eq!(cache.marked().await.unwrap(), None);
    cache.mark(7).await.unwrap();
    assert_eq!(cache.marked().await.unwrap(), Some(7));
    let rule = CachedRule {
        segment_id: "segment_123".to_owned(),
        version: 3,
        expression: "totalSpent > 1000".to_owned(),
        json: json!({"field": "totalSpent"}),
        updated_at: 1_705_314_600_000,
    };
    cache.put(vec![rule.clone()]).await.unwrap();
    let key = "rule:segment_123";
    let found = record(&client, "cache", &world.cache, key).await;
    assert_eq!(found.bins["expression"], text("totalSpent > 1000"));
    assert_eq!(found.bins["json"], text(r#"{"field":"totalSpent"}"#));
    assert_eq!(found.bins["version"], Value::from(3));
    assert_eq!(found.bins["updated"], text("2024-01-15T10:30:00Z"));
    assert_eq!(found.bins["fingerprint"], text(&rule.fingerprint()));
    // As `printf 'totalSpent > 1000' | sha256sum` has it.
    assert!(
        rule.fingerprint().starts_with("161e898bce3b1ff9"),
        "{}",
        rule.fingerprint()
    );
    assert!(found.bins.contains_key("lastUsed"));
    assert!(found.time_to_live().unwrap().as_secs() > 23 * 3_600);
    let ids = || vec!["segment_123".to_owned(), "unheard-of".to_owned()];
    cache.remove(ids()).await.unwrap();
    cache.remove(ids()).await.unwrap();
    let key = Key::new("cache", &*world.cache, Value::from(key)).unwrap();
    let there = client.exists(&ReadPolicy::default(), &key).await;
    assert!(!there.unwrap());
}

/// The server refuses a record beyond `max-record-size`, 1 MiB by default.
#[tokio::test(flavor = "multi_thread")]
async fn too_many_fields_are_left_out_and_hold_up_nobody() {
    let Some(address) = shared() else { return };
    let view = World::on(address).view().await;
    let mut large = user("large", 0, 1, &[("vip", 5)]);
    for number in 0..300 {
        let value = json!("x".repeat(8 * 1024));
        large.fields.insert(format!("field{number}"), value);
    }
    let mut users = vec![large];
    users.extend((0..20).map(|number| user(&format!("user-{number}"), 0, 1, &[("vip", 5)])));
    view.write(users).await.unwrap();
    let large = view.user("large").await.unwrap().unwrap();
    assert!(large.fields.is_empty());
    assert_eq!(large.segments[0].segment_id, "vip");
    assert_eq!(view.members("vip", None, 100).await.unwrap().len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_somebody_else_wrote_is_told_as_such_and_replaced() {
    let Some(address) = shared() else { return };
    let world = World::on(address);
    let (view, client) = (world.view().await, world.client().await);
    put(
        &client,
        &world.users,
        "user:ann",
        Bin::new("age", Value::from(3)),
    )
    .await;
    let told = view.user("ann").await;
    assert!(matches!(told, Err(StoreError::Corrupt(_))), "{told:?}");
    let ann = user("ann", 0, 0, &[("vip", 5)]);
    view.write(vec![ann.clone()]).await.unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(ann));
}

async fn put(client: &Client, set: &str, key: &str, bin: Bin) {
    let key = Key::new("user_profiles", set, Value::from(key)).unwrap();
    let policy = WritePolicy::default();
    client.put(&policy, &key, &[bin]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_is_not_there_is_refused_by_its_name() {
    let Some(address) = shared() else { return };
    let mut world = World::on(address);
    world.options.analytics = "analytics".parse().unwrap();
    let refused = AerospikeView::open(&world.options).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("`analytics`"), "{told}");
}

/// The page finds its way by what it learns of the segment's size.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_large_and_of_small_segments_are_whole() {
    let Some(address) = shared() else { return };
    let view = World::on(address).view().await;
    let users = (0..9_000).map(|number| {
        let segments: &[(&str, i64)] = match number {
            0..5 => &[("all", 1), ("few", 1)],
            _ => &[("all", 1)],
        };
        user(&format!("user-{number}"), 0, 1, segments)
    });
    view.write(users.collect()).await.unwrap();
    let mut known: Option<Vec<String>> = None;
    for limit in [10_000, 997, 4_000, 501] {
        let mut paged: Vec<String> = vec![];
        loop {
            let after = paged.last().map(String::as_str);
            let page = until(|| view.members("all", after, limit)).await;
            let is_last = page.len() < limit;
            paged.extend(page.into_iter().map(|member| member.user_id));
            if is_last {
                break;
            }
        }
        assert_eq!(paged.len(), 9_000, "{limit}");
        assert_eq!(*known.get_or_insert(paged.clone()), paged, "{limit}");
    }
    let few = view.members("few", None, 3).await.unwrap();
    let rest = view.members("few", Some(&few[2].user_id), 3).await.unwrap();
    assert_eq!((few.len(), rest.len()), (3, 2));
}
