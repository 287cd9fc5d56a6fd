//! The demo's segments against SQL on the same purchases: two engines that share no code.

use std::collections::{BTreeMap, BTreeSet};

use rulelang::time::parse_timestamp;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::support::{Files, audience, shipped};

/// Each of the demo's segments in SQL; `?1` is now in milliseconds.
const SEGMENTS: [(&str, &str); 8] = [
    (
        "big-spenders",
        "SELECT customer FROM purchases WHERE at <= ?1 GROUP BY customer HAVING SUM(cents) >= 30000",
    ),
    (
        "vip",
        "SELECT customer FROM purchases WHERE at <= ?1 AND at > ?1 - 90 * 86400000
         GROUP BY customer HAVING SUM(cents) >= 20000",
    ),
    (
        "frequent",
        "SELECT customer FROM purchases WHERE at <= ?1 AND at > ?1 - 30 * 86400000
         GROUP BY customer HAVING COUNT(*) >= 3",
    ),
    (
        "lapsing",
        "SELECT customer FROM purchases WHERE at <= ?1
         GROUP BY customer HAVING COUNT(*) >= 2 AND MAX(at) <= ?1 - 60 * 86400000",
    ),
    (
        "one-time",
        "SELECT customer FROM purchases WHERE at <= ?1
         GROUP BY customer HAVING COUNT(*) = 1 AND MAX(at) <= ?1 - 30 * 86400000",
    ),
    (
        "growing",
        "SELECT customer FROM (
             SELECT customer,
                    SUM(CASE WHEN at > ?1 - 30 * 86400000 THEN cents ELSE 0 END) AS recent,
                    SUM(CASE WHEN at > ?1 - 30 * 86400000 THEN 0 ELSE cents END) AS before
             FROM purchases WHERE at <= ?1 AND at > ?1 - 60 * 86400000 GROUP BY customer)
         WHERE before > 0 AND recent > before",
    ),
    (
        "armful",
        "SELECT customer FROM (
             SELECT customer, cds, ROW_NUMBER() OVER
                 (PARTITION BY customer ORDER BY at DESC, id DESC) AS place
             FROM purchases WHERE at <= ?1)
         WHERE place = 1 AND cds >= 5",
    ),
    (
        "win-back",
        "SELECT customer FROM purchases WHERE at <= ?1 GROUP BY customer
         HAVING SUM(cents) >= 30000 AND COUNT(*) >= 2 AND MAX(at) <= ?1 - 60 * 86400000",
    ),
];

/// Every instant at which somebody enters or leaves `frequent`: at each instant at which the
/// window gains or loses a purchase, the count, and whether its answer is another than before.
const FREQUENT_SWEEP: &str = "
    WITH instants AS (
        SELECT customer, at AS t FROM purchases
        UNION SELECT customer, at + 30 * 86400000 FROM purchases
    ), answers AS (
        SELECT customer, t, 3 <= (
            SELECT COUNT(*) FROM purchases AS p
            WHERE p.customer = i.customer AND p.at <= t AND p.at > t - 30 * 86400000) AS is_in
        FROM instants AS i WHERE t <= ?1
    ), steps AS (
        SELECT customer, t, is_in,
               LAG(is_in, 1, 0) OVER (PARTITION BY customer ORDER BY t) AS was_in
        FROM answers
    )
    SELECT customer, t, is_in FROM steps WHERE is_in <> was_in";

