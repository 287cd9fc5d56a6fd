//! Owners in several processes, asked over real HTTP; what each knows is made up.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod process;

use std::sync::Arc;

use serde_json::{Value, json};
use stores::{Counter, Owners, OwnersError, PreviewRequest, StoreError, View, partition_of};
use stores_cluster::peers::{OwnProcess, Peers};

use process::{KEY, PARTITIONS, Process, Registry};

/// Two processes that share the partitions, and a third that asks.
async fn two() -> (Arc<Registry>, [Arc<Process>; 2], Peers) {
    let registry = Arc::new(Registry::default());
    let one = Process::start(&[0, 1]).await;
    let two = Process::start(&[2, 3]).await;
    registry.put(&[0, 1], &one.address);
    registry.put(&[2, 3], &two.address);
    let peers = Peers::new(Arc::<Registry>::clone(&registry), PARTITIONS, KEY, None);
    (registry, [one, two], peers.unwrap())
}

/// Some user of a partition.
fn user_in(partition: u32) -> String {
    let mut users = (0..).map(|number| format!("user-{number}"));
    users
        .find(|user| partition_of(user, PARTITIONS) == partition)
        .unwrap()
}

async fn values(peers: &Peers, users: &[String]) -> Vec<Value> {
    let (rules, schema) = (json!({"expression": "x"}), json!({}));
    peers.evaluate(&rules, &schema, users, None).await.unwrap()
}

#[tokio::test]
async fn each_user_is_asked_for_where_they_are_and_answers_come_in_order() {
    let (_, _, peers) = two().await;
    let users: Vec<String> = (0..50).map(|number| format!("user-{number}")).collect();
    assert_eq!(values(&peers, &users).await, users);
    assert_eq!(values(&peers, &[]).await, Vec::<Value>::new());
    let twice = [user_in(3), user_in(0), user_in(3)];
    assert_eq!(values(&peers, &twice).await, twice);
    for user in &users {
        let explained = peers.explain(user, "vip").await.unwrap();
        assert_eq!(explained, json!({"userId": user, "segmentId": "vip"}));
        assert_eq!(&peers.user(user).await.unwrap().unwrap().user_id, user);
    }
}

#[tokio::test]
async fn a_user_who_was_merged_is_found_in_the_process_of_whoever_they_are_now() {
    let (_, [one, two], peers) = two().await;
    let (guest, middle, known) = (user_in(0), user_in(2), user_in(1));
    one.merge(&guest, &middle);
    two.merge(&middle, &known);
    let explained = peers.explain(&guest, "vip").await.unwrap();
    assert_eq!(explained["userId"], known);
    let users = [user_in(3), guest.clone(), known.clone(), middle];
    let expected = [user_in(3), known.clone(), known.clone(), known];
    assert_eq!(values(&peers, &users).await, expected);
}

#[tokio::test]
async fn users_merged_in_a_circle_end_in_an_error() {
    let (_, [one, two], peers) = two().await;
    one.merge(&user_in(0), &user_in(2));
    two.merge(&user_in(2), &user_in(0));
    let answer = peers.explain(&user_in(0), "vip").await;
    assert!(matches!(
        answer,
        Err(OwnersError::Store(StoreError::Unavailable(_)))
    ));
}

#[tokio::test]
async fn a_partition_that_moved_is_found_again() {
    let (registry, [one, two], peers) = two().await;
    let user = user_in(1);
    assert_eq!(peers.explain(&user, "vip").await.unwrap()["userId"], user);
    one.own(&[0]);
    let mover = async {
        // Nobody owns it for a while.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        two.own(&[1, 2, 3]);
        registry.put(&[1], &two.address);
    };
    let asked = async { peers.explain(&user, "vip").await.unwrap() };
    let (explained, ()) = tokio::join!(asked, mover);
    assert_eq!(explained["userId"], user);
    assert_eq!(peers.counts().await.unwrap()["vip"], 4);
    let grown = peers.counted(Counter::DailyGrowth, 5).await.unwrap();
    assert_eq!(grown["vip"], -20);
}

#[tokio::test]
async fn members_of_all_processes_come_in_one_order_page_by_page() {
    let (_, processes, peers) = two().await;
    let mut all: Vec<String> = (0..40).map(|number| format!("user-{number}")).collect();
    for process in &processes {
        process.members(&all);
    }
    all.sort_unstable();
    let (mut paged, mut after) = (vec![], None::<String>);
    loop {
        let page = peers.members("vip", after.as_deref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.user_id.clone());
        paged.extend(page.into_iter().map(|member| member.user_id));
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_preview_is_the_sum_of_all_processes() {
    let (_, [_, two], peers) = two().await;
    let request = || PreviewRequest {
        rules: json!({"expression": "x"}),
        schema: json!({}),
        sample: 3,
    };
    let preview = peers.preview(request()).await.unwrap();
    assert_eq!((preview.count, preview.users), (4, 40));
    assert_eq!(preview.sample, ["sample-0", "sample-1", "sample-2"]);
    assert!(preview.is_complete);
    two.cut_previews();
    assert!(!peers.preview(request()).await.unwrap().is_complete);
}

#[tokio::test]
async fn the_progress_of_a_process_that_is_gone_is_why_it_is_not_known() {
    let (registry, _, peers) = two().await;
    registry.put(&[3], "http://127.0.0.1:9");
    let progress = peers.progress().await.unwrap();
    let partitions = progress.iter().map(|one| one.partition);
    assert!(partitions.eq(0..PARTITIONS));
    let failures: Vec<bool> = progress.iter().map(|it| it.failure.is_some()).collect();
    assert_eq!(failures, [false, false, false, true]);
}

#[tokio::test]
async fn what_an_owner_refuses_is_refused_alike() {
    let (_, _, peers) = two().await;
    let refused = peers.explain(&user_in(0), "missing").await;
    let Err(OwnersError::NotFound(detail)) = refused else {
        return assert!(refused.is_err() && refused.is_ok(), "{refused:?}");
    };
    assert_eq!(detail, "there is no active segment `missing`");
    let (rules, users) = (json!({"expression": "wrong"}), [user_in(2)]);
    let refused = peers.evaluate(&rules, &json!({}), &users, None).await;
    assert!(matches!(refused, Err(OwnersError::Rule(_))), "{refused:?}");
}

#[tokio::test]
async fn this_process_is_asked_without_a_detour() {
    let registry = Arc::new(Registry::default());
    let other = Process::start(&[0, 1]).await;
    let own = Arc::new(Process::unreachable(&[2, 3]));
    registry.put(&[0, 1], &other.address);
    registry.put(&[2, 3], "this");
    let own = OwnProcess {
        address: "this".to_owned(),
        peer: own,
    };
    let peers = Peers::new(registry, PARTITIONS, KEY, Some(own)).unwrap();
    let users: Vec<String> = (0..PARTITIONS).map(user_in).collect();
    assert_eq!(values(&peers, &users).await, users);
}
