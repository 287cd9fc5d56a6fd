//! What is offered in each context; `|` is the cursor.

mod rules;

use super::items;
use crate::language_server::document::Document;
use rulelang::{Schema, Type};

fn schema() -> Schema {
    let mut schema = Schema::default();
    schema.declare_field("plan", Type::String, "the schema");
    schema.declare_field("age", Type::Int, "the schema");
    schema.declare_field("churned", Type::Bool, "the schema");
    schema.declare_field("signedUp", Type::Timestamp, "the schema");
    schema.declare_property("purchase", "utm-source", Type::String, "the schema");
    schema.segments = Some(vec!["vip".to_owned()]);
    schema
}

/// The labels of what is offered, those of functions among them.
fn offered(text: &str) -> Vec<String> {
    let at = text.find('|').unwrap();
    let text = text.replacen('|', "", 1);
    let document = Document::new(text, &schema(), None);
    let items = items(&document, &schema(), at);
    items.into_iter().map(|it| it.label).collect()
}

fn check(text: &str, expected: &[&str], unexpected: &[&str]) {
    let offered = offered(text);
    let has = |label: &str| offered.iter().any(|it| it == label);
    for label in expected {
        assert!(has(label), "{text}: no {label} in {offered:?}");
    }
    for label in unexpected {
        assert!(!has(label), "{text}: {label} in {offered:?}");
    }
}

#[test]
fn a_condition_begins_with_a_name_or_a_form() {
    let expected = &[
        "plan",
        "totalSpent",
        "NOT",
        "DID",
        "IN SEGMENT",
        "COUNT",
        "ANY",
        "LOWER",
    ];
    let unexpected = &["==", "AND", "DAYS", "purchase", "WITHIN LAST", ")"];
    for text in [
        "|",
        "age > 3 AND |",
        "NOT |",
        "(age > 3 OR |",
        "CASE WHEN |",
        "IF(|",
    ] {
        check(text, expected, unexpected);
    }
}

#[test]
fn behind_an_operand_stand_the_tests_of_its_type() {
    check(
        "plan |",
        &["==", "LIKE", "NOT LIKE", "NOT CONTAINS", "IS EMPTY"],
        &["<=>", "WITHIN LAST", "AND", "plan"],
    );
    check(
        "age |",
        &["<", "BETWEEN", "NOT IN", "+"],
        &["LIKE", "OR", "IS TRUE"],
    );
    check("churned |", &["IS FALSE", "AND"], &["<", "LIKE"]);
    check(
        "signedUp |",
        &["WITHIN LAST", "FROM", "OLDER THAN"],
        &["LIKE", "AND"],
    );
    check("COUNT(purchase) |", &[">", "=="], &["LIKE", "WHERE", "AND"]);
    check("LOWER(plan) |", &["LIKE"], &["WITHIN LAST"]);
    check(
        "(unknown |",
        &["==", "LIKE", "WITHIN LAST", "AND", ")"],
        &["plan"],
    );
}

#[test]
fn a_name_alone_does_not_say_its_type() {
    check(
        "country |",
        &["LIKE", "<", "WITHIN LAST", "AND"],
        &["country"],
    );
    let text = "country == |";
    let schema = schema();
    let good = Document::new("country".to_owned(), &schema, None).into_good();
    assert!(good.is_some());
    let document = Document::new(text.replace('|', ""), &schema, good);
    let items = items(&document, &schema, text.len() - 1);
    assert!(items.iter().any(|it| it.label == "LOWER"));
}

#[test]
fn behind_not_stand_the_tests_that_it_negates() {
    check(
        "plan NOT |",
        &["LIKE", "IN", "CONTAINS", "IN LIST"],
        &["NOT LIKE", "==", "plan"],
    );
    check("signedUp NOT |", &["WITHIN LAST"], &["LIKE"]);
    check(
        "plan IS |",
        &["NULL", "NOT NULL", "DISTINCT FROM"],
        &["plan", "=="],
    );
    check("plan IS NOT |", &["NULL", "DISTINCT FROM"], &["NOT NULL"]);
}

#[test]
fn behind_an_operator_stand_values_that_fit() {
    let known = "AND plan IN ('pro', \"free\") AND 'basic' != country AND age > 18";
    let expected = &["'pro'", "\"free\"", "country", "LOWER", "COALESCE"];
    let unexpected = &[
        "plan", "age", "churned", "18", "TRUE", "NOT", "DID", "==", "LENGTH",
    ];
    for text in [
        "plan == |",
        "plan NOT LIKE |",
        "plan IS DISTINCT FROM |",
        "plan NOT IN ('x', |",
    ] {
        check(&format!("{text} {known}"), expected, unexpected);
    }
    check(
        &format!("age BETWEEN 1 AND | {known}"),
        &["18", "totalSpent", "COUNT", "ABS"],
        &["plan", "'pro'"],
    );
    check(
        &format!("plan == 'p|' {known}"),
        &["pro"],
        &["'pro'", "free", "plan"],
    );
    check(
        "signedUp > |",
        &["NOW", "TIMESTAMP", "lastActivity"],
        &["plan", "TRUE"],
    );
}

#[test]
fn behind_a_condition_stand_and_and_or() {
    for text in [
        "plan == 'pro' |",
        "plan IN ('a', 'b') |",
        "plan IS NULL |",
        "IN SEGMENT 'vip' |",
        "age BETWEEN 1 AND 2 |",
        "signedUp WITHIN LAST 30 DAYS |",
        "plan CONTAINS ANY ('a') |",
        "signedUp FROM 90d TO 30d AGO |",
        "EXISTS plan |",
    ] {
        check(text, &["AND", "OR"], &["==", "plan", "LIKE", ")"]);
    }
    check("(plan == 'pro' |", &["AND", ")"], &["=="]);
    check("CASE WHEN plan == 'pro' |", &["THEN", "AND"], &["=="]);
}

