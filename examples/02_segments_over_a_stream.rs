//! A set of segments over a stream: users enter and leave the moment their rule says so.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;

use rule_runtime::{Event, Fact, Population, RuleSet, Segment};
use rulelang::{Schema, Value, check};

const DAY_MS: i64 = 86_400_000;

fn main() -> Result<(), Box<dyn Error>> {
    let definitions = [
        ("buyers", "DID purchase WITHIN LAST 30 DAYS"),
        ("big", "totalSpent > 1000 AND IN SEGMENT 'buyers'"),
    ];
    let segments = definitions.map(|(id, text)| {
        let rule = check(text, &Schema::default())?.rule;
        Ok(Segment {
            id: id.into(),
            rule,
        })
    });
    let segments: Result<Vec<_>, Box<dyn Error>> = segments.into_iter().collect();
    let rules = Arc::new(RuleSet::build(segments?)?);

    let mut population = Population::new(rules.clone());
    let mut told = vec![];
    let mut tell = |user: &str, change: &rule_runtime::Change, _: &rule_runtime::UserState| {
        let segment = rules.segments().get(change.segment as usize);
        let id = segment.map_or("?", |segment| &*segment.id);
        let day = change.timestamp / DAY_MS;
        told.push(format!(
            "day {day}: {user} {} {id} ({})",
            change.action, change.reason
        ));
    };
    for (day, user, amount) in [(1, "ann", 700.0), (2, "bob", 20.0), (3, "ann", 301.0)] {
        let event = Event {
            id: format!("event {day}").into(),
            event_type: rules.event_type("purchase"),
            timestamp: day * DAY_MS,
            properties: rules
                .name("amount")
                .map(|name| (name, Value::Float(amount)))
                .into_iter()
                .collect(),
            updates_fields: true,
        };
        population.apply(user, &Fact::Event(event), day * DAY_MS, &mut tell);
    }
    if let (Some(ann), Some(big)) = (population.state("ann"), rules.segment("big")) {
        let why = rules.explain(ann, big, &[]);
        let conditions = why.rule.conditions.iter();
        let conditions = conditions.map(|part| format!("{} is {:?}", part.text, part.value));
        println!("{}", conditions.collect::<Vec<_>>().join(", "));
        assert_eq!(why.next_change_at, Some(33 * DAY_MS));
    }
    // Nothing more happens, but time goes on.
    population.advance(40 * DAY_MS, &mut tell);
    println!("{}", told.join("\n"));

    let expected = [
        "day 1: ann added buyers (rule_evaluation)",
        "day 2: bob added buyers (rule_evaluation)",
        "day 3: ann added big (rule_evaluation)",
        "day 32: bob removed buyers (expired)",
        "day 33: ann removed buyers (expired)",
        "day 33: ann removed big (expired)",
    ];
    assert_eq!(told, expected);
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
