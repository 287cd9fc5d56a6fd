//! What every serving view keeps to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stores::{Counted, Counter, UserView, ViewMembership, ViewStore};

/// When a day began.
const DAY: i64 = 1_705_276_800_000;

/// A user who is a member of segments since the given instants.
pub fn user(user_id: &str, epoch: u32, rev: u64, segments: &[(&str, i64)]) -> UserView {
    let segments = segments.iter().map(|(segment_id, since)| ViewMembership {
        segment_id: (*segment_id).into(),
        since: *since,
        reason: "rule_evaluation".into(),
    });
    UserView {
        user_id: user_id.to_owned(),
        epoch,
        rev,
        exists: true,
        fields: serde_json::Map::from_iter([("rev".to_owned(), rev.into())]),
        segments: segments.collect(),
        consent: BTreeMap::from([("email".to_owned(), true)]),
        merged_into: None,
        updated_at: rev as i64,
    }
}

async fn members(view: &dyn ViewStore, segment_id: &str) -> Vec<(String, i64)> {
    let found = view.members(segment_id, None, 100).await.unwrap();
    let members = found.into_iter().map(|one| (one.user_id, one.since));
    members.collect()
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    BTreeMap::from(counts.map(|(segment_id, count)| (segment_id.to_owned(), count)))
}

/// And one that was not written is not there.
pub async fn a_user_comes_back_as_written(view: Arc<dyn ViewStore>) {
    assert_eq!(view.user("ann").await.unwrap(), None);
    let ann = user("ann", 0, 3, &[("vip", 5)]);
    view.write(vec![ann.clone(), user("bob", 0, 1, &[])])
        .await
        .unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(ann));
}

/// By (epoch, rev).
pub async fn an_older_record_never_replaces_a_newer_one(view: Arc<dyn ViewStore>) {
    let newer = user("ann", 1, 1, &[("vip", 5)]);
    view.write(vec![newer.clone()]).await.unwrap();
    let older = [
        user("ann", 0, 9, &[("old", 1)]),
        user("ann", 1, 0, &[]),
        user("ann", 1, 1, &[("same", 1)]),
    ];
    view.write(older.to_vec()).await.unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(newer));
    assert_eq!(members(&*view, "vip").await, [("ann".to_owned(), 5)]);
    assert_eq!(members(&*view, "old").await, []);
    assert_eq!(members(&*view, "same").await, []);
}

/// Wherever it stands.
pub async fn of_one_users_records_in_a_call_the_newest_counts(view: Arc<dyn ViewStore>) {
    let records = vec![
        user("ann", 0, 1, &[("one", 1)]),
        user("ann", 0, 3, &[("three", 3)]),
        user("ann", 0, 2, &[("two", 2)]),
    ];
    view.write(records).await.unwrap();
    assert_eq!(view.user("ann").await.unwrap().unwrap().rev, 3);
    assert_eq!(members(&*view, "one").await, []);
    assert_eq!(members(&*view, "two").await, []);
    assert_eq!(members(&*view, "three").await, [("ann".to_owned(), 3)]);
}

/// In and out, with the instant.
pub async fn members_follow_the_records(view: Arc<dyn ViewStore>) {
    view.write(vec![user("ann", 0, 1, &[("a", 1), ("b", 1)])])
        .await
        .unwrap();
    view.write(vec![user("ann", 0, 2, &[("b", 2), ("c", 2)])])
        .await
        .unwrap();
    assert_eq!(members(&*view, "a").await, []);
    assert_eq!(members(&*view, "b").await, [("ann".to_owned(), 2)]);
    assert_eq!(members(&*view, "c").await, [("ann".to_owned(), 2)]);
    let mut gone = user("ann", 0, 3, &[]);
    gone.exists = false;
    view.write(vec![gone.clone()]).await.unwrap();
    assert_eq!(members(&*view, "b").await, []);
    assert_eq!(view.user("ann").await.unwrap(), Some(gone));
}

/// In whatever order, each once, and again from any of them on.
pub async fn members_come_once_each_over_pages(view: Arc<dyn ViewStore>) {
    let names = ["A", "a", "a\0b", "a!", "aa", "ü"];
    let more: Vec<String> = (0..200).map(|number| format!("user-{number}")).collect();
    let names = names.into_iter().chain(more.iter().map(String::as_str));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    let users = names.iter().rev();
    view.write(users.map(|name| user(name, 0, 1, &[("vip", 1)])).collect())
        .await
        .unwrap();
    view.write(vec![user("z", 0, 1, &[("vi", 1), ("vip-2", 1)])])
        .await
        .unwrap();
    let mut paged = pages(&*view, "vip", 7).await;
    assert_eq!(paged, pages(&*view, "vip", 100).await, "one order");
    // Who is passed may leave meanwhile.
    let passed = paged[99].clone();
    view.write(vec![user(&passed, 0, 2, &[])]).await.unwrap();
    let rest = view.members("vip", Some(&passed), 1_000).await.unwrap();
    let rest: Vec<String> = rest.into_iter().map(|member| member.user_id).collect();
    assert_eq!(rest, paged.split_off(100));
    paged.extend(rest);
    let all: BTreeSet<String> = paged.iter().cloned().collect();
    assert_eq!((all, paged.len()), (names.clone(), names.len()));
    let last = paged.last().map(String::as_str);
    assert_eq!(view.members("vip", last, 10).await.unwrap(), []);
    assert_eq!(view.members("vip", None, 0).await.unwrap(), []);
    let first = view.members("vip", None, 1).await.unwrap();
    assert_eq!(first[0].reason, "rule_evaluation");
}

