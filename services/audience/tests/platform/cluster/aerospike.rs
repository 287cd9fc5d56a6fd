//! The platform with its serving view on Aerospike, which is killed and comes back empty.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use kit::clock::now;
use serde_json::json;
use store_contracts::aerospike::{Kept, Server};
use stores::Counter;

use crate::load::{Load, load, make_segments};
use crate::platform::{FREE_PORTS, Platform};
use crate::verify::{Deployment, everything_adds_up};

/// A platform on a server of its own; the log and the catalog are in its folder.
fn deployment(server: &Server, folder: &tempfile::TempDir) -> Deployment {
    let mut deployment = Deployment::embedded(&folder.path().join("data"));
    let hosts = ("AUDIENCE_AEROSPIKE_HOSTS", server.address().to_owned());
    deployment.environment.push(hosts);
    deployment
}

async fn health(platform: &Platform) -> serde_json::Value {
    let url = format!("{}/actuator/health", platform.segments);
    platform.get(&url).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_is_lost_is_written_again_while_the_platform_runs() {
    let Some(mut server) = Server::start(Kept::Nothing) else {
        return;
    };
    let (folder, began) = (tempfile::tempdir().unwrap(), now());
    let platform = deployment(&server, &folder).start();
    assert_eq!(
        health(&platform).await["components"]["aerospike"]["status"],
        "UP"
    );
    platform.create(&[("big", "totalSpent > 100")]).await;
    let mut expected: BTreeSet<String> = (0..700).map(|number| format!("user-{number}")).collect();
    let events = expected.iter().map(|user| purchase(user));
    let events = json!({"events": events.collect::<Vec<_>>()});
    let url = format!("{}/api/events/batch", platform.ingestion);
    assert_eq!(platform.post(url, &events).await.unwrap().0, 202);
    members_come_to(&platform, &expected).await;
    server.kill();
    while health(&platform).await["components"]["aerospike"]["status"] == "UP" {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The log and the owners go on without it.
    let url = format!("{}/api/events", platform.ingestion);
    let accepted = platform.post(url, &purchase("meanwhile")).await.unwrap();
    assert_eq!(accepted.0, 202);
    platform.caught_up().await;
    server.restart();
    expected.insert("meanwhile".to_owned());
    members_come_to(&platform, &expected).await;
    let url = format!("{}/api/segments/big", platform.segments);
    let is_whole = |segment: &serde_json::Value| {
        segment["size"] == 701 && (segment["dailyGrowth"] == 701 || has_new_day(began))
    };
    platform.until(&url, is_whole).await;
    let url = format!("{}/api/users/user-7", platform.rules);
    let spent = |answer: &serde_json::Value| answer["fields"]["totalSpent"] == 150.0;
    platform.until(&url, spent).await;
    let url = format!("{}/actuator/health", platform.segments);
    platform
        .until(&url, |health| health["status"] == "UP")
        .await;
    platform.server.stop();
}

/// Whether a day has begun since an instant.
fn has_new_day(since: i64) -> bool {
    Counter::DailyGrowth.begin_of(now()) > since
}

fn purchase(user: &str) -> serde_json::Value {
    json!({"userId": user, "eventType": "purchase", "properties": {"amount": 150}})
}

/// Waits until the members are as expected; the view may not answer meanwhile.
async fn members_come_to(platform: &Platform, expected: &BTreeSet<String>) {
    let url = format!("{}/api/segments/big/members?limit=1000", platform.segments);
    let members = |page: &serde_json::Value| -> BTreeSet<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|it| it["userId"].as_str().unwrap().to_owned())
            .collect()
    };
    platform
        .until(&url, |page| members(page) == *expected)
        .await;
}

/// What `audience serve` says when it cannot start.
fn refused(folder: &tempfile::TempDir, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.args(["serve", "--data"]).arg(folder.path());
    command.envs(FREE_PORTS).envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_configured_wrongly_ends_the_start_with_its_name() {
    let Some(server) = Server::start(Kept::Nothing) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let there = ("AUDIENCE_AEROSPIKE_HOSTS", server.address());
    let told = refused(
        &folder,
        &[there, ("AUDIENCE_AEROSPIKE_ANALYTICS", "nowhere")],
    );
    assert!(told.contains("no namespace `nowhere`"), "{told}");
    let told = refused(&folder, &[there, ("AUDIENCE_AEROSPIKE_ANALYTICS", "a b")]);
    assert!(told.contains("`aerospike.analytics`"), "{told}");
    for hosts in ["127.0.0.1:1", ":::"] {
        let told = refused(&folder, &[("AUDIENCE_AEROSPIKE_HOSTS", hosts)]);
        assert!(told.contains("is `aerospike.hosts` right"), "{told}");
        assert!(told.contains(hosts), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aerospike_it_answers_as_a_replay_of_the_log_does() {
    let Some(mut server) = Server::start(Kept::Nothing) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment(&server, &folder);
    let what = Arc::new(Load::default());
    let platform = Arc::new(deployment.start());
    make_segments(&platform, &what).await;
    let tasks = load(&platform.api, &what);
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.kill();
    server.restart();
    tokio::time::sleep(Duration::from_secs(1)).await;
    what.pause(tasks).await;
    platform.server.kill_now();
    // And once more while nobody writes to it.
    server.kill();
    server.restart();
    everything_adds_up(&deployment, &what).await;
}
