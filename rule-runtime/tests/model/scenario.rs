//! What arrives about one user: random rules, facts, overrides and switches of definitions.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rule_runtime::OverrideEffect;
use rulelang::testkit::{self, BEGIN};

use super::judge::without_copies;

/// Segments' ids and rules. Each rule names only segments that are there.
pub(crate) type Definitions = Vec<(String, String)>;

/// What arrives, in the order of the log.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) stamp: i64,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Fact(testkit::Fact),
    Override {
        segment: String,
        effect: OverrideEffect,
    },
    /// Other definitions are in force from here on.
    Switch(Definitions),
}

#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// In force from the beginning.
    pub(crate) definitions: Definitions,
    pub(crate) log: Vec<Arrival>,
}

/// At most as many segments as there are in a scenario.
const SEGMENTS_MAX: usize = 4;

pub(crate) fn name(segment: usize) -> String {
    format!("s{segment}")
}

/// Who a log is of that begins with these definitions. It follows from them, so that whoever plays a
/// log and whoever judges it mean the same user, and many logs are of many.
pub(crate) fn user_of(definitions: &Definitions) -> Arc<str> {
    let letters: usize = definitions.iter().map(|(_, text)| text.len()).sum();
    format!("user-{letters}").into()
}

/// One to four rules, of which later ones may name earlier ones.
pub(crate) fn any_definitions() -> impl Strategy<Value = Definitions> {
    (1..=SEGMENTS_MAX).prop_flat_map(|count| testkit::any_live_segments(count, 2))
}

/// Definitions, and others of the same ids, some the same, some edited, some not there.
fn any_editions() -> impl Strategy<Value = Vec<Definitions>> {
    let pool = || testkit::any_live_segments(SEGMENTS_MAX, 2);
    let choice = proptest::collection::vec(select(vec![None, Some(0), Some(0), Some(1)]), 4);
    let choices = proptest::collection::vec(choice, 2..4);
    (pool(), pool(), choices).prop_map(|(first, second, choices)| {
        let pools = [first, second];
        let edition = |choice: &Vec<Option<usize>>| {
            let chosen = choice.iter().enumerate();
            let chosen =
                chosen.filter_map(|(segment, pool)| Some(pools[(*pool)?][segment].clone()));
            without_dangling(chosen.collect())
        };
        choices.iter().map(edition).collect()
    })
}

/// Leaves out the segments that name one that is not there.
fn without_dangling(definitions: Definitions) -> Definitions {
    let mut kept: Definitions = vec![];
    for (id, text) in definitions {
        let names = |other: &str| text.contains(&format!("IN SEGMENT '{other}'"));
        let mut all = (0..SEGMENTS_MAX).map(name);
        if all.all(|other| !names(&other) || kept.iter().any(|(id, _)| *id == other)) {
            kept.push((id, text));
        }
    }
    kept
}

fn any_override() -> impl Strategy<Value = What> {
    let effects = vec![
        OverrideEffect::Include,
        OverrideEffect::Exclude,
        OverrideEffect::Clear,
    ];
    (0..SEGMENTS_MAX, select(effects)).prop_map(|(segment, effect)| What::Override {
        segment: name(segment),
        effect,
    })
}

/// Stamps fall where facts do, so that facts come in time, late, and before their instant.
fn any_stamp() -> impl Strategy<Value = i64> {
    let jitter = prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)];
    (0..=30_i64, jitter).prop_map(|(tick, jitter)| BEGIN + tick * 600_000 + jitter)
}

/// A log of a history with copies, in which `others` come somewhere.
fn any_log(others: Vec<What>) -> impl Strategy<Value = Vec<Arrival>> {
    let history = testkit::any_history().prop_flat_map(testkit::with_duplicates);
    let overrides = proptest::collection::vec(any_override(), 0..3);
    (history, overrides).prop_flat_map(move |(history, overrides)| {
        let mut others = others.clone();
        others.extend(overrides);
        let places = proptest::collection::vec(any::<Index>(), others.len());
        let stamps = proptest::collection::vec(any_stamp(), history.len() + others.len());
        (Just(history), Just(others), places, stamps).prop_map(
            |(history, others, places, mut stamps)| {
                let mut whats: Vec<What> = history.into_iter().map(What::Fact).collect();
                for (what, place) in others.into_iter().zip(places) {
                    whats.insert(place.index(whats.len() + 1), what);
                }
                stamps.sort_unstable();
                let log = whats.into_iter().zip(stamps);
                log.map(|(what, stamp)| Arrival { stamp, what }).collect()
            },
        )
    })
}

