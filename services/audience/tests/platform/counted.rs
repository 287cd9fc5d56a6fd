//! What is counted by the day and by the hour, held to the changes and to what was accepted.

use std::collections::BTreeMap;

use kit::clock::now;
use rulelang::time::parse_timestamp;
use serde_json::Value;
use stores::Counter;

use crate::load::Load;
use crate::platform::Api;

/// Each segment has grown today by what its changes of today add up to.
pub(crate) async fn growth_is_that_of_the_changes(api: &Api, changes: &[Value]) {
    let url = format!("{}/api/segments?limit=1000", api.segments);
    let is_right = |page: &Value| {
        let grown = grown_today(changes);
        page["data"].as_array().unwrap().iter().all(|segment| {
            let grown = grown.get(segment["id"].as_str().unwrap());
            segment["dailyGrowth"] == grown.copied().unwrap_or_default()
        })
    };
    api.until(&url, is_right).await;
}

fn grown_today(changes: &[Value]) -> BTreeMap<&str, i64> {
    let day = |at| Counter::DailyGrowth.begin_of(at);
    let today = day(now());
    let mut grown = BTreeMap::new();
    for change in changes {
        let at = parse_timestamp(change["timestamp"].as_str().unwrap()).unwrap();
        if day(at) == today {
            let segment = grown.entry(change["segmentId"].as_str().unwrap());
            *segment.or_default() += if change["action"] == "added" { 1 } else { -1 };
        }
    }
    grown
}

/// What was accepted is counted once, unless another hour has begun since the load did.
pub(crate) async fn events_are_those_that_were_accepted(api: &Api, load: &Load) {
    let accepted = load.accepted.lock().unwrap().len();
    let url = format!("{}/api/events/hourly", api.segments);
    let is_right = |page: &Value| {
        let counts = page["data"].as_array().unwrap().iter();
        let counts = counts.map(|it| it["count"].as_u64().unwrap());
        let hour = Counter::HourlyEvents.begin_of(now());
        counts.sum::<u64>() == accepted as u64 || load.began_at() < hour
    };
    api.until(&url, is_right).await;
}
