use super::{bindings, check, declared};
use crate::{Code, Schema, Type};

/// The first error of a rule, and what its fix makes of it.
fn mended(source: &str, schema: &Schema) -> (Code, String, Option<String>) {
    let found = crate::check(source, schema).unwrap_err();
    let first = found.iter().next().unwrap();
    let fixed = first.fix.as_ref().map(|fix| {
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        format!("{}{}{}", &source[..start], fix.replacement, &source[end..])
    });
    (first.code, first.message.clone(), fixed)
}

#[test]
fn a_condition_types_an_undeclared_list() {
    check(
        &Schema::default(),
        &[
            ("ANY(a, i => i.x > 1)", "a:list<object>"),
            ("ANY(a, i => i == 'x')", "a:list<string>"),
            ("ANY(a, i => i > 1)", "a:list<float>"),
            ("ANY(a, i => i CONTAINS 'x')", "a:list<string>"),
            (
                "ANY(a, i => i == b) AND b == 'x'",
                "a:list<string> b:string",
            ),
            (
                "ANY(a, i => LENGTH(i) > 1) AND a CONTAINS 'x'",
                "a:list<string>",
            ),
            ("LENGTH(a) > 1 AND ALL(a, i => i.x)", "a:list<object>"),
            (
                "COUNT_IF(a, i => b == 1) > 0 AND a CONTAINS 5",
                "a:list<float> b:float",
            ),
            ("ANY(a, i => ANY(i.b, j => j.c > 1))", "a:list<object>"),
            (
                "COUNT(e WHERE ANY(a, i => i.x > 1)) > 0",
                "e.a:list<object>",
            ),
            ("ANY(a, i => i IS NOT NULL)", "E0203 `a`"),
            ("ANY(a, i => i.x IS NOT NULL)", "E0203 `i.x`"),
            ("ANY(a, i => i.x > 1) AND a == 'x'", "E0202 `a`"),
            (
                "ANY(a, i => i.x > 1) AND ANY(a, j => j.x == 'y')",
                "E0202 `j.x`",
            ),
        ],
    );
}

#[test]
fn what_a_quantifier_refuses() {
    check(
        &declared(),
        &[
            ("ANY(tags, t => t > 1)", "E0201 `t > 1`"),
            ("ANY(tags, t => t.x == 'y')", "E0201 `t.x`"),
            ("ANY(country, c => c == 'y')", "E0201 `country`"),
            ("ANY(a, i => i.x > 1 AND i == 'y')", "E0201 `i`"),
            ("ANY(tags, t => age)", "E0204 `age`"),
            (
                "COUNT_IF(tags, t => t == 'x')",
                "E0204 `COUNT_IF(tags, t => t == 'x')`",
            ),
            (
                "ANY(tags, t => COUNT(purchase) > 1)",
                "E0207 `COUNT(purchase)`",
            ),
            ("ANY(tags, t => DID purchase)", "E0207 `DID purchase`"),
            ("ANY(tags, t => IN SEGMENT 's')", "E0207 `IN SEGMENT 's'`"),
            ("ANY(tags, t => signup < NOW())", "E0207 `NOW()`"),
            (
                "ANY(tags, t => signup WITHIN LAST 1d)",
                "E0207 `signup WITHIN LAST 1d`",
            ),
            (
                "ANY(a, i => ANY(i.b, j => ANY(j.c, k => k.d > 1)))",
                "E0302 `ANY(j.c, k => k.d > 1)`",
            ),
            (
                "ANY(a, i => i.x > 1 AND ANY(tags, t => t == 'x'))",
                "E0207 `tags`",
            ),
            (
                "ANY(a, i => ANY(LIST_CONCAT(i.x, tags), t => t == 'x'))",
                "E0207 `LIST_CONCAT(i.x, tags)`",
            ),
            (
                "ANY(a, i => ANY(SPLIT(i.x, ','), t => t == 'x'))",
                "a:list<object>",
            ),
            (
                "ANY(tags, t => ANY(['x', 'y'], u => u == t))",
                "tags:list<string>",
            ),
            ("ANY(tags, t => totalSpent > 1)", "E0104 `totalSpent`"),
            ("ANY(NULL, t => t == 'x') OR churned", "churned:bool"),
        ],
    );
}

