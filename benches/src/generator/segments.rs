//! The segments: ten templates over 200 aggregates and a few fields.
//!
//! Aggregates are taken in turn, so that each is read by several segments with several thresholds;
//! the rest is drawn.

use std::error::Error;
use std::sync::Arc;

use fastrand::Rng;
use rule_runtime::{RuleSet, Segment};
use rulelang::{Diagnostics, Schema, check};

use super::{CATEGORIES, COUNTRIES, DEVICES, Kind, SEGMENTS};

/// A segment as somebody would post it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedSegment {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub expression: String,
}

/// The schema that the segments are written for: the default one.
pub fn schema() -> Schema {
    Schema::default()
}

/// All segments.
pub fn segments() -> Vec<GeneratedSegment> {
    let aggregates = aggregates();
    let mut rng = Rng::with_seed(0x5e6_3e27);
    (0..SEGMENTS)
        .map(|index| {
            let first = &aggregates[index % aggregates.len()];
            GeneratedSegment {
                id: format!("segment_{index:04}"),
                expression: expression(
                    index + index / aggregates.len(),
                    first,
                    &aggregates,
                    &mut rng,
                ),
            }
        })
        .collect()
}

/// The array that `audience replay --segments` takes.
pub fn segments_json() -> String {
    let segments: Vec<serde_json::Value> = segments()
        .iter()
        .map(|segment| {
            serde_json::json!({
                "id": segment.id,
                "name": segment.id.replace('_', " "),
                "type": "DYNAMIC",
                "rules": { "expression": segment.expression },
            })
        })
        .collect();
    serde_json::Value::Array(segments).to_string()
}

/// Checks and plans segments.
///
/// # Errors
/// Where the generator is wrong.
pub fn rule_set(segments: &[GeneratedSegment]) -> Result<Arc<RuleSet>, Box<dyn Error>> {
    let schema = schema();
    let checked = segments.iter().map(|segment| {
        Ok(Segment {
            id: segment.id.as_str().into(),
            rule: check(&segment.expression, &schema)?.rule,
        })
    });
    let checked: Result<Vec<Segment>, Diagnostics> = checked.collect();
    Ok(Arc::new(RuleSet::build(checked?)?))
}

/// An aggregate and what it is compared with.
#[derive(Debug)]
struct Aggregate {
    text: String,
    test: Test,
}

/// How an aggregate is tested.
#[derive(Debug, Clone, Copy)]
enum Test {
    Count,
    Sum,
    /// A single value of the measure: an average or an extreme.
    One,
    Instant,
}

/// Those that every event of a type touches, then those with a WHERE.
fn aggregates() -> Vec<Aggregate> {
    let mut all = of_any_event();
    all.extend(Kind::ALL.into_iter().flat_map(of_every_event));
    all.extend(filtered());
    all
}

fn of_any_event() -> Vec<Aggregate> {
    let windows = ["", " WITHIN LAST 1 HOURS", " WITHIN LAST 1 DAYS"];
    let windows = windows
        .into_iter()
        .chain([" WITHIN LAST 7 DAYS", " WITHIN LAST 30 DAYS"]);
    let counts = windows.map(|window| Aggregate::new(Test::Count, format!("COUNT(*{window})")));
    let instants = ["LAST", "FIRST"]
        .map(|function| Aggregate::new(Test::Instant, format!("{function}(*.timestamp)")));
    counts.chain(instants).collect()
}

fn of_every_event(kind: Kind) -> Vec<Aggregate> {
    let (event, measure) = (kind.name(), kind.measure());
    let mut all = vec![];
    let mut add = |test: Test, text: String| all.push(Aggregate::new(test, text));
    add(Test::Count, format!("COUNT({event})"));
    for days in [1, 7, 14, 30, 60] {
        add(
            Test::Count,
            format!("COUNT({event} WITHIN LAST {days} DAYS)"),
        );
    }
    add(Test::Sum, format!("SUM({event}.{measure})"));
    for days in [7, 30] {
        add(
            Test::Sum,
            format!("SUM({event}.{measure} WITHIN LAST {days} DAYS)"),
        );
    }
    for function in ["AVG", "MAX", "MIN"] {
        add(
            Test::One,
            format!("{function}({event}.{measure} WITHIN LAST 30 DAYS)"),
        );
    }
    add(Test::One, format!("MAX({event}.{measure})"));
    add(Test::Instant, format!("LAST({event}.timestamp)"));
    add(Test::Instant, format!("FIRST({event}.timestamp)"));
    all
}

