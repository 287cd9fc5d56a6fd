use super::{check, declared, outcome, rule, type_of};
use crate::rule::Window;
use crate::{Schema, Type};

#[test]
fn aggregates_have_the_types_of_their_functions() {
    for (source, expected) in [
        ("COUNT(purchase)", "int"),
        ("COUNT DISTINCT(purchase.anything)", "int"),
        ("SUM(purchase.amount)", "float"),
        ("SUM(purchase.quantity)", "int"),
        ("AVG(purchase.quantity)", "float"),
        ("MIN(purchase.quantity)", "int"),
        ("LAST(purchase.sku)", "string"),
        ("LAST(*.timestamp)", "timestamp"),
        ("SUM(purchase.sku)", "E0201 `sku`"),
        ("MAX(purchase.labels)", "E0201 `labels`"),
        ("LAST(purchase.x)", "E0203 `x`"),
    ] {
        assert_eq!(type_of(source, &declared()), expected, "{source}");
    }
}

#[test]
fn properties_are_inferred_from_every_use_in_the_rule() {
    check(
        &Schema::default(),
        &[
            ("LAST(purchase.category) == 'x'", "purchase.category:string"),
            ("MAX(purchase.amount) > 5", "purchase.amount:float"),
            ("COUNT DISTINCT(purchase.sku) > 1", "purchase.sku:any"),
            (
                "COUNT DISTINCT(purchase.sku WHERE sku != 'x') > 1",
                "purchase.sku:string W0801",
            ),
            (
                "LAST(purchase.timestamp) OLDER THAN 1d",
                "purchase.timestamp:timestamp",
            ),
            (
                "COUNT(purchase WHERE category == 'a') > 1 AND LAST(purchase.category) > 1",
                "E0202 `LAST(purchase.category)`",
            ),
            (
                "COUNT(a WHERE x == 'a') > 1 AND COUNT(b WHERE x > 1) > 1",
                "a.x:string b.x:float",
            ),
            (
                "x == 'a' AND COUNT(b WHERE x > 1) > 1",
                "x:string b.x:float",
            ),
            (
                "COUNT(* WHERE x > 1) > 1 AND COUNT(b WHERE x == 'a') > 1",
                "*.x:float b.x:string",
            ),
        ],
    );
}

#[test]
fn a_where_asks_about_one_event_and_not_about_now() {
    check(
        &declared(),
        &[
            (
                "COUNT(purchase WHERE COUNT(login) > 1) > 1",
                "E0207 `COUNT(login)`",
            ),
            (
                "COUNT(purchase WHERE IN SEGMENT 'x') > 1",
                "E0207 `IN SEGMENT 'x'`",
            ),
            (
                "COUNT(purchase WHERE NOW() > timestamp) > 1",
                "E0207 `NOW()`",
            ),
            (
                "COUNT(purchase WHERE timestamp WITHIN LAST 1d) > 1",
                "E0207 `timestamp WITHIN LAST 1d`",
            ),
            (
                "COUNT(purchase WHERE timestamp AFTER DATE '2026-01-01') > 1",
                "purchase.timestamp:timestamp",
            ),
            // A name in a WHERE is a property even where a field or a trait has it.
            (
                "COUNT(purchase WHERE totalSpent == 'x') > 1",
                "purchase.totalSpent:string",
            ),
        ],
    );
}

#[test]
fn windows_are_milliseconds() {
    let window = |source: &str| rule(source, &Schema::default()).aggregates[0].window;
    assert_eq!(window("DID purchase"), Window::AllTime);
    assert_eq!(
        window("DID purchase WITHIN LAST 2h"),
        Window::WithinLast(7_200_000)
    );
    assert_eq!(
        window("COUNT(purchase FROM 2d TO 1d AGO) > 0"),
        Window::FromToAgo {
            from: 172_800_000,
            to: 86_400_000
        }
    );
    check(
        &Schema::default(),
        &[
            (
                "DID purchase WITHIN LAST 0d",
                "E0207 `DID purchase WITHIN LAST 0d`",
            ),
            (
                "COUNT(a FROM 1d TO 1d AGO) > 0",
                "E0207 `COUNT(a FROM 1d TO 1d AGO)`",
            ),
            (
                "DID a WITHIN LAST 9223372036854775807 WEEKS",
                "E0004 `9223372036854775807 WEEKS`",
            ),
        ],
    );
}

#[test]
fn equal_aggregates_are_one() {
    let source = "COUNT(purchase WHERE category == 'a') > 1 AND count ( purchase where category = 'a' ) < 9 AND SUM(purchase.amount) > 1 AND totalSpent < 5";
    let rule = rule(source, &Schema::default());
    let texts: Vec<_> = rule.aggregates.iter().map(|it| &*it.text).collect();
    assert_eq!(
        texts,
        [
            "COUNT(purchase WHERE category == 'a')",
            "SUM(purchase.amount)"
        ]
    );
    assert_eq!(
        rule.aggregates[0].filter_text.as_deref(),
        Some("category == 'a'")
    );
    assert_eq!(rule.aggregates[1].property, Some(0));
    assert_eq!(rule.aggregates[1].ty, Type::Float);
}

#[test]
fn aggregates_are_limited() {
    let many: Vec<_> = (0..33).map(|n| format!("DID e{n}")).collect();
    assert_eq!(outcome(&many[..32].join(" OR "), &Schema::default()), "");
    assert_eq!(
        outcome(&many.join(" OR "), &Schema::default()),
        "E0303 `DID e32`"
    );
}
