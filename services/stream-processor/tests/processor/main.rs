//! The processor on the embedded stores: records in, changes, view and answers out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod platform;
mod preview;
mod restoration;
mod sharing;

use serde_json::json;
use stores::PreviewRequest;

use platform::{BEGIN, HOUR, Platform};

const BIG: &str = "SUM(purchase.amount WITHIN LAST 2 HOURS) > 100";

fn amount(amount: u32) -> serde_json::Value {
    json!({ "amount": amount })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_becomes_a_change_and_shows_in_the_view() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    let change = platform.change();
    assert_eq!(
        (&change["userId"], &change["segmentId"], &change["action"]),
        (&json!("ann"), &json!("big"), &json!("added"))
    );
    let view = platform.view_of("ann", |view| view.exists).await;
    assert_eq!(view.segments[0].segment_id, "big");
    let next_changes = platform.owners().next_changes("ann").await.unwrap();
    assert_eq!(next_changes.get("big"), Some(&(BEGIN + 2 * HOUR)));
    assert_eq!(view.fields["totalSpent"], 150.0);
    assert_eq!(view.fields["eventCount"], 1);
    assert_eq!(view.fields["amount"], 150);
    platform.count_of("big", 1).await;
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_fires_by_a_tick_when_no_record_comes() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    assert_eq!(platform.change()["action"], "added");
    platform.wait_until(BEGIN + 3 * HOUR);
    let change = platform.change();
    assert_eq!(change["reason"], "expired");
    assert_eq!(change["timestamp"], "2023-11-15T00:13:20Z");
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_process_goes_on_where_the_last_one_ended() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(60)).await;
    let platform = platform.restart();
    platform.fact("ann", "e1", "purchase", amount(60)).await;
    platform.fact("ann", "e2", "purchase", amount(60)).await;
    let change = platform.change();
    assert_eq!(change["action"], "added");
    let view = platform
        .view_of("ann", |view| !view.segments.is_empty())
        .await;
    assert_eq!(view.fields["eventCount"], 2);
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_segment_is_filled_from_history() {
    let platform = Platform::start();
    for user in ["ann", "bob", "cid"] {
        platform.fact(user, "e1", "purchase", amount(150)).await;
    }
    platform.fact("dan", "e1", "purchase", amount(50)).await;
    platform.define("d1", "big", BIG).await;
    for _ in 0..3 {
        let change = platform.change();
        assert_eq!(change["headers"]["ce_cause"], "definition:big@1");
    }
    platform.count_of("big", 3).await;
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_become_one_across_partitions() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    let users = ["anon:1", "anon:2", "anon:3", "anon:4"];
    for (number, user) in users.iter().enumerate() {
        let id = format!("e{}", number / 2);
        platform.fact(user, &id, "purchase", amount(60)).await;
    }
    for (number, user) in users.iter().enumerate() {
        let id = format!("a{number}");
        platform
            .fact(user, &id, "$alias", json!({"to": "ann"}))
            .await;
        platform
            .fact(user, &format!("f{number}"), "page", json!({}))
            .await;
    }
    assert_eq!(platform.change()["userId"], "ann");
    // Of one person's purchases with one eventId one counts.
    let view = platform
        .view_of("ann", |view| {
            view.fields.get("eventCount") == Some(&json!(6))
        })
        .await;
    assert_eq!(view.fields["totalSpent"], 120.0);
    let view = platform.view_of("anon:1", |view| !view.exists).await;
    assert_eq!(view.merged_into.as_deref(), Some("ann"));
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_is_nobody_and_returns_in_the_next_epoch() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    assert_eq!(platform.change()["action"], "added");
    platform.fact("ann", "e2", "$delete", json!({})).await;
    let change = platform.change();
    assert_eq!(
        (&change["action"], &change["headers"]["epoch"]),
        (&json!("removed"), &json!(0))
    );
    let view = platform.view_of("ann", |view| !view.exists).await;
    assert!(view.fields.is_empty() && view.segments.is_empty());
    platform.fact("ann", "e3", "purchase", amount(150)).await;
    let change = platform.change();
    assert_eq!(change["headers"]["epoch"], 1);
    assert_eq!(change["headers"]["seq"], 1);
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_explain_evaluate_and_preview() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    platform.fact("bob", "e1", "purchase", amount(50)).await;
    platform.count_of("big", 1).await;
    platform.view_of("bob", |view| view.exists).await;
    let owners = platform.owners();
    let explained = owners.explain("ann", "big").await.unwrap();
    assert_eq!(explained["segments"][0]["isMember"], true);
    let evidence = &explained["segments"][0]["rule"]["operands"][0]["evidence"];
    assert_eq!(evidence["latest"][0]["eventId"], "e1");
    assert!(owners.explain("ann", "small").await.is_err());
    assert!(owners.explain("nobody", "big").await.is_err());
    let rules = json!({"expression": "totalSpent"});
    let users = ["ann", "nobody"].map(str::to_owned);
    let values = owners.evaluate(&rules, &json!({}), &users, None).await;
    assert_eq!(values.unwrap(), [json!(150.0), json!(0.0)]);
    let request = PreviewRequest {
        rules: json!({"expression": "NOT IN SEGMENT 'big'"}),
        schema: json!({}),
        sample: 10,
    };
    let preview = owners.preview(request).await.unwrap();
    assert_eq!((preview.count, preview.users), (1, 2));
    assert_eq!(preview.sample, ["bob"]);
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_used_stops_nobody_and_is_kept_once() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.raw("ann", b"\xff not json").await;
    platform.raw("", b"{\"eventType\":\"$unheard-of\"}").await;
    let long = vec![b' '; kit::wire::LOGGED_BYTES_MAX + 1];
    platform.raw("ann", &long).await;
    platform.fact("ann", "e1", "$unheard-of", json!({})).await;
    platform.fact("ann", "e2", "purchase", amount(150)).await;
    assert_eq!(platform.change()["action"], "added");
    // The next process reads the log again, for whoever is behind.
    let platform = platform.restart();
    platform.fact("ann", "e3", "purchase", amount(150)).await;
    platform
        .view_of("ann", |view| view.fields["eventCount"] == 2)
        .await;
    let dead = platform.dead("ann");
    let values: Vec<_> = dead.iter().map(|letter| letter.value.len()).collect();
    assert_eq!(values[..2], [b"\xff not json".len(), long.len()]);
    assert_eq!(&*dead[0].value, b"\xff not json");
    assert_eq!(dead.len(), 3);
    let headers = dead[0].headers.iter().map(|(name, _)| &**name);
    let expected = ["reason", "topic", "partition", "offset", "timestamp"];
    assert!(headers.eq(expected.map(|name| format!("dlq_{name}"))));
    assert_eq!(platform.dead("").len(), 1);
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_log_run_again_gives_the_same_changes() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    platform.fact("ann", "e1", "purchase", amount(150)).await;
    let lived = platform.change();
    let mut again = vec![];
    let replayed = stream_processor::replay(&*platform.events(), &mut |change| again.push(change));
    let replayed = replayed.unwrap();
    assert_eq!(replayed.members["big"], ["ann"]);
    let again = platform::told(&again[0].value, &again[0].headers);
    assert_eq!(
        (&again["timestamp"], &again["headers"]),
        (&lived["timestamp"], &lived["headers"])
    );
    platform.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_built_is_told_and_abandoned_and_later_definitions_go_on() {
    let platform = Platform::start();
    platform.define("d1", "big", BIG).await;
    let reason = platform.build("d2", "odd", "FUTURE(x) > 1").await.unwrap();
    assert!(reason.starts_with("the segment `odd`: "), "{reason}");
    // Neither a new process nor a publisher that asks again hears anything else.
    let platform = platform.restart();
    let again = platform.build("d2", "odd", "FUTURE(x) > 1").await;
    assert_eq!(again.as_ref(), Some(&reason));
    platform.abandon("d2").await;
    platform.abandon("d2").await;
    let after = platform.build("d2", "odd", "FUTURE(x) > 1").await;
    assert_eq!(after.as_ref(), Some(&reason));

    platform.define("d3", "small", "totalSpent < 10").await;
    platform.fact("ann", "e1", "purchase", amount(5)).await;
    let change = platform.change();
    assert_eq!(
        (&change["segmentId"], &change["action"]),
        (&json!("small"), &json!("added"))
    );
    platform.stop();
}