fn filtered() -> Vec<Aggregate> {
    let mut all = vec![];
    let mut add = |test: Test, text: String| all.push(Aggregate::new(test, text));
    for kind in [Kind::View, Kind::Cart, Kind::Purchase, Kind::Search] {
        let (event, measure) = (kind.name(), kind.measure());
        for category in &CATEGORIES[..8] {
            let filter = format!("WHERE category == '{category}'");
            for days in [7, 30] {
                add(
                    Test::Count,
                    format!("COUNT({event} WITHIN LAST {days} DAYS {filter})"),
                );
            }
            add(
                Test::Sum,
                format!("SUM({event}.{measure} WITHIN LAST 30 DAYS {filter})"),
            );
        }
    }
    for device in DEVICES {
        let filter = format!("WHERE device == '{device}'");
        for days in [7, 30] {
            add(
                Test::Count,
                format!("COUNT(login WITHIN LAST {days} DAYS {filter})"),
            );
        }
    }
    for event in ["cart", "purchase"] {
        for country in &COUNTRIES[..8] {
            let filter = format!("WHERE country == '{country}'");
            add(
                Test::Count,
                format!("COUNT({event} WITHIN LAST 30 DAYS {filter})"),
            );
        }
    }
    all
}

impl Aggregate {
    fn new(test: Test, text: String) -> Self {
        Self { text, test }
    }
}

fn expression(template: usize, first: &Aggregate, all: &[Aggregate], rng: &mut Rng) -> String {
    let a = predicate(first, rng);
    let b = predicate(&all[rng.usize(..all.len())], rng);
    let field = field(rng);
    match template % 10 {
        0..3 => format!("{a} AND {field}"),
        3 | 4 => format!("{a} AND {b}"),
        5 => format!("{a} AND {} AND {b}", countries(rng)),
        6 => format!("({a} OR {b}) AND {field}"),
        7 => format!("{a} AND {}", recency(rng)),
        8 => {
            let c = predicate(&all[rng.usize(..all.len())], rng);
            format!("{a} AND {b} AND {field} AND NOT ({c})")
        }
        _ => a,
    }
}

fn predicate(aggregate: &Aggregate, rng: &mut Rng) -> String {
    let Aggregate { text, test } = aggregate;
    match test {
        Test::Count => {
            let counts = [1, 3, 10, 50, 200, 1_000, 5_000, 50_000];
            format!("{text} >= {}", of(&counts, rng))
        }
        Test::Sum => {
            let sums = [100, 1_000, 5_000, 25_000, 100_000, 500_000];
            format!("{text} > {}", of(&sums, rng))
        }
        Test::One => {
            let op = of(&[">", "<"], rng);
            format!("{text} {op} {}", of(&[2, 4, 20, 120, 600, 950], rng))
        }
        Test::Instant => {
            let ago = of(&["WITHIN LAST", "OLDER THAN"], rng);
            format!("{text} {ago} {} DAYS", of(&[7, 14, 30], rng))
        }
    }
}

fn recency(rng: &mut Rng) -> String {
    let event = of(&Kind::ALL, rng).name();
    let days = of(&[1, 7, 14, 30, 60], rng);
    match rng.u8(..3) {
        0 => format!("DID {event} WITHIN LAST {days} DAYS"),
        1 => format!("DID NOT {event} WITHIN LAST {days} DAYS"),
        _ => format!("lastActivity WITHIN LAST {days} DAYS"),
    }
}

fn field(rng: &mut Rng) -> String {
    match rng.u8(..20) {
        0..9 => countries(rng),
        9..14 => format!("country == '{}'", of(&COUNTRIES, rng)),
        14..18 => format!("device == '{}'", of(&DEVICES, rng)),
        _ => format!("category == '{}'", of(&CATEGORIES, rng)),
    }
}

fn countries(rng: &mut Rng) -> String {
    let start = rng.usize(..COUNTRIES.len() - 3);
    let named = COUNTRIES[start..start + 3].join("', '");
    format!("country IN ('{named}')")
}

fn of<T: Copy>(list: &[T], rng: &mut Rng) -> T {
    list[rng.usize(..list.len())]
}