#[test]
fn a_list_of_objects_is_asked_about_its_items() {
    let mut schema = declared();
    schema.declare_field("cart", Type::Objects, "the schema");
    schema.declare_property("purchase", "lines", Type::Objects, "the schema");
    for (source, fixed) in [
        ("cart.price > 100", Some("ANY(cart, i => i.price > 100)")),
        (
            "age > 1 AND cart.`a b` IN ('x')",
            Some("age > 1 AND ANY(cart, i => `i.a b` IN ('x'))"),
        ),
        (
            "LOWER(cart.sku) == 'a'",
            Some("ANY(cart, i => LOWER(i.sku) == 'a')"),
        ),
        (
            "COUNT(purchase WHERE lines.price > 1) > 0",
            Some("COUNT(purchase WHERE ANY(lines, i => i.price > 1)) > 0"),
        ),
        ("SUM(purchase.lines.price) > 1", None),
        ("cart == 'x'", None),
        ("cart CONTAINS 'x'", None),
        ("cart CONTAINS ANY ('x')", None),
        ("LOWER(cart) == 'x'", None),
        ("LIST_FIRST(cart) == 'x'", None),
        ("cart IN ('x')", None),
        ("COALESCE(cart, cart) IS NULL", None),
        ("cart == cart", None),
        ("MAX(purchase.lines) IS NULL", None),
    ] {
        let (code, message, fix) = mended(source, &schema);
        assert_eq!(code, Code::TypeMismatch, "{source}: {message}");
        assert_eq!(fix.as_deref(), fixed, "{source}: {message}");
        if let Some(fix) = fix {
            assert!(crate::check(&fix, &schema).is_ok(), "{fix}");
        }
    }
    for source in [
        "LENGTH(cart) > 1",
        "cart IS EMPTY",
        "EXISTS cart",
        "cart IS NULL",
    ] {
        assert!(crate::check(source, &schema).is_ok(), "{source}");
    }
}

#[test]
fn a_computed_trait_does_not_see_the_item() {
    let mut schema = declared();
    schema.traits.insert("named".into(), "t == 'x'".into());
    let checked = crate::check("ANY(tags, t => t == 'y' AND named)", &schema).unwrap();
    let fields = checked.rule.fields.iter().map(|field| &*field.name);
    assert_eq!(fields.collect::<Vec<_>>(), ["tags", "t"]);
}

#[test]
fn none_of_a_list_that_may_be_absent_is_warned_of() {
    check(
        &declared(),
        &[("NONE(tags, t => t == 'x')", "tags:list<string> W0801")],
    );
}

#[test]
fn a_negative_operator_in_a_quantifier_is_warned_of_where_a_member_may_be_absent() {
    let warned = |source: &str| {
        let checked = crate::check(source, &declared()).unwrap();
        let messages = checked.warnings.iter().map(|it| it.message.clone());
        messages.collect::<Vec<_>>()
    };
    assert_eq!(
        warned("ANY(a, i => i.x != 'y')"),
        ["`i.x != 'y'` also leaves out every item whose `i.x` is absent"]
    );
    assert_eq!(
        warned("ALL(a, i => i.x NOT IN (1, 2))"),
        ["`i.x NOT IN (1, 2)` also leaves out everybody with an item whose `i.x` is absent"]
    );
    assert_eq!(
        warned("2 * COUNT_IF(a, i => i.x != 'y') > 3"),
        ["`i.x != 'y'` also leaves out every item whose `i.x` is absent"]
    );
    for silent in [
        "ANY(tags, t => t != 'y')",
        "ANY(a, i => i.x == 'y')",
        "ANY(a, i => i.x != 'y' OR i.x IS NULL)",
    ] {
        assert!(warned(silent).is_empty(), "{silent}");
    }
}

#[test]
fn a_bound_list_of_objects_is_one() {
    check(
        &bindings(&[("cart", Type::Objects)]),
        &[
            ("LENGTH(cart) > 1", "cart:list<object>"),
            ("cart IS EMPTY", "cart:list<object>"),
            ("ANY(cart, i => i.x > 1)", "cart:list<object>"),
            ("LIST_DISTINCT(cart) IS EMPTY", "E0201 `cart`"),
            ("ANY(cart, i => i IS NOT NULL)", "E0201 `i`"),
        ],
    );
}