/// A segment's members, page by page.
async fn pages(view: &dyn ViewStore, segment_id: &str, limit: usize) -> Vec<String> {
    let mut paged: Vec<String> = vec![];
    loop {
        let after = paged.last().map(String::as_str);
        let page = view.members(segment_id, after, limit).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return paged;
        }
        paged.extend(page.into_iter().map(|member| member.user_id));
    }
}

/// And of other partitions nothing.
pub async fn a_mark_is_there_until_the_view_is_lost(view: Arc<dyn ViewStore>) {
    let before = view.holding(1).await.unwrap();
    assert_eq!(before.mark, None);
    view.write_counts(1, counts([("a", 3)])).await.unwrap();
    view.mark(1, 7).await.unwrap();
    view.mark(1, u64::MAX - 7).await.unwrap();
    view.write_counts(1, counts([])).await.unwrap();
    let after = view.holding(1).await.unwrap();
    assert_eq!(after.mark, Some(u64::MAX - 7));
    assert_eq!(after.life, before.life);
    assert_eq!(view.holding(0).await.unwrap().mark, None);
    assert_eq!(view.counts().await.unwrap(), counts([]));
}

/// A partition replaces its own alone.
pub async fn sizes_are_summed_over_partitions(view: Arc<dyn ViewStore>) {
    assert_eq!(view.counts().await.unwrap(), counts([]));
    let first = counts([("a", 3), ("b", 2)]);
    view.write_counts(0, first).await.unwrap();
    let second = counts([("a", 4), ("c", 1)]);
    view.write_counts(1, second).await.unwrap();
    let sums = counts([("a", 7), ("b", 2), ("c", 1)]);
    assert_eq!(view.counts().await.unwrap(), sums);
    view.write_counts(0, counts([("a", 1), ("d", 0)]))
        .await
        .unwrap();
    let sums = counts([("a", 5), ("c", 1)]);
    assert_eq!(view.counts().await.unwrap(), sums);
}

fn counted<const N: usize>(begins_at: i64, counts: [(&str, i64); N]) -> Counted {
    let counts = counts.map(|(name, count)| (name.to_owned(), count));
    Counted {
        counter: Counter::DailyGrowth,
        begins_at,
        counts: counts.into(),
    }
}

/// Over partitions, by the span that each partition is in; sizes, marks and other counters are apart.
pub async fn what_is_counted_is_of_its_span_alone(view: Arc<dyn ViewStore>) {
    let of = async |begins_at| view.counted(Counter::DailyGrowth, begins_at).await.unwrap();
    assert_eq!(of(DAY).await, BTreeMap::new());
    view.write_counts(0, counts([("a", 3)])).await.unwrap();
    view.mark(0, 7).await.unwrap();
    for (partition, begins_at, grown) in [(0, DAY, 5), (1, DAY, -2)] {
        let written = counted(begins_at, [("a", grown), ("b", grown - 5), ("1", 1)]);
        view.write_counted(partition, written).await.unwrap();
    }
    let hourly = Counted {
        counter: Counter::HourlyEvents,
        ..counted(DAY, [("a", 100), ("a purchase: \u{0} \u{fc}", 2), ("*", 3)])
    };
    view.write_counted(0, hourly.clone()).await.unwrap();
    assert_eq!(
        of(DAY).await,
        counted(DAY, [("1", 2), ("a", 3), ("b", -7)]).counts
    );
    // A name that is not written keeps what it has; one of which nothing is left is not told.
    view.write_counted(1, counted(DAY, [("a", -5), ("b", 1)]))
        .await
        .unwrap();
    assert_eq!(of(DAY).await, counted(DAY, [("1", 2), ("b", 1)]).counts);
    view.write_counted(0, counted(DAY + 1, [("a", 4)]))
        .await
        .unwrap();
    assert_eq!(of(DAY + 1).await, counted(DAY, [("a", 4)]).counts);
    let hour = view.counted(Counter::HourlyEvents, DAY).await.unwrap();
    assert_eq!(hour, hourly.counts);
    assert_eq!(view.counts().await.unwrap(), counts([("a", 3)]));
    view.write_counts(0, counts([])).await.unwrap();
    assert_eq!(of(DAY + 1).await, counted(DAY, [("a", 4)]).counts);
    assert_eq!(view.holding(0).await.unwrap().mark, Some(7));
}
