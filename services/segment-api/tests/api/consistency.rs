//! Whatever is accepted, in whatever order, owners can build: from the log's definitions alone,
//! and with the rules as they were checked when they were saved.

use std::collections::BTreeMap;

use kit::control::DefinitionChange;
use kit::definitions::{Definition, read_definitions};
use kit::schema_file::read_schema;
use rule_runtime::RuleSet;
use serde_json::{Value, json};
use stores::Catalog;

use crate::support::Platform;

const EDITS: usize = 150;

/// Rules that take the same few names for different things.
const RULES: [&str; 21] = [
    "a > 1",
    "a > 1.5",
    "a == 'x'",
    "a CONTAINS 'x'",
    "a WITHIN LAST 3 DAYS",
    "a == b",
    "b > 2",
    "EXISTS a",
    "EXISTS b AND a > 1",
    "SUM(buy.a) > 3",
    "SUM(buy.a) > 3.5 AND a == 'x'",
    "COUNT(buy WHERE a == 'x') > 0",
    "FIRST(*.a) == 'y'",
    "COUNT DISTINCT(buy.b) > 1",
    "SEQUENCE(buy WHERE a > 1 THEN NOT buy WHERE b == 'x')",
    "IN SEGMENT 's1'",
    "NOT IN SEGMENT 's2' AND a > 2",
    "IN SEGMENT 's0' OR IN SEGMENT 's3'",
    "t > 3",
    "t > 3 AND IN SEGMENT 's4'",
    "totalSpent > 1 AND a IN ('x', 'y')",
];

const TRAITS: [&str; 4] = ["SUM(buy.a)", "COUNT(buy)", "a + 1", "SUM(order.total)"];

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

async fn edit(platform: &Platform, dice: &mut Dice) -> bool {
    let id = format!("s{}", dice.roll(6));
    let rule = RULES[dice.roll(RULES.len())];
    let answer = match dice.roll(12) {
        0..4 => platform.create(&id, rule).await,
        4..8 => platform.publish(&id, rule).await,
        8 => {
            let line = format!("DELETE /api/segments/{id}");
            platform.ask(&line, Value::Null).await
        }
        9 => {
            let line = format!("POST /api/segments/{id}:rollback");
            platform.ask(&line, Value::Null).await
        }
        10 => {
            let body = json!({"name": id, "active": false, "rules": {"expression": rule}});
            let line = format!("PUT /api/segments/{id}?publish=true");
            platform.ask(&line, body).await
        }
        _ => {
            let body = json!({"expression": TRAITS[dice.roll(TRAITS.len())]});
            platform.ask("PUT /api/traits/t", body).await
        }
    };
    assert!(answer.status.as_u16() < 500, "{}", answer.body);
    answer.status.is_success()
}

/// An owner: what is defined, by the log alone.
#[derive(Default)]
struct Owner {
    segments: BTreeMap<String, Value>,
    schema: Value,
}

impl Owner {
    fn take(&mut self, change: DefinitionChange) {
        for id in &change.removed {
            self.segments.remove(id);
        }
        for segment in change.segments {
            let definition =
                json!({"id": segment.id, "name": segment.name, "rules": segment.rules});
            self.segments.insert(segment.id, definition);
        }
        self.schema = change.schema;
    }

    /// All rules as the owner understands them.
    fn rules(&self) -> Vec<Definition> {
        let mut schema = read_schema(&self.schema.to_string()).unwrap();
        let segments = Value::Array(self.segments.values().cloned().collect());
        read_definitions(&segments, &mut schema).unwrap_or_else(|errors| {
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{told:#?} in {segments} under {}", self.schema)
        })
    }
}

async fn owners_follow(seed: u64) {
    let platform = Platform::new().await;
    let mut dice = Dice(seed);
    let (mut owner, mut accepted) = (Owner::default(), 0);
    for _ in 0..EDITS {
        let is_accepted = edit(&platform, &mut dice).await;
        accepted += usize::from(is_accepted);
        let open = platform.catalog.next_definition(1).await.unwrap();
        let Some(open) = open else { continue };
        let id = open.definition_id;
        platform.catalog.finish_definition(&id, 2).await.unwrap();
        let Some(change) = open.change else { continue };
        owner.take(change);
        let rules = owner.rules();
        let segments = rules.iter().map(Definition::segment).collect();
        RuleSet::build(segments).unwrap();
        let published = platform.catalog.published().await.unwrap();
        let published: Vec<&str> = published.iter().map(|it| it.id.as_str()).collect();
        let built: Vec<&str> = owner.segments.keys().map(String::as_str).collect();
        assert_eq!(built, published);
        let schema = platform.catalog.schema(None).await.unwrap();
        assert_eq!(schema.schema_file([]), owner.schema);
    }
    assert!(accepted > EDITS / 5, "{accepted} edits were accepted");
}

#[tokio::test]
async fn owners_can_build_whatever_was_accepted() {
    for seed in [1, 2, 3] {
        owners_follow(seed).await;
    }
}
