//! The suites of other engines, asked of ours. Each dialect has a translator; what it cannot say is waived
//! with the reason, what we answer differently on purpose by the suite's list. Nothing else may differ.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails, and one that does shows its table"
)]

mod case;
mod cel;
mod compare;
mod engine;
mod growthbook;
mod json_rules_engine;
mod jsonlogic;
mod parse;
mod said;
mod score;
mod semver;
mod sqlite;
mod sqllogictest;
mod tokens;
mod unleash;
mod waivers;
mod wirefilter;
mod zen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use case::{Case, Question, Tier, Translate};
use compare::is_expected;
use engine::{Answer, ENGINES, answers};
use score::Score;
use waivers::Waivers;

const SUITES: [(&str, Translate); 9] = [
    ("sqllogictest", sqllogictest::translate),
    ("cel", cel::translate),
    ("zen", zen::translate),
    ("jsonlogic", jsonlogic::translate),
    ("json-rules-engine", json_rules_engine::translate),
    ("growthbook", growthbook::translate),
    ("unleash", unleash::translate),
    ("wirefilter", wirefilter::translate),
    ("semver", semver::translate),
];

/// Of all core cases, how many may be waived.
const CORE_WAIVED_PERCENT_MAX: usize = 10;

/// Of the core cases that are not waived, how many machine code answers.
const CORE_COMPILED_PERCENT_MIN: usize = 95;

#[test]
fn every_reason_for_a_waiver_is_given_somewhere() {
    let unused = waivers::unused_reasons(SUITES.iter().map(|(suite, _)| *suite));
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn other_engines_suites_have_the_answers_that_they_expect() {
    let mut score = Score::default();
    let mut problems = Vec::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (suite, translate) in SUITES {
        run(suite, translate, &mut score, &mut problems, &mut reasons);
    }
    println!("{}", score.table());
    for (reason, cases) in reasons {
        println!("{cases:5} waived for: {reason}");
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    for engine in ENGINES {
        let core = score.all(Tier::Core, engine);
        assert!(
            core.waived * 100 <= core.cases() * CORE_WAIVED_PERCENT_MAX,
            "{core:?}"
        );
        let asked = core.cases() - core.waived;
        assert!(
            (asked - core.not_compiled) * 100 >= asked * CORE_COMPILED_PERCENT_MIN,
            "{engine}: {core:?}"
        );
    }
}

/// A file of the suites.
fn data(name: &str) -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suites/data");
    tests.join(name)
}

/// How a reason is told.
fn reason(suite: &str, tier: Tier, why: &str) -> String {
    format!("{suite}, {}: {why}", tier.name())
}

/// Asks every engine the cases of a suite. A problem is a case that is wrong, or a waiver in vain.
fn run(
    suite: &'static str,
    translate: Translate,
    score: &mut Score,
    problems: &mut Vec<String>,
    reasons: &mut BTreeMap<String, usize>,
) {
    let text = std::fs::read_to_string(data(&format!("{suite}.jsonl"))).unwrap();
    let cases: Vec<Case> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let waivers = Waivers::of(suite);
    let mut said: Vec<(&Case, Question)> = Vec::new();
    for case in &cases {
        match translate(&case.foreign) {
            Ok(question) => said.push((case, question)),
            Err(why) => {
                for engine in ENGINES {
                    score.of(suite, case.tier, engine).waived += 1;
                }
                *reasons.entry(reason(suite, case.tier, &why.0)).or_default() += 1;
            }
        }
    }
    let asked: Vec<(&str, &Question)> = said.iter().map(|(c, q)| (c.id.as_str(), q)).collect();
    let mut differing = BTreeSet::new();
    for engine in ENGINES {
        let answers = answers(engine, &asked);
        for (case, question) in &said {
            let count = score.of(suite, case.tier, engine);
            let answer = &answers[&case.id];
            if let Answer::NotCompiled(_) = answer {
                // A waived case stays one on an engine that does not run it.
                match waivers.reason(&case.id) {
                    Some(_) => count.waived += 1,
                    None => count.not_compiled += 1,
                }
                continue;
            }
            if is_expected(answer, question, &case.expected) {
                count.agree += 1;
                continue;
            }
            differing.insert(case.id.clone());
            if let Some(reason) = waivers.reason(&case.id) {
                count.waived += 1;
                if engine == ENGINES[0] {
                    *reasons
                        .entry(self::reason(suite, case.tier, reason))
                        .or_default() += 1;
                }
                continue;
            }
            count.wrong += 1;
            let (expected, rule) = (&case.expected, &question.rule);
            problems.push(format!(
                "{} on {engine}: {answer:?}, but {expected} of {} as {rule}",
                case.id, case.foreign.expr
            ));
        }
    }
    for id in waivers.idle(&differing) {
        problems.push(format!("{id}: waived, but it does not differ"));
    }
}
