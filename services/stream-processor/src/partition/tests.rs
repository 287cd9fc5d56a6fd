//! Any log, however it was worked through, gives the same changes and the members that the
//! interpreter names.

mod counted;
mod world;

use std::collections::BTreeMap;

use kit::control::{Control, DefinitionChange, DefinitionRecord, Phase, SegmentVersion};
use proptest::prelude::*;
use serde_json::json;
use stores::Counter;

use world::{Random, World};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const BEGIN: i64 = 1_700_000_000_000;

/// What segments may be, by the last part of their ids' versions.
const RULES: [&str; 8] = [
    "COUNT(purchase WITHIN LAST 1 DAYS) >= 2",
    "totalSpent > 100",
    "DID view WITHIN LAST 6 HOURS AND NOT IN SEGMENT 's0'",
    "NOT (DID view WITHIN LAST 12 HOURS)",
    "city == 'Berlin' OR IN SEGMENT 's0'",
    "SUM(purchase.amount WITHIN LAST 5 HOURS) > 50",
    "plan == 'gold' AND eventCount > 2",
    // Of those below, ann and anon:1.
    "PERCENT(50, 'd')",
];
const USERS: [&str; 5] = ["ann", "bob", "cid", "anon:1", "anon:2"];

fn version(id: usize, version: u32, rule: &str) -> SegmentVersion {
    SegmentVersion {
        id: format!("s{id}"),
        name: format!("S{id}"),
        version,
        rules: json!({ "expression": rule }),
    }
}

fn definition(id: &str, phase: Phase) -> Control {
    Control::Definition(DefinitionRecord {
        definition_id: id.to_owned(),
        phase,
    })
}

fn build(id: &str, segments: Vec<SegmentVersion>, removed: &[&str]) -> Control {
    let removed = removed.iter().map(|id| (*id).to_owned()).collect();
    let change = DefinitionChange {
        segments,
        removed,
        schema: json!({"fields": {"city": "string", "plan": "string"}}),
    };
    definition(id, Phase::Build(change))
}

/// Writes a random log and works it through at the same time.
fn live_through(world: &mut World, random: &mut Random, records: usize, with_merges: bool) {
    let first = (0..3).map(|id| version(id, 1, RULES[id])).collect();
    world.control(&build("d0", first, &[]));
    world.control(&definition("d0", Phase::Switch));
    let (mut next, mut waiting) = (1, None);
    for number in 0..records {
        world.now += random.below(3) as i64 * random.below(40 * MINUTE as u64) as i64;
        let id = format!("e{number}");
        match random.below(40) {
            0..=19 => say(world, random, &id),
            20..=21 => world.copy(random),
            22..=26 => say_reserved(world, random, &id),
            27..=29 if with_merges => merge_or_delete(world, random, &id),
            30..=31 => match waiting.take().filter(|_| random.below(4) > 0) {
                None => {
                    waiting = Some(edit(world, random, next));
                    next += 1;
                }
                Some(id) => {
                    for _ in 0..=random.below(4) / 3 {
                        world.control(&definition(&id, Phase::Switch));
                    }
                }
            },
            32 => world.control(&Control::Tick),
            _ => world.work(random),
        }
    }
    world.now += 26 * HOUR;
    world.settle(random);
}

fn any_user(random: &mut Random) -> &'static str {
    USERS[random.below(USERS.len() as u64) as usize]
}

/// An event or traits, some late, some of the future.
fn say(world: &mut World, random: &mut Random, id: &str) {
    let user = any_user(random);
    let late = match random.below(10) {
        0 => -(random.below(30 * HOUR as u64) as i64),
        1 => random.below(HOUR as u64) as i64,
        _ => -(random.below(5) as i64),
    };
    let at = world.now + late;
    if random.below(6) == 0 {
        let plan = [json!("gold"), json!(null), json!(3)][random.below(3) as usize].clone();
        return world.fact(user, id, "$identify", at, &json!({ "plan": plan }));
    }
    let event = ["purchase", "view", "page"][random.below(3) as usize];
    let city = ["Berlin", "Rome"][random.below(2) as usize];
    let properties = json!({"amount": random.below(90), "city": city});
    world.fact(user, id, event, at, &properties);
}