/// One set of definitions from the beginning to the end.
pub(crate) fn any_scenario() -> impl Strategy<Value = Scenario> {
    (any_definitions(), any_log(vec![]))
        .prop_map(|(definitions, log)| Scenario { definitions, log })
}

/// Definitions that become others, once or twice.
pub(crate) fn any_switching_scenario() -> impl Strategy<Value = Scenario> {
    any_editions().prop_flat_map(|mut editions| {
        let definitions = editions.remove(0);
        let switches = editions.into_iter().map(What::Switch).collect();
        (Just(definitions), any_log(switches))
            .prop_map(|(definitions, log)| Scenario { definitions, log })
    })
}

/// A sequence whose steps, windows and borders meet the facts of the testkit often.
fn any_sequence() -> impl Strategy<Value = String> {
    let events = || select(vec!["view", "buy", "buy", "page", "*"]);
    let conditions = || select(vec!["", "", " WHERE flag", " WHERE qty > 1"]);
    let windows = select(vec![
        "",
        " WITHIN LAST 1h",
        " WITHIN LAST 2h",
        " FROM 2h TO 30min AGO",
        " DURING TIMESTAMP '2024-01-15T08:30:00Z' TO TIMESTAMP '2024-01-15T11:00:00Z'",
        " WITHIN LAST 1 CALENDAR DAY IN 'Pacific/Honolulu'",
    ]);
    let within = select(vec![
        "",
        " WITHIN 10min",
        " WITHIN 30min",
        " WITHIN 1h",
        " WITHIN 2h",
    ]);
    let first = (events(), windows, conditions());
    let step = (events(), within, conditions());
    let steps = proptest::collection::vec(step, 1..4);
    (first, steps, any::<bool>()).prop_map(|((event, window, condition), steps, is_absent)| {
        let last = steps.len() - 1;
        let steps = steps.into_iter().enumerate();
        let steps = steps.map(|(place, (event, within, condition))| {
            let is_not = is_absent && place == last;
            let not = if is_not { "NOT " } else { "" };
            format!(" THEN {not}{event}{within}{condition}")
        });
        let steps: String = steps.collect();
        format!("SEQUENCE({event}{window}{condition}{steps})")
    })
}

/// Sequences alone, some of which become others.
pub(crate) fn any_sequences() -> impl Strategy<Value = Scenario> {
    let definitions = proptest::collection::vec(any_sequence(), 1..=SEGMENTS_MAX);
    let definitions = definitions.prop_map(|texts| {
        let named = texts.into_iter().enumerate();
        named.map(|(place, text)| (name(place), text)).collect()
    });
    let editions = proptest::collection::vec(definitions, 1..3);
    editions.prop_flat_map(|mut editions: Vec<Definitions>| {
        let definitions = editions.remove(0);
        let switches = editions.into_iter().map(What::Switch).collect();
        (Just(definitions), any_log(switches))
            .prop_map(|(definitions, log)| Scenario { definitions, log })
    })
}

/// Where clocks are set, forward and back, at midnight and over it, by less than an hour and by a
/// day.
const CLOCK_CHANGES: [(&str, &str); 7] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/St_Johns", "2010-11-07T02:31:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/Havana", "2025-11-02T05:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];

/// Rules about calendar windows; `{}` is the window.
const CALENDAR_RULES: [&str; 8] = [
    "COUNT(buy {}) >= 2",
    "SUM(buy.amount {}) > 33",
    "lastActivity {}",
    "FIRST(buy.timestamp) NOT {}",
    "MAX(buy.qty {}) > 1 OR DID NOT view {}",
    "LAST(view.sku {}) == 'a' AND COUNT(buy WITHIN LAST 12h) > 0",
    "SEQUENCE(view {} THEN buy WITHIN 12h)",
    "SEQUENCE(* {} WHERE TRUE THEN NOT buy WITHIN 6h)",
];

