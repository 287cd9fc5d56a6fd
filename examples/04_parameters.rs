//! One rule for many campaigns: the values come beside the text, and the machine code is shared.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;

use rule_runtime::{RuleCache, RuleSet, Segment};
use rulelang::{Schema, Value, check, english};

const RULE: &str = "totalSpent > :min AND country IN :countries AND signup AFTER :since";

fn main() -> Result<(), Box<dyn Error>> {
    let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::string(item)).collect());
    let campaigns = [
        ("alps", 100, list(&["CH", "AT"]), "2026-01-01"),
        ("coast", 250, list(&["PT", "ES"]), "2026-06-01"),
    ];
    let segments = campaigns.map(|(id, min, countries, since)| {
        let parameters = [
            ("min", Value::Int(min)),
            ("countries", countries),
            // A string stands for the day that it names where an instant has to stand.
            ("since", Value::string(since)),
        ];
        let schema = Schema {
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ..Schema::default()
        };
        let rule = check(RULE, &schema)?.rule;
        println!("{id}: {}", english(&rule));
        Ok(Segment {
            id: id.into(),
            rule,
        })
    });
    let segments: Result<Vec<_>, Box<dyn Error>> = segments.into_iter().collect();
    let cache = RuleCache::default();
    let rules = RuleSet::build_with(segments?, &cache)?;
    println!(
        "{} segments, {} compiled",
        rules.segments().len(),
        cache.counts().misses
    );
    assert_eq!(cache.counts().misses, 1);

    // Without its values it is no rule.
    let schema = Schema {
        parameters: BTreeMap::new(),
        ..Schema::default()
    };
    assert!(check(RULE, &schema).is_err());
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn Error>> {
    main()
}
