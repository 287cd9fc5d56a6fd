//! What every serving view keeps to.

use std::collections::BTreeMap;
use std::sync::Arc;

use stores::{UserView, View, ViewMembership};

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

async fn members(view: &dyn View, segment_id: &str) -> Vec<(String, i64)> {
    let found = view.members(segment_id, None, 100).await.unwrap();
    let members = found.into_iter().map(|one| (one.user_id, one.since));
    members.collect()
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    BTreeMap::from(counts.map(|(segment_id, count)| (segment_id.to_owned(), count)))
}

/// And one that was not written is not there.
pub async fn a_user_comes_back_as_written(view: Arc<dyn View>) {
    assert_eq!(view.user("ann").await.unwrap(), None);
    let ann = user("ann", 0, 3, &[("vip", 5)]);
    view.write(vec![ann.clone(), user("bob", 0, 1, &[])])
        .await
        .unwrap();
    assert_eq!(view.user("ann").await.unwrap(), Some(ann));
}

/// By (epoch, rev).
pub async fn an_older_record_never_replaces_a_newer_one(view: Arc<dyn View>) {
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
pub async fn of_one_users_records_in_a_call_the_newest_counts(view: Arc<dyn View>) {
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
pub async fn members_follow_the_records(view: Arc<dyn View>) {
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

/// By the bytes of their ids.
pub async fn members_come_in_pages_ascending(view: Arc<dyn View>) {
    let names = ["A", "a", "a\0b", "a!", "aa", "ü"];
    let users = names.iter().rev();
    view.write(users.map(|name| user(name, 0, 1, &[("vip", 1)])).collect())
        .await
        .unwrap();
    view.write(vec![user("z", 0, 1, &[("vi", 1), ("vip-2", 1)])])
        .await
        .unwrap();
    let mut after: Option<String> = None;
    let mut paged = Vec::new();
    loop {
        let page = view.members("vip", after.as_deref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.user_id.clone());
        paged.extend(page.into_iter().map(|member| member.user_id));
    }
    assert_eq!(paged, names);
    assert_eq!(
        view.members("vip", None, 1).await.unwrap()[0].reason,
        "rule_evaluation"
    );
}

/// A partition replaces its own alone.
pub async fn sizes_are_summed_over_partitions(view: Arc<dyn View>) {
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
