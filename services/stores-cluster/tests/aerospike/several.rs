//! Several servers that share the records.

use std::collections::BTreeSet;

use aerospike::{AdminPolicy, Client};
use store_contracts::aerospike::{Kept, Server};
use store_contracts::view::user;
use stores::{StoreError, View, ViewStore};
use stores_cluster::aerospike::AerospikeView;

use crate::world::{World, until};

const USERS: usize = 3_000;

fn id(number: usize) -> String {
    format!("user-{number}")
}

/// Whether a client sees so many servers, all of which have what they are to have.
async fn stand(client: &Client, count: usize) -> Result<(), StoreError> {
    let nodes = client.nodes();
    let mut is_stable = nodes.len() == count;
    for node in nodes {
        let question = format!("cluster-stable:size={count}");
        let told = node.info(&AdminPolicy::default(), &[&question]).await;
        let told = told.ok().and_then(|mut told| told.swap_remove(&question));
        is_stable &= told.is_some_and(|told| !told.starts_with("ERROR"));
    }
    let not_yet = || StoreError::Unavailable("not yet".to_owned());
    is_stable.then_some(()).ok_or_else(not_yet)
}

async fn pages(view: &AerospikeView) -> Vec<String> {
    let mut paged: Vec<String> = vec![];
    loop {
        let after = paged.last().map(String::as_str);
        let page = until(|| view.members("vip", after, 400)).await;
        if page.is_empty() {
            return paged;
        }
        paged.extend(page.into_iter().map(|member| member.user_id));
    }
}

/// In one order, whoever has the records; and a server that leaves changes the life.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_whole_while_servers_come_and_go() {
    let Some(first) = Server::start(Kept::Nothing) else {
        return;
    };
    let world = World::on(first.address());
    let (view, client) = (world.view().await, world.client().await);
    let users: Vec<_> = (0..USERS)
        .map(|number| user(&id(number), 0, 1, &[("vip", 1)]))
        .collect();
    until(|| view.write(users.clone())).await;
    let alone = pages(&view).await;
    let all: BTreeSet<String> = (0..USERS).map(id).collect();
    assert_eq!((alone.len(), alone.iter().cloned().collect()), (USERS, all));
    let life = until(|| view.holding(0)).await.life;
    let mut second = first.join().unwrap();
    until(|| stand(&client, 2)).await;
    assert_eq!(pages(&view).await, alone);
    assert_ne!(until(|| view.holding(0)).await.life, life);
    let newer: Vec<_> = (0..USERS)
        .map(|number| user(&id(number), 0, 2, &[("vip", 2)]))
        .collect();
    until(|| view.write(newer.clone())).await;
    second.kill();
    until(|| stand(&client, 1)).await;
    assert_eq!(pages(&view).await, alone);
    let members = until(|| view.members("vip", None, USERS)).await;
    assert!(members.iter().all(|member| member.since == 2));
}
