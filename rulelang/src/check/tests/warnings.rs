use super::{check, declared, fixed};

#[test]
fn negative_operators_over_nullable_values_warn() {
    check(
        &declared(),
        &[
            ("country != 'US'", "country:string W0801"),
            ("country NOT IN ('US')", "country:string W0801"),
            ("age NOT BETWEEN 1 AND 2", "age:int W0801"),
            ("country NOT LIKE 'U%'", "country:string W0801"),
            ("tags NOT CONTAINS ANY ('x')", "tags:list<string> W0801"),
            ("tags CONTAINS NONE ('x')", "tags:list<string> W0801"),
            ("signup NOT WITHIN LAST 1d", "signup:timestamp W0801"),
            ("NOT (age > 30)", "age:int W0801"),
            ("NOT churned", "churned:bool W0801"),
            (
                "NOT (age > 30 OR country == 'x')",
                "age:int country:string W0801 W0801",
            ),
            ("LAST(purchase.sku) != 'x'", "purchase.sku:string W0801"),
            (
                "CASE WHEN age > 1 THEN country ELSE 'x' END != 'y'",
                "age:int country:string W0801",
            ),
            ("IF(age > 1, 'x', 'z') != 'y'", "age:int"),
            (
                "COUNT(purchase WHERE sku != 'x') > 1",
                "purchase.sku:string W0801",
            ),
        ],
    );
}

#[test]
fn what_leaves_nobody_out_by_surprise_does_not_warn() {
    check(
        &declared(),
        &[
            ("country == 'US'", "country:string"),
            ("NOT (country != 'US')", "country:string"),
            ("NOT (NOT (age > 1))", "age:int"),
            ("country IS DISTINCT FROM 'US'", "country:string"),
            (
                "COUNT(purchase) != 1 AND SUM(purchase.quantity) != 1",
                "purchase.quantity:int",
            ),
            ("NOT IN SEGMENT 'x' AND DID NOT login", ""),
            ("NOT EXISTS country", "country:string"),
            ("country != 'US' OR country IS NULL", "country:string"),
            ("country != 'US' AND EXISTS country", "country:string"),
            ("COALESCE(country, '') != 'US'", "country:string"),
            ("(country != 'US') IS NOT FALSE", "country:string"),
        ],
    );
}

#[test]
fn the_fix_keeps_those_without_a_value() {
    let schema = declared();
    assert_eq!(
        fixed("country != 'US'", &schema),
        "country IS DISTINCT FROM 'US'"
    );
    assert_eq!(
        fixed("(age + 1) <> 2", &schema),
        "(age + 1) IS DISTINCT FROM 2"
    );
    for (rule, mended) in [
        ("NOT churned", "churned IS NOT TRUE"),
        ("! churned AND age > 1", "churned IS NOT TRUE AND age > 1"),
        (
            "country NOT IN ('US')",
            "country NOT IN ('US') OR country IS NULL",
        ),
        (
            "age > 1 AND country NOT LIKE 'U%'",
            "age > 1 AND (country NOT LIKE 'U%' OR country IS NULL)",
        ),
        (
            "(tags CONTAINS NONE ('x')) AND age > 1",
            "(tags CONTAINS NONE ('x') OR tags IS NULL) AND age > 1",
        ),
        (
            "age + 1 NOT BETWEEN 1 AND 2",
            "age + 1 NOT BETWEEN 1 AND 2 OR (age + 1) IS NULL",
        ),
        (
            "signup NOT WITHIN LAST 1d",
            "signup NOT WITHIN LAST 1d OR signup IS NULL",
        ),
        ("NOT (age > 30)", "NOT (age > 30) OR age IS NULL"),
        (
            "NOT (churned OR DID purchase)",
            "NOT (churned IS TRUE OR DID purchase)",
        ),
        (
            "NOT (age > 30 AND DID purchase)",
            "NOT ((age > 30) IS TRUE AND DID purchase)",
        ),
        (
            "NOT IF(DID purchase, churned, FALSE)",
            "NOT IF(DID purchase, churned IS TRUE, FALSE)",
        ),
        (
            "COUNT(purchase WHERE sku NOT IN ('x')) > 1",
            "COUNT(purchase WHERE (sku NOT IN ('x') OR sku IS NULL)) > 1",
        ),
    ] {
        assert_eq!(fixed(rule, &schema), mended, "{rule}");
    }
    let warnings = crate::check("NOT churned", &schema).unwrap().warnings;
    let first = warnings.iter().next().unwrap();
    assert_eq!(
        first.help.as_deref(),
        Some("write `churned IS NOT TRUE` to keep them")
    );
    assert_eq!(
        first.message,
        "`NOT churned` also leaves out everybody whose `churned` is absent"
    );
}