/// The purchases in SQLite, read from the shipped data without the demo's code.
async fn database() -> SqliteConnection {
    let bytes = zstd::decode_all(std::fs::File::open(shipped("cdnow.zst")).unwrap()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let table = "CREATE TABLE purchases (id INTEGER, customer TEXT, at INTEGER, cents INTEGER, cds INTEGER)";
    sqlx::query(table).execute(&mut db).await.unwrap();
    let mut transaction = db.begin().await.unwrap();
    let mut of_day: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (line, id) in text.lines().skip(1).zip(1_i64..) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (customer, day) = (format!("cdnow-{}", columns[0]), columns[1]);
        let midnight = format!("{}-{}-{}T00:00:00Z", &day[..4], &day[4..6], &day[6..]);
        let minutes = of_day
            .entry((customer.clone(), day.to_owned()))
            .or_insert(600);
        let at = parse_timestamp(&midnight).unwrap() + *minutes * 60_000;
        *minutes += 1;
        sqlx::query("INSERT INTO purchases VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(id)
            .bind(customer)
            .bind(at)
            .bind(columns[3].replace('.', "").parse::<i64>().unwrap())
            .bind(columns[2].parse::<i64>().unwrap())
            .execute(&mut *transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    let index = "CREATE INDEX by_customer ON purchases (customer, at)";
    sqlx::query(index).execute(&mut db).await.unwrap();
    db
}

/// The members file by segment.
fn members(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines() {
        let member: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| member[key].as_str().unwrap().to_owned();
        members
            .entry(text("segmentId"))
            .or_default()
            .insert(text("userId"));
    }
    members
}

/// Every effect on `frequent` in the changes file, net of each instant: +1 in, −1 out.
fn frequent_changes(text: &str) -> BTreeMap<(String, i64), i32> {
    let mut net = BTreeMap::new();
    for line in text.lines() {
        let change: Value = serde_json::from_str(line).unwrap();
        if change["segmentId"] == "frequent" {
            let user = change["userId"].as_str().unwrap().to_owned();
            let at = parse_timestamp(change["timestamp"].as_str().unwrap()).unwrap();
            *net.entry((user, at)).or_insert(0) += if change["action"] == "added" { 1 } else { -1 };
        }
    }
    net.retain(|_, effect| *effect != 0);
    net
}

fn replay(files: &Files, until: &str) -> Value {
    let segments = shipped("demo-segments.json");
    let (events, members, changes) = (
        files.path("events"),
        files.path("members"),
        files.path("changes"),
    );
    let args = [
        "replay",
        "--segments",
        segments.to_str().unwrap(),
        "--events",
        &events,
    ];
    let files = ["--members", &members, "--changes", &changes];
    let rest = ["--until", until, "--format", "json"];
    audience(&[&args[..], &files, &rest].concat())
        .code(0)
        .json()
}

#[tokio::test]
async fn replay_agrees_with_sql_at_three_dates_and_on_every_transition() {
    let files = Files::new();
    audience(&["demo", "--export", &files.path("events")]).code(0);
    let mut db = database().await;
    for until in [
        "1997-04-01T00:00:00Z",
        "1997-07-01T00:00:00Z",
        "1998-06-30T10:01:00Z",
    ] {
        let now = parse_timestamp(until).unwrap();
        let summary = replay(&files, until);
        let found = members(&files.read("members"));
        for (segment, sql) in SEGMENTS {
            let rows = sqlx::query_scalar::<_, String>(sql)
                .bind(now)
                .fetch_all(&mut db);
            let expected: BTreeSet<String> = rows.await.unwrap().into_iter().collect();
            let users = summary["users"].as_u64().unwrap() as usize;
            let is_telling = !expected.is_empty() && expected.len() < users;
            assert!(is_telling, "{segment} at {until}: {}", expected.len());
            let found = found.get(segment).cloned().unwrap_or_default();
            let differing: Vec<_> = expected.symmetric_difference(&found).take(5).collect();
            assert!(differing.is_empty(), "{segment} at {until}: {differing:?}");
        }
    }
    let until = parse_timestamp("1998-06-30T10:01:00Z").unwrap();
    let sweep = sqlx::query_as::<_, (String, i64, bool)>(FREQUENT_SWEEP).bind(until);
    let rows = sweep.fetch_all(&mut db).await.unwrap();
    let expected: BTreeMap<(String, i64), i32> = rows
        .into_iter()
        .map(|(customer, at, is_in)| ((customer, at), if is_in { 1 } else { -1 }))
        .collect();
    assert!(expected.len() > 8_000, "{}", expected.len());
    assert_eq!(frequent_changes(&files.read("changes")), expected);
}

#[test]
fn every_demo_segment_has_its_sql() {
    let text = std::fs::read_to_string(shipped("demo-segments.json")).unwrap();
    let segments: Value = serde_json::from_str(&text).unwrap();
    let ids: Vec<&str> = segments
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|s| s["id"].as_str())
        .collect();
    assert_eq!(ids, SEGMENTS.map(|(id, _)| id));
}