/// A log of two days about an instant at which clocks are set anew, and windows by those clocks.
pub(crate) fn any_clock_change() -> impl Strategy<Value = Scenario> {
    let units = vec!["DAYS", "DAYS", "WEEKS", "MONTHS"];
    let window = (1..4_u32, select(units))
        .prop_map(|(count, unit)| format!("WITHIN LAST {count} CALENDAR {unit} IN "));
    any_local(&CALENDAR_RULES, &CLOCK_CHANGES, window)
}

/// Where a day comes back: as clocks are set, on 29 February and the day after it, and on New Year.
const DAYS: [(&str, &str); 6] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("America/Havana", "2025-11-02T05:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("America/New_York", "2024-02-29T05:00:00Z"),
    ("UTC", "2023-03-01T00:00:00Z"),
    ("Asia/Kathmandu", "2025-12-31T18:15:00Z"),
];

/// Rules about anniversaries; `{}` is the window.
const YEARLY_RULES: [&str; 6] = [
    "ANNIVERSARY(lastActivity) {}",
    "ANNIVERSARY(lastActivity) NOT {}",
    "ANNIVERSARY(FIRST(buy.timestamp) + 6h) {} AND lastActivity OLDER THAN 1d",
    "ANNIVERSARY(DATE '2020-02-29') {} OR DID buy WITHIN LAST 12h",
    "ANNIVERSARY(TO_DATE(lastActivity)) {} AND NOT ANNIVERSARY(lastActivity) {}",
    "ANNIVERSARY(TIMESTAMP '2019-12-31T20:00:00Z') NOT {}",
];

/// A log of two days about a day that comes back, and windows by the clocks of that place.
pub(crate) fn any_anniversary() -> impl Strategy<Value = Scenario> {
    let windows = vec![
        "WITHIN NEXT 1ms IN ",
        "WITHIN NEXT 1d IN ",
        "WITHIN NEXT 7d IN ",
        "WITHIN LAST 12h IN ",
        "WITHIN LAST 365d IN ",
        "WITHIN LAST 366d IN ",
        "WITHIN LAST 1 CALENDAR DAY IN ",
        "WITHIN LAST 2 CALENDAR WEEKS IN ",
    ];
    let windows = select(windows).prop_map(str::to_owned);
    any_local(&YEARLY_RULES, &DAYS, windows).prop_map(|mut scenario| {
        // The judge looks for returns about the instants that it knows: there is always one.
        let stamp = scenario.log.first().map_or(BEGIN, |first| first.stamp);
        let first = rulelang::facts::Event {
            id: "first".into(),
            event_type: "page".into(),
            timestamp: stamp,
            properties: std::collections::BTreeMap::new(),
            updates_fields: false,
        };
        let what = What::Fact(testkit::Fact::Event(first));
        scenario.log.insert(0, Arrival { stamp, what });
        scenario
    })
}

/// A log of two days about an instant, and windows that lack the name of the place.
fn any_local(
    rules: &[&'static str],
    places: &[(&'static str, &'static str)],
    window: impl Strategy<Value = String>,
) -> impl Strategy<Value = Scenario> {
    let rules = proptest::collection::vec((select(rules.to_vec()), window), 1..4);
    let place = select(places.to_vec());
    (rules, place, any_log(vec![])).prop_map(|(rules, (zone, at), mut log)| {
        let text = |(rule, window): (&str, String)| {
            let window = format!("{window}'{zone}'");
            rule.replace("{}", &window)
        };
        let definitions = rules.into_iter().map(text).enumerate();
        let definitions = definitions
            .map(|(place, text)| (name(place), text))
            .collect();
        let at = rulelang::time::parse_timestamp(at).unwrap_or_default();
        log.retain(|arrival| matches!(arrival.what, What::Fact(_)));
        // Copies that come days later are not told from facts.
        log = without_copies(&log);
        for arrival in &mut log {
            move_to(arrival, at);
        }
        Scenario { definitions, log }
    })
}

/// Moves the middle of the testkit's four hours to an instant, and makes them two days.
fn move_to(arrival: &mut Arrival, at: i64) {
    let moved = |instant: i64| at + (instant - (BEGIN + 2 * 3_600_000)) * 12;
    arrival.stamp = moved(arrival.stamp);
    match &mut arrival.what {
        What::Fact(testkit::Fact::Event(event)) => event.timestamp = moved(event.timestamp),
        What::Fact(testkit::Fact::Traits(traits)) => {
            traits.timestamp = traits.timestamp.map(moved);
        }
        What::Override { .. } | What::Switch(_) => {}
    }
}
