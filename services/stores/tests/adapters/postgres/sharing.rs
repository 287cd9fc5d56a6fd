//! What processes that share a database tell one another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stores::{Directory, Lease, Leases};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{fixture, in_time};

const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn the_last_claim_of_a_partition_stands() {
    let Some(fixture) = fixture().await else {
        return;
    };
    let directory = &fixture.catalog;
    assert_eq!(directory.addresses().await.unwrap(), BTreeMap::new());
    directory
        .claim(&[0, 1, 2], "http://one:8085")
        .await
        .unwrap();
    directory.claim(&[2, 1], "http://two:8085").await.unwrap();
    directory.claim(&[], "http://nobody:8085").await.unwrap();
    let addresses = directory.addresses().await.unwrap();
    let expected = [(0, "one"), (1, "two"), (2, "two")];
    let expected = expected.map(|(partition, host)| (partition, format!("http://{host}:8085")));
    assert_eq!(addresses, BTreeMap::from(expected));
}

#[tokio::test]
async fn claims_of_the_same_partitions_do_not_wait_for_one_another_for_ever() {
    let Some(fixture) = fixture().await else {
        return;
    };
    let directory = Arc::new(fixture.catalog);
    let mut claims = JoinSet::new();
    for number in 0..20_u32 {
        let directory = Arc::clone(&directory);
        claims.spawn(async move {
            let mut partitions: Vec<u32> = (0..16).collect();
            partitions.rotate_left(number as usize % 16);
            directory.claim(&partitions, &number.to_string()).await
        });
    }
    for claim in in_time(claims.join_all()).await {
        claim.unwrap();
    }
    let addresses = directory.addresses().await.unwrap();
    let first = &addresses[&0];
    assert_eq!(addresses.len(), 16);
    assert!(addresses.values().all(|address| address == first));
}

#[tokio::test]
async fn of_many_who_ask_for_a_lease_one_has_it() {
    let Some(fixture) = fixture().await else {
        return;
    };
    let leases = Arc::new(fixture.catalog);
    let mut asked = JoinSet::new();
    for number in 0..20 {
        let leases = Arc::clone(&leases);
        asked.spawn(async move { leases.hold("x", &number.to_string(), LONG).await });
    }
    let given = in_time(asked.join_all()).await;
    let given = given.into_iter().filter(|given| *given.as_ref().unwrap());
    assert_eq!(given.count(), 1);
    assert!(leases.hold("y", "another", LONG).await.unwrap());
}

#[tokio::test]
async fn a_lease_goes_on_when_it_is_renewed_given_back_or_run_out() {
    let Some(fixture) = fixture().await else {
        return;
    };
    let leases = &fixture.catalog;
    let hold = async |holder, time| leases.hold("x", holder, time).await.unwrap();
    assert!(hold("one", LONG).await);
    assert!(!hold("two", LONG).await);
    leases.release("x", "two").await.unwrap();
    assert!(!hold("two", LONG).await, "it was not two's to give back");
    assert!(hold("one", LONG).await);
    leases.release("x", "one").await.unwrap();
    assert!(hold("two", Duration::from_millis(1)).await);
    in_time(async {
        while !hold("one", LONG).await {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_lease_outlives_the_process_that_had_it_no_longer_than_its_time() {
    let Some(fixture) = fixture().await else {
        return;
    };
    let leases: Arc<dyn Leases> = Arc::new(fixture.catalog);
    let dead = Lease::new(Arc::clone(&leases), "x", Duration::from_millis(200));
    let next = Lease::new(leases, "x", Duration::from_millis(200));
    assert!(dead.is_held().await.unwrap());
    in_time(async {
        while !next.is_held().await.unwrap() {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(!dead.is_held().await.unwrap());
}
