use super::{bindings, check, declared, fixed, outcome, rule};
use crate::rule::NodeKind;
use crate::{Schema, Type};

#[test]
fn a_closed_schema_refuses_unknown_names_with_a_suggestion() {
    let schema = Schema {
        open: false,
        ..declared()
    };
    check(
        &schema,
        &[
            ("contry == 'US'", "E0101 `contry`"),
            ("totalspent > 1", "E0101 `totalspent`"),
            ("COUNT(purchase WHERE quantty > 1) > 1", "E0101 `quantty`"),
            (
                "COUNT(purchase WHERE quantity > 1 AND timestamp DURING DATE '2026-01-01' TO DATE '2026-02-01') > 1",
                "purchase.quantity:int purchase.timestamp:timestamp",
            ),
        ],
    );
    assert_eq!(fixed("contry == 'US'", &schema), "country == 'US'");
    let found = crate::check("totalspent > 1", &schema).unwrap_err();
    let help = found.iter().next().unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `totalSpent`?"));
}

#[test]
fn a_computed_trait_is_its_body_and_wins_over_a_field() {
    let mut schema = declared();
    schema.declare_field("totalSpent", Type::String, "somebody");
    let source = "1 < totalSpent";
    let rule = rule(source, &schema);
    assert!(rule.fields.is_empty());
    let NodeKind::Compare { right, .. } = &rule.root.kind else {
        panic!("a comparison");
    };
    let NodeKind::Trait { name, body } = &right.kind else {
        panic!("a trait");
    };
    assert_eq!((&**name, right.ty), ("totalSpent", Type::Float));
    assert_eq!(body.span.text(source), "totalSpent");
    assert_eq!(&*rule.aggregates[0].text, "SUM(purchase.amount)");
}

#[test]
fn default_traits_have_the_types_of_their_bodies() {
    check(
        &Schema::default(),
        &[
            ("totalSpent > 1", "purchase.amount:float"),
            ("eventCount > 1", ""),
            ("lastActivity WITHIN LAST 30 DAYS", "*.timestamp:timestamp"),
        ],
    );
}

#[test]
fn a_traits_names_are_inferred_with_those_of_the_rule() {
    let mut schema = Schema::default();
    let text = "LAST(purchase.category)".to_owned();
    schema.traits.insert("favourite".to_owned(), text);
    schema
        .traits
        .insert("isVip".to_owned(), "plan == 'vip'".to_owned());
    check(
        &schema,
        &[
            ("favourite == 'x'", "purchase.category:string"),
            ("favourite == 3", "purchase.category:float"),
            ("isVip AND plan > 1", "E0202 `plan`"),
        ],
    );
}

#[test]
fn a_broken_trait_is_one_error_where_it_is_named() {
    let mut schema = Schema::default();
    for (name, text) in [
        ("bad", "'a' + 1 > 2 AND NO()"),
        ("unparsed", "1 +"),
        ("a", "b + 1"),
        ("b", "a + 1"),
        ("selfish", "selfish > 1"),
        ("outer", "unparsed OR x"),
    ] {
        schema.traits.insert(name.to_owned(), text.to_owned());
    }
    check(
        &schema,
        &[
            ("bad OR x > 1", "E0104 `bad`"),
            ("bad OR bad", "E0104 `bad`"),
            ("unparsed", "E0104 `unparsed`"),
            ("outer", "E0104 `outer`"),
            ("a > 1", "E0104 `a`"),
            ("selfish", "E0104 `selfish`"),
        ],
    );
    let found = crate::check("a > 1", &schema).unwrap_err();
    assert!(found.to_string().contains("`a` → `b` → `a`"), "{found}");
}

#[test]
fn segments_are_known_and_counted_once() {
    let schema = Schema {
        segments: Some(vec!["vip".to_owned(), "new".to_owned()]),
        ..Schema::default()
    };
    let both = rule(
        "IN SEGMENT 'vip' OR NOT IN SEGMENT 'vip' OR IN SEGMENT 'new'",
        &schema,
    );
    assert_eq!(both.segments, ["vip", "new"]);
    let found = crate::check("IN SEGMENT 'vipp'", &schema).unwrap_err();
    let first = found.iter().next().unwrap();
    assert_eq!(first.code.as_str(), "E0103");
    assert_eq!(first.help.as_deref(), Some("did you mean `vip`?"));
    assert_eq!(outcome("IN SEGMENT 'any'", &Schema::default()), "");
}

#[test]
fn a_known_name_in_other_letter_case_is_warned_of_once() {
    let schema = declared();
    let checked = crate::check("Country == 'US' OR Country == 'CA'", &schema).unwrap();
    let warnings: Vec<_> = checked.warnings.iter().collect();
    let [only] = warnings.as_slice() else {
        panic!("{}", checked.warnings);
    };
    assert_eq!(only.code.as_str(), "W0805");
    let fix = only.fix.as_ref().unwrap();
    assert_eq!((fix.span.start, fix.replacement.as_str()), (0, "country"));
    let bound = bindings(&[("totalspent", Type::Float)]);
    check(&bound, &[("totalspent > 1", "totalspent:float")]);
}

#[test]
fn functions_have_suggestions_and_fixed_numbers_of_arguments() {
    check(
        &declared(),
        &[
            ("NOW(1) > signup", "E0205 `NOW(1)`"),
            ("COALESCE() > 1", "E0205 `COALESCE()`"),
            ("NULLIF(age) > 1", "E0205 `NULLIF(age)`"),
            ("IF(churned, 1) > 1", "E0205 `IF(churned, 1)`"),
            ("COALESE(age, 1) > 1", "E0102 `COALESE`"),
        ],
    );
    let found = crate::check("COALESE(age, 1) > 1", &declared()).unwrap_err();
    let help = found.iter().next().unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `COALESCE`?"));
}
