//! What is worked out when Prometheus asks, from the log and from what owners told last: an owner
//! that does not get on falls behind for everybody to see.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::metrics::Sample;
use stores::embedded::Clock;
use stores::{Log, Topic};

use crate::plan::{Plan, is_trait};
use crate::processor::{Options, Parts};
use crate::status::Status;

/// Registers lag, freshness and how rules run.
pub(crate) fn register(parts: &Parts, options: &Options, statuses: &[Status]) {
    let (events, of) = (Arc::clone(&parts.events), statuses.to_vec());
    let group = options.group.clone();
    parts.metrics.scraped(
        "kafka_consumer_lag_sum",
        "Records not taken yet, in all partitions",
        move || lag(&*events, &group, &of),
    );
    let (wall, of) = (Arc::clone(&options.wall), statuses.to_vec());
    parts.metrics.scraped(
        "audience_freshness_seconds",
        "How far behind the present the memberships of a partition's users are",
        move || freshness(&*wall, &of),
    );
    let of = statuses.to_vec();
    parts.metrics.scraped(
        "audience_rule_tier",
        "How the rule of a segment in force runs",
        move || tiers(&of),
    );
}

/// Of a log that cannot be asked it is not known. Other processes tell of their partitions.
fn lag(events: &dyn Log, group: &str, statuses: &[Status]) -> Vec<Sample> {
    let Ok(ends) = events.ends() else {
        return vec![];
    };
    let waiting = statuses.iter().zip(ends).filter_map(|(status, end)| {
        let progress = status.progress()?;
        Some(end.saturating_sub(progress.position))
    });
    let sum: u64 = waiting.sum();
    vec![Sample {
        labels: vec![
            ("topic", Topic::UserEvents.name().to_owned()),
            ("group", group.to_owned()),
        ],
        value: sum as f64,
    }]
}

fn freshness(wall: &dyn Clock, statuses: &[Status]) -> Vec<Sample> {
    let now = wall.now();
    let partitions = statuses.iter().enumerate();
    let told = partitions.filter_map(|(partition, status)| {
        let fresh_at = status.progress()?.fresh_at?;
        Some(Sample {
            labels: vec![("partition", partition.to_string())],
            value: now.saturating_sub(fresh_at).max(0) as f64 / 1e3,
        })
    });
    told.collect()
}

/// All partitions come to the same definitions; the first that stands tells of them.
fn tiers(statuses: &[Status]) -> Vec<Sample> {
    let standing = statuses.iter().find_map(Status::standing);
    standing.map_or_else(Vec::new, |standing| tiers_of(&standing.active))
}

fn tiers_of(plan: &Plan) -> Vec<Sample> {
    let not_compiled = plan.rules.not_compiled();
    let interpreted: BTreeSet<&str> = not_compiled.iter().map(|(id, _)| *id).collect();
    let ids = plan.rules.segments().iter().map(|segment| &*segment.id);
    let ids = ids.filter(|id| !is_trait(id));
    let samples = ids.map(|id| {
        let is_interpreted = interpreted.contains(id);
        let tier = if is_interpreted {
            "interpreted"
        } else {
            "compiled"
        };
        Sample {
            labels: vec![("segment", id.to_owned()), ("tier", tier.to_owned())],
            value: 1.0,
        }
    });
    samples.collect()
}
