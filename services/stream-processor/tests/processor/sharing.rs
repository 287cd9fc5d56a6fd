//! Processors that share the partitions.

use std::collections::BTreeMap;

use serde_json::json;

use crate::amount;
use crate::platform::Platform;

const USERS: usize = 20;
const MOVES: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_moves_between_processors_loses_and_doubles_nothing() {
    let platform = Platform::start();
    let another = platform.another();
    platform
        .define("d1", "often", "COUNT(purchase WITHIN LAST 1 DAYS) >= 3")
        .await;
    for round in 0..MOVES {
        for user in 0..USERS {
            let (user, id) = (format!("user-{user}"), format!("e{round}"));
            platform.fact(&user, &id, "purchase", amount(1)).await;
        }
        let (from, to) = match round % 2 {
            0 => (&platform.share, &another.share),
            _ => (&another.share, &platform.share),
        };
        from.take(1).await;
        to.give(1);
    }
    let mut entered = BTreeMap::new();
    for _ in 0..USERS {
        let change = platform.change();
        let seq = change["headers"]["seq"].clone();
        let before = entered.insert(change["userId"].to_string(), seq);
        assert_eq!(before, None);
    }
    assert!(entered.values().all(|seq| *seq == json!(1)), "{entered:?}");
    for user in 0..USERS {
        let count = json!(MOVES);
        let is_counted = |view: &stores::UserView| view.fields.get("eventCount") == Some(&count);
        platform.view_of(&format!("user-{user}"), is_counted).await;
    }
    platform.stop();
    another.handle.join();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_answers_for_its_own_partitions_alone() {
    let platform = Platform::start();
    let another = platform.another();
    assert!(another.handle.has_begun()(), "it has none");
    for partition in 0..2 {
        platform.share.take(partition).await;
        another.share.give(partition);
    }
    platform.define("d1", "big", "totalSpent > 1").await;
    assert!(another.handle.has_begun()());
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    assert_eq!(platform.change()["userId"], "ann");
    let answer = another.handle.owners().explain("ann", "big").await;
    assert_eq!(answer.unwrap()["userId"], "ann");
    assert!(platform.owners().explain("ann", "big").await.is_err());
    platform.stop();
    another.handle.join();
}