#[test]
fn events_and_their_properties_are_those_that_are_known() {
    check(
        "DID |",
        &["purchase", "*", "NOT"],
        &["DID", "plan", "COUNT"],
    );
    check(
        "DID pur| AND COUNT(signup) > 1",
        &["purchase", "signup"],
        &["pur"],
    );
    check("COUNT(|", &["purchase", "*"], &["NOT", "plan"]);
    check(
        "SUM(purchase.|",
        &["amount", "`utm-source`", "timestamp"],
        &["plan", "purchase"],
    );
    check("SUM(purchase.am| ", &["amount"], &["am"]);
    check("MAX(*.|", &["timestamp"], &["amount"]);
    check(
        "SUM(order.x) > 1 AND SUM(order.|",
        &["x", "timestamp"],
        &["amount"],
    );
    check("SEQUENCE(purchase THEN |", &["purchase", "NOT"], &["plan"]);
}

#[test]
fn behind_an_event_stand_windows_and_conditions_of_its_properties() {
    check(
        "COUNT(purchase |",
        &["WITHIN LAST", "FROM", "DURING", "WHERE", ")"],
        &["AND", "plan"],
    );
    check(
        "DID purchase |",
        &["WITHIN LAST", "AND", "OR"],
        &["WHERE", "=="],
    );
    check(
        "COUNT(purchase WITHIN LAST 30 DAYS |",
        &["WHERE", ")"],
        &["AND"],
    );
    check(
        "SEQUENCE(purchase |",
        &["WITHIN LAST", "THEN", ")"],
        &["AND"],
    );
    let unexpected = &["plan", "COUNT", "DID", "IN SEGMENT"];
    check(
        "COUNT(purchase WHERE |",
        &["amount", "`utm-source`", "timestamp", "NOT"],
        unexpected,
    );
    check(
        "COUNT(purchase WHERE timestamp |",
        &["WITHIN LAST", "BEFORE"],
        &["LIKE"],
    );
    check(
        "COUNT(purchase WHERE `utm-source` |",
        &["LIKE"],
        &["WITHIN LAST"],
    );
    check(
        "COUNT(purchase WHERE `utm-source` == 'x' |",
        &["AND", ")"],
        &["WHERE"],
    );
}

#[test]
fn members_are_those_that_the_document_names_elsewhere() {
    let known = "AND ANY(items, i => i.price > 5 AND i.sku == 'a')";
    check(
        &format!("ANY(items, j => j.|) {known}"),
        &["price", "sku"],
        &["j", "items", "plan"],
    );
    check(
        &format!("ANY(items, j => j.p|) {known}"),
        &["price"],
        &["p"],
    );
    check(
        &format!("ANY(items, j => j.sku == |) {known}"),
        &["'a'", "j"],
        &["5"],
    );
    check("ANY(items, |", &[], &["items", "plan"]);
    check(&format!("ANY(|) {known}"), &["items"], &["DID"]);
}

#[test]
fn lengths_of_time_have_units_and_calendars_have_zones() {
    check("signedUp WITHIN |", &["LAST", "NEXT"], &["plan"]);
    check("signedUp WITHIN LAST |", &[], &["plan"]);
    check(
        "signedUp WITHIN LAST 30 |",
        &["DAYS", "HOURS", "CALENDAR MONTHS"],
        &["AND", "plan"],
    );
    check("signedUp OLDER THAN 30 |", &["DAYS"], &["CALENDAR DAYS"]);
    check("signedUp FROM 90 DAYS |", &["TO"], &["AND"]);
    check("signedUp FROM 90 DAYS TO 30d |", &["AGO"], &["AND"]);
    check("signedUp WITHIN LAST 2 CALENDAR |", &["MONTHS"], &["HOURS"]);
    check(
        "signedUp WITHIN LAST 2 CALENDAR MONTHS |",
        &["IN", "AND"],
        &["=="],
    );
    check(
        "ANNIVERSARY(signedUp) WITHIN NEXT 7 DAYS |",
        &["IN", "AND"],
        &["=="],
    );
    let zones = [
        "signedUp WITHIN LAST 2 CALENDAR MONTHS IN '|'",
        "COUNT(purchase WITHIN LAST 1 CALENDAR DAY IN '|",
    ];
    for text in zones {
        check(text, &["Europe/Berlin"], &["vip", "'Europe/Berlin'"]);
    }
    check(
        "ANNIVERSARY(signedUp) WITHIN NEXT 7 DAYS IN |",
        &["'Europe/Berlin'"],
        &["LIST"],
    );
}

#[test]
fn segments_are_those_that_are_known_and_not_the_one_that_is_written() {
    check(
        "IN SEGMENT 'v|' OR IN SEGMENT 'new'",
        &["vip", "new"],
        &["v", "", "plan"],
    );
    check("IN SEGMENT |", &["'vip'"], &["vip", "plan"]);
    check("NOT IN |", &["SEGMENT"], &["LIST"]);
}

#[test]
fn nothing_is_offered_where_nothing_can_be_known() {
    for text in [
        "age > 3|",
        "plan == 'x|",
        "// pl|",
        "/* pl|",
        "TIMESTAMP '|",
        "{\"field\": \"|\"}",
    ] {
        assert_eq!(offered(text), [""; 0], "{text}");
    }
}