fn say_reserved(world: &mut World, random: &mut Random, id: &str) {
    let (user, now) = (any_user(random), world.now);
    match random.below(5) {
        0..=1 => {
            let action = ["include", "exclude", "clear"][random.below(3) as usize];
            let said = json!({"segmentId": "s0", "action": action});
            world.fact(user, id, "$member", now, &said);
        }
        2 => world.fact(
            user,
            id,
            "$consent",
            now,
            &json!({"email": random.below(2) == 0}),
        ),
        3 => world.fact(user, id, "$group", now, &json!({"groupId": id})),
        _ => world.fact(user, id, "$unheard-of", now, &json!({})),
    }
}

fn merge_or_delete(world: &mut World, random: &mut Random, id: &str) {
    let (user, now) = (any_user(random), world.now);
    if random.below(3) == 0 {
        return world.fact(user, id, "$delete", now, &json!({}));
    }
    let to = any_user(random);
    world.fact(user, id, "$alias", now, &json!({ "to": to }));
}

/// A build that adds or edits a segment and may remove another; its id.
fn edit(world: &mut World, random: &mut Random, next: u32) -> String {
    let segment = random.below(5) as usize;
    let rule = RULES[random.below(RULES.len() as u64) as usize];
    let rule = if segment == 0 { RULES[0] } else { rule };
    let edited = vec![version(segment, next, rule)];
    let removes = segment != 4 && random.below(3) == 0;
    let removed: &[&str] = if removes { &["s4"] } else { &[] };
    let id = format!("d{next}");
    world.control(&build(&id, edited, removed));
    id
}

/// user → changes, in order, without what depends on when they were published.
type Changes = BTreeMap<String, Vec<String>>;

fn check(seed: u64, records: usize, with_merges: bool) -> Result<(), TestCaseError> {
    let mut random = Random::new(seed);
    let mut world = World::new(2, 120, random.below(3) * random.below(60));
    live_through(&mut world, &mut random, records, with_merges);
    let lived: Changes = world.changes();
    for chunk in [usize::MAX, 1 + random.below(7) as usize] {
        let mut again = world.again();
        again.run(chunk);
        let replayed = again.changes();
        for user in lived.keys().chain(replayed.keys()) {
            let (lived, replayed) = (lived.get(user), replayed.get(user));
            let differ = lived.zip(replayed);
            let differ = differ.map(|(lived, replayed)| {
                let same = lived
                    .iter()
                    .zip(replayed)
                    .take_while(|(a, b)| a == b)
                    .count();
                (same, lived.get(same).cloned(), replayed.get(same).cloned())
            });
            let about = world.about(user);
            prop_assert!(
                lived == replayed,
                "{seed} {chunk} {user} {differ:#?}\n{about}"
            );
        }
        prop_assert_eq!(world.members(), again.members(), "seed {}", seed);
        prop_assert_eq!(world.profiles(), again.profiles(), "seed {}", seed);
        for counter in Counter::ALL {
            let (lived, replayed) = (world.counted(counter), again.counted(counter));
            prop_assert_eq!(lived, replayed, "seed {}", seed);
        }
    }
    let (members, judged) = (world.members(), world.judged());
    let differ: Vec<_> = members.symmetric_difference(&judged).collect();
    let about = differ.first().map(|(_, user)| world.about(user));
    prop_assert!(
        differ.is_empty(),
        "{seed} {differ:?}\n{}",
        about.unwrap_or_default()
    );
    let growth = world.counted(Counter::DailyGrowth);
    prop_assert_eq!(growth, world.judged_growth(), "seed {}", seed);
    if !with_merges {
        let events = world.counted(Counter::HourlyEvents);
        prop_assert_eq!(events, world.judged_events(), "seed {}", seed);
    }
    world.check_numbers();
    world.check_leftovers();
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_log_gives_the_same_changes_however_it_was_worked_through(seed in any::<u64>()) {
        check(seed, 120, false)?;
    }

    #[test]
    fn merges_and_deletes_give_the_same_changes_too(seed in any::<u64>()) {
        check(seed, 160, true)?;
    }
}

/// A seed does not shrink; a case is some hundred records.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases / 8,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..default
    }
}
