//! Whole rules, asked about everywhere.

use rulelang::tokens::{Lexer, TokenKind};

use super::offered;

/// Rules that have all that can be offered.
const RULES: &[&str] = &[
    "plan == 'pro' AND NOT churned OR age >= 18 AND age BETWEEN 1 AND 2",
    "plan NOT IN ('a', LOWER(plan)) AND plan IS NOT NULL AND plan IS NOT DISTINCT FROM country",
    "plan NOT LIKE 'a' AND plan STARTS WITH 'b' OR plan NOT CONTAINS 'c' AND plan IN LIST 'l'",
    "tags CONTAINS ANY ('a', 'b') AND tags IS NOT EMPTY AND EXISTS plan AND NOT IN SEGMENT 'vip'",
    "signedUp NOT WITHIN LAST 30 DAYS OR signedUp FROM 90 DAYS TO 30 DAYS AGO OR signedUp OLDER THAN 2 WEEKS",
    "signedUp WITHIN LAST 2 CALENDAR MONTHS IN 'Europe/Berlin' AND signedUp BEFORE NOW() - 30 DAYS",
    "ANNIVERSARY(signedUp) WITHIN NEXT 7 DAYS IN 'UTC' OR signedUp DURING DATE '2026-01-01' TO DATE '2026-02-01'",
    "COUNT(purchase WITHIN LAST 30 DAYS WHERE amount > 10 AND NOT amount IS NULL) + COUNT(*) > 3",
    "DID NOT purchase WITHIN LAST 14 DAYS AND DID purchase AND SUM(purchase.amount) > LAST(purchase.amount)",
    "COUNT DISTINCT(purchase.amount) > 1 AND CASE WHEN churned THEN age ELSE age END > 3",
    "SEQUENCE(purchase WITHIN LAST 7 DAYS THEN purchase WITHIN 1 HOURS WHERE amount > 1 THEN NOT purchase WITHIN 1 DAYS)",
    "ANY(items, i => i.price > age AND NOT i.price IS NULL) AND COUNT_IF(items, i => i.price > 3) > 1",
    "NOT (plan MATCHES 'a' OR (age + 1) * 2 < age) AND IF(churned, age, COALESCE(age, 1)) DIV 2 > 1",
];

#[test]
fn every_word_of_a_rule_is_offered_where_it_stands() {
    for rule in RULES {
        assert!(rulelang::parse(rule).is_ok(), "{rule}");
        let tokens = Lexer::new(rule, 0).map(Result::unwrap);
        for word in tokens.filter(|it| it.kind == TokenKind::Word) {
            // The names of items are new.
            if word.text == "i" {
                continue;
            }
            // Names are known from the rule itself, once more.
            let start = word.span.start as usize;
            let text = format!("{}| {} OR {rule}", &rule[..start], &rule[start..]);
            let offered = offered(&text);
            let is_offered = offered.iter().any(|it| {
                let path = it == word.text || word.text.starts_with(&format!("{it}."));
                path || it.split(' ').next() == Some(word.text)
            });
            assert!(is_offered, "{text}: no {} in {offered:?}", word.text);
        }
    }
}

#[test]
fn any_beginning_of_any_text_is_answered() {
    let odd = [
        "))]] AND ((",
        "((((((",
        ") (",
        "* . * .",
        ", => , =>",
        "IS NOT IN AND",
        "END CASE )",
    ];
    for text in RULES.iter().chain(&odd) {
        for (at, _) in text.char_indices() {
            offered(&format!("{}|{}", &text[..at], &text[at..]));
            offered(&format!("{}|", &text[..at]));
        }
    }
}
