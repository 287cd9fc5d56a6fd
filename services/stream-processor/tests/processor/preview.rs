//! A rule tried on everybody answers as the interpreter does about each.

use rulelang::time::format_timestamp;
use serde_json::{Value, json};
use stores::{Preview, PreviewRequest};

use crate::platform::{BEGIN, HOUR, Platform};

const USERS: u64 = 60;
const FACTS: u64 = 900;
/// Windows, negations, text, other segments; the last three cannot be kept live.
const RULES: [&str; 20] = [
    "totalSpent > 300",
    "SUM(purchase.amount WITHIN LAST 1 DAYS) >= 100 AND country == 'DE'",
    "COUNT(view WITHIN LAST 2 DAYS) >= 3 OR country IN ('FR', 'JP')",
    "COUNT(*) < 12",
    "NOT (DID purchase WITHIN LAST 12 HOURS)",
    "AVG(purchase.amount WHERE category == 'books') > 30",
    "MAX(purchase.amount WITHIN LAST 36 HOURS) > 95",
    "COUNT DISTINCT(purchase.category) == 4",
    "LAST(purchase.category) == 'books'",
    "FIRST(view.page) STARTS WITH 'p1'",
    "country IS NULL AND eventCount >= 5",
    "country CONTAINS 'E' OR category == 'toys'",
    "IN SEGMENT 'big' AND NOT (DID view WITHIN LAST 6 HOURS)",
    "NOT IN SEGMENT 'big' OR IN SEGMENT 'unheard-of'",
    "SEQUENCE(view THEN purchase WITHIN 12 HOURS WHERE amount > 50)",
    "SEQUENCE(view WITHIN LAST 2 DAYS THEN NOT purchase WITHIN 6 HOURS)",
    "lastActivity > NOW() - 5 HOURS",
    "NOW() - lastActivity > 1 DAYS",
    "lastActivity + 30 MINUTES != NOW() AND country == 'FR'",
    "NOW() - lastActivity < 8 HOURS AND IN SEGMENT 'big'",
];

/// Numbers that look random and are the same every time (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

/// A fact of the last three days, or of the next half hour.
fn fact(random: &mut Random, number: u64) -> (String, Value) {
    let user = format!("{}user-{}", random.of(&["", "x"]), random.below(USERS / 2));
    let at = BEGIN + HOUR / 2 - random.below(72 * HOUR as u64) as i64;
    let (event_type, properties) = match random.below(10) {
        0 => (
            "$identify",
            json!({"country": random.of(&["DE", "FR", "JP", "US"])}),
        ),
        1..=5 => {
            let categories = ["books", "toys", "food", "music"];
            let amount = random.below(10_000) as f64 / 100.0;
            (
                "purchase",
                json!({"amount": amount, "category": random.of(&categories)}),
            )
        }
        6 => ("purchase", json!({"amount": null})),
        _ => ("view", json!({"page": format!("p{}", random.below(30))})),
    };
    let message = json!({
        "eventId": format!("e{number}"), "userId": user, "eventType": event_type,
        "timestamp": format_timestamp(at), "properties": properties,
    });
    (user, message)
}

fn schema() -> Value {
    json!({
        "fields": {"country": "string", "category": "string"},
        "properties": {"purchase": {"category": "string"}, "view": {"page": "string"}},
    })
}

async fn preview(platform: &Platform, rule: &str) -> Preview {
    let request = PreviewRequest {
        rules: json!({ "expression": rule }),
        schema: schema(),
        sample: USERS as usize,
    };
    platform.owners().preview(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_answers_as_the_interpreter_does_about_each_user() {
    let platform = Platform::start();
    platform.define("d1", "big", "totalSpent > 200").await;
    let mut random = Random(7);
    for number in 0..FACTS {
        let (user, message) = fact(&mut random, number);
        platform.raw(&user, message.to_string().as_bytes()).await;
    }
    // What makes nobody, who is nobody any more, and who is somebody else now.
    for (user, event_type, properties) in [
        (
            "nobody",
            "$member",
            json!({"segmentId": "big", "action": "include"}),
        ),
        (
            "user-1",
            "$member",
            json!({"segmentId": "big", "action": "exclude"}),
        ),
        ("user-2", "$delete", json!({})),
        ("user-3", "$alias", json!({"to": "xuser-4"})),
    ] {
        platform
            .fact(user, event_type, event_type, properties)
            .await;
    }
    platform.view_of("user-3", |view| !view.exists).await;
    // An owner is ready when it has taken everything before.
    platform.define("d2", "later", "totalSpent > 1").await;

    let names = (0..USERS / 2).flat_map(|user| [format!("user-{user}"), format!("xuser-{user}")]);
    let gone = ["user-2", "user-3"];
    let users: Vec<String> = names
        .filter(|user| !gone.contains(&user.as_str()))
        .collect();
    for rule in RULES {
        let found = preview(&platform, rule).await;
        let rules = json!({ "expression": rule });
        let owners = platform.owners();
        let values = owners.evaluate(&rules, &schema(), &users, None).await;
        let values = values.unwrap_or_else(|error| panic!("{rule}: {error}"));
        let matching = users.iter().zip(values).filter(|(_, value)| *value == true);
        let mut matching: Vec<String> = matching.map(|(user, _)| user.clone()).collect();
        matching.sort_unstable();
        assert_eq!(found.sample, matching, "{rule}");
        assert_eq!(
            (found.count, found.users, found.is_complete),
            (matching.len() as u64, users.len() as u64, true),
            "{rule}"
        );
        let is_telling = !matching.is_empty() && matching.len() < users.len();
        assert!(is_telling, "{rule}: {}", matching.len());
    }
    platform.stop();
}
