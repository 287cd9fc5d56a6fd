//! Servers that die and come back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store_contracts::aerospike::{Kept, Server};
use store_contracts::view::user;
use stores::{Holding, StoreError, View, ViewStore};
use stores_cluster::aerospike::AerospikeView;

use crate::world::{World, until};

fn sizes() -> BTreeMap<String, u64> {
    BTreeMap::from([("vip".to_owned(), 1)])
}

async fn write_everything(view: &AerospikeView) {
    until(|| view.write(vec![user("ann", 0, 3, &[("vip", 5)])])).await;
    until(|| view.write_counts(0, sizes())).await;
    until(|| view.mark(0, 7)).await;
}

async fn holding(view: &AerospikeView) -> Holding {
    until(|| view.holding(0)).await
}

/// And the client that was there before finds what is written again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_everything_is_told_from_one_that_did_not() {
    let Some(mut server) = Server::start(Kept::Nothing) else {
        return;
    };
    let view = World::on(server.address()).view().await;
    write_everything(&view).await;
    let before = holding(&view).await;
    assert_eq!(before.mark, Some(7));
    assert_eq!(holding(&view).await, before);
    server.kill();
    let while_down = view.user("ann").await;
    assert!(
        matches!(while_down, Err(StoreError::Unavailable(_))),
        "{while_down:?}"
    );
    assert!(view.write(vec![user("bob", 0, 1, &[])]).await.is_err());
    assert!(view.check().await.is_err());
    server.restart();
    let after = holding(&view).await;
    assert_eq!(after.mark, None);
    assert_ne!(after.life, before.life);
    assert_eq!(until(|| view.user("ann")).await, None);
    write_everything(&view).await;
    assert_eq!(until(|| view.members("vip", None, 10)).await.len(), 1);
    assert_eq!(until(|| view.counts()).await, sizes());
    assert_eq!(holding(&view).await.mark, Some(7));
}

/// What had settled is there; of what had not, the other life tells.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_file_what_settled_outlives_the_server() {
    let Some(mut server) = Server::start(Kept::File) else {
        return;
    };
    let mut world = World::on(server.address());
    // Both places in the namespace with the file.
    world.options.analytics = "user_profiles/sizes".parse().unwrap();
    let view = world.view().await;
    write_everything(&view).await;
    let before = holding(&view).await;
    tokio::time::sleep(view.settles_in()).await;
    server.kill();
    server.restart();
    let after = holding(&view).await;
    assert_eq!(after.mark, Some(7));
    assert_ne!(after.life, before.life);
    let ann = until(|| view.user("ann")).await;
    assert_eq!(ann, Some(user("ann", 0, 3, &[("vip", 5)])));
    assert_eq!(until(|| view.members("vip", None, 10)).await.len(), 1);
    assert_eq!(until(|| view.counts()).await, sizes());
}

/// Every call has its time, after which it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_holds_up_nobody_for_ever() {
    let Some(server) = Server::start(Kept::Nothing) else {
        return;
    };
    let view = World::on(server.address()).view().await;
    write_everything(&view).await;
    server.hold();
    let calls = async {
        assert!(view.user("ann").await.is_err());
        assert!(view.members("vip", None, 10).await.is_err());
        assert!(view.counts().await.is_err());
        assert!(view.holding(0).await.is_err());
        assert!(view.write(vec![user("ann", 0, 4, &[])]).await.is_err());
        assert!(view.write_counts(0, BTreeMap::new()).await.is_err());
        assert!(view.mark(0, 8).await.is_err());
    };
    tokio::time::timeout(Duration::from_mins(5), calls)
        .await
        .unwrap();
    server.go_on();
    until(|| view.write(vec![user("ann", 0, 5, &[])])).await;
    assert_eq!(until(|| view.user("ann")).await.unwrap().rev, 5);
    assert_eq!(until(|| view.members("vip", None, 10)).await, []);
}

/// Whatever became of the writes that were under way, repeating them ends as if they had been done once.
#[tokio::test(flavor = "multi_thread")]
async fn writes_that_are_in_doubt_are_repeated_and_end_well() {
    let Some(mut server) = Server::start(Kept::File) else {
        return;
    };
    let view = World::on(server.address()).view().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let writers =
        (0..4).map(|writer| tokio::spawn(write(writer, Arc::clone(&view), Arc::clone(&is_over))));
    let writers: Vec<_> = writers.collect();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        server.restart();
    }
    is_over.store(true, Ordering::Relaxed);
    let mut expected = BTreeMap::new();
    for writer in writers {
        let (last, users) = writer.await.unwrap();
        expected.extend(users.into_iter().map(|id| (id, last)));
    }
    let members = until(|| view.members("vip", None, 1_000)).await;
    let members = members.into_iter().map(|it| (it.user_id, it.since));
    assert_eq!(members.collect::<BTreeMap<_, _>>(), expected);
}

/// Writes users again and again, as often as it takes, and once more after it is over.
async fn write(
    writer: u32,
    view: Arc<AerospikeView>,
    is_over: Arc<AtomicBool>,
) -> (i64, Vec<String>) {
    let ids: Vec<String> = (0..50)
        .map(|number| format!("user-{writer}-{number}"))
        .collect();
    for rev in 1.. {
        let is_last = is_over.load(Ordering::Relaxed);
        let users = ids
            .iter()
            .map(|id| user(id, 0, rev, &[("vip", rev.cast_signed())]));
        let users: Vec<_> = users.collect();
        until(|| view.write(users.clone())).await;
        if is_last {
            return (rev.cast_signed(), ids);
        }
    }
    (0, ids)
}
