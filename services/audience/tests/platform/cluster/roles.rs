//! Every role a process of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::apart::{Apart, PROCESSES};
use super::parts::Parts;
use crate::crash::{from_environment, seed};
use crate::load::{Load, load, make_segments};
use crate::machine::disk::Random;
use crate::verify::adds_up_while_running;

const PARTITIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn whichever_process_or_part_is_killed_nothing_is_lost_or_doubled() {
    let Some(mut parts) = Parts::make(PARTITIONS, true).await else {
        return;
    };
    let seed = seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let what = Arc::new(Load::default());
    let mut apart = Apart::start(&parts, PARTITIONS);
    make_segments(&apart.api, &what).await;
    let processes = PROCESSES.map(|(name, _)| name);
    let victims = [&processes[..], &["broker", "database", "aerospike"]].concat();
    for round in 0..from_environment("TEST_ROLE_KILLS", 10) {
        let victim = victims[round as usize % victims.len()];
        let tasks = load(&apart.api, &what);
        tokio::time::sleep(Duration::from_millis(500 + random.below(1_000))).await;
        let pause = Duration::from_millis(random.below(2_000));
        let began = Instant::now();
        kill(victim, &mut parts, &mut apart, pause).await;
        what.pause(tasks).await;
        // All work again before the next one is killed.
        apart.api.caught_up().await;
        println!(
            "round {round}: {victim}, all well after {:?}",
            began.elapsed()
        );
    }
    adds_up_while_running(&apart.api, &parts.deployment, &what).await;
    apart.stop();
}

/// Kills a process or a part and starts it again after a pause.
async fn kill(victim: &'static str, parts: &mut Parts, apart: &mut Apart, pause: Duration) {
    match victim {
        "broker" => {
            parts.broker.kill();
            tokio::time::sleep(pause).await;
            parts.broker.restart();
        }
        "database" => {
            parts.database.crash();
            tokio::time::sleep(pause).await;
            parts.database.start();
        }
        "aerospike" => {
            // Where there is none each process has a view of its own.
            if let Some(server) = &mut parts.aerospike {
                server.kill();
                tokio::time::sleep(pause).await;
                server.restart();
            }
        }
        process => {
            apart.kill(process);
            tokio::time::sleep(pause).await;
            if process == "processor-2" {
                apart.lose_disk(process);
            }
            apart.begin(process);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_through_works_with_every_role_a_process_of_its_own() {
    // Members and profiles come from the processes, then, not from a store that they share.
    let Some(parts) = Parts::make(PARTITIONS, false).await else {
        return;
    };
    let apart = Apart::start(&parts, PARTITIONS);
    let api = &apart.api;
    api.create(&[("vip", "totalSpent > 1000")]).await;
    for number in 1..=10 {
        let event = json!({
            "userId": format!("demo-user-{number}"), "eventType": "purchase",
            "properties": {"amount": 400 * number, "category": "electronics"},
        });
        let url = format!("{}/api/events", api.ingestion);
        assert_eq!(api.post(url, &event).await.unwrap().0, 202);
    }
    api.caught_up().await;
    // Through the console's port as well as at the service's own.
    for rules in [&api.rules, &api.segments] {
        for number in 1..=10 {
            let url = format!("{rules}/api/users/demo-user-{number}/segments");
            let is_in = 400 * number > 1000;
            let is_right = |answer: &serde_json::Value| {
                answer["segments"].as_array().unwrap().len() == usize::from(is_in)
            };
            api.until(&url, is_right).await;
        }
    }
    assert_eq!(api.members("vip").await.len(), 8);
    let url = format!("{}/api/segments/vip", api.segments);
    api.until(&url, |answer| answer["size"] == 8).await;
    let preview = json!({"rules": {"expression": "totalSpent > 2000"}});
    let url = format!("{}/api/segments:preview", api.segments);
    let (status, answer) = api.post(url, &preview).await.unwrap();
    assert_eq!((status, &answer["count"]), (200, &json!(5)), "{answer}");
    let users: Vec<String> = (1..=10)
        .map(|number| format!("demo-user-{number}"))
        .collect();
    let question = json!({"expression": "totalSpent", "userIds": users});
    let url = format!("{}/api/rules/evaluate", api.rules);
    let (_, answer) = api.post(url, &question).await.unwrap();
    let values = answer["results"].as_array().unwrap().iter();
    let values: Vec<f64> = values.map(|it| it["value"].as_f64().unwrap()).collect();
    let expected: Vec<f64> = (1..=10).map(|number| 400.0 * f64::from(number)).collect();
    assert_eq!(values, expected, "{answer}");
    let url = format!("{}/api/users/demo-user-3/explain?segment=vip", api.rules);
    let (_, answer) = api.get(&url).await;
    assert_eq!(answer["userId"], "demo-user-3", "{answer}");
    let url = format!("{}/api/users/nobody/explain?segment=vip", api.rules);
    assert_eq!(api.get(&url).await.0, 404);
    apart.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_apart_is_refused_on_stores_that_nobody_else_can_open() {
    let Some(parts) = Parts::start().await else {
        return;
    };
    let alone = [("AUDIENCE_KAFKA_BROKERS", "")];
    let refused = parts.audience(&["serve", "--role", "rule-engine"], &alone);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("kafka.brokers"), "{told}");
}
