//! ANY, ALL, NONE and COUNT_IF over lists of objects and of scalars.

use crate::*;

/// An object of these members.
fn object(members: &[(&str, Value)]) -> Value {
    Value::object(
        members
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone())),
    )
}

fn item(sku: &str, price: f64, qty: i64) -> Value {
    object(&[
        ("sku", string(sku)),
        ("price", Value::Float(price)),
        ("qty", Value::Int(qty)),
    ])
}

fn cart(items: &[Value]) -> [(&'static str, Value); 1] {
    [("cart", Value::List(items.into()))]
}

#[test]
fn any_is_or_all_is_and_none_is_the_opposite_of_any() {
    let two = cart(&[item("A", 5.0, 1), item("B", 50.0, 3)]);
    for (text, value) in [
        ("ANY(cart, i => i.price > 10 AND i.qty >= 2)", TRUE),
        ("ANY(cart, i => i.price > 10 AND i.qty < 2)", FALSE),
        ("ALL(cart, i => i.price > 1)", TRUE),
        ("ALL(cart, i => i.price > 10)", FALSE),
        ("NONE(cart, i => i.price > 100)", TRUE),
        ("NONE(cart, i => i.sku == 'A')", FALSE),
        ("COUNT_IF(cart, i => i.qty >= 1)", Value::Int(2)),
        ("COUNT_IF(cart, i => i.sku IN ('B', 'C')) == 1", TRUE),
        ("NOT ANY(cart, i => i.sku == 'A')", FALSE),
    ] {
        assert_eq!(of(text, &two), value, "{text}");
    }
}

#[test]
fn of_an_empty_list_any_is_false_and_all_is_true() {
    let empty = cart(&[]);
    assert_eq!(of("ANY(cart, i => i.price > 1)", &empty), FALSE);
    assert_eq!(of("ALL(cart, i => i.price > 1)", &empty), TRUE);
    assert_eq!(of("NONE(cart, i => i.price > 1)", &empty), TRUE);
    assert_eq!(
        of("COUNT_IF(cart, i => i.price > 1)", &empty),
        Value::Int(0)
    );
}

#[test]
fn of_no_list_all_are_unknown() {
    for quantity in ["ANY", "ALL", "NONE", "COUNT_IF"] {
        assert_eq!(
            of_nobody(&format!("{quantity}(cart, i => i.price > 1)")),
            NULL
        );
    }
    let scalar = [("cart", string("x"))];
    assert_eq!(of("ANY(cart, i => i.price > 1)", &scalar), NULL);
    let mixed = cart(&[item("A", 5.0, 1), string("x")]);
    assert_eq!(of("ANY(cart, i => i.price > 1)", &mixed), NULL);
}

#[test]
fn a_member_that_is_missing_or_of_another_type_is_unknown() {
    let odd = cart(&[
        object(&[("price", string("dear"))]),
        object(&[]),
        item("A", 50.0, 1),
    ]);
    assert_eq!(of("ANY(cart, i => i.price > 10)", &odd), TRUE);
    assert_eq!(of("ANY(cart, i => i.price > 100)", &odd), NULL);
    assert_eq!(of("ALL(cart, i => i.price > 10)", &odd), NULL);
    assert_eq!(of("ALL(cart, i => i.price > 100)", &odd), FALSE);
    assert_eq!(of("NONE(cart, i => i.price > 100)", &odd), NULL);
    assert_eq!(of("COUNT_IF(cart, i => i.price > 10)", &odd), Value::Int(1));
    let unpriced = "COUNT_IF(cart, i => COALESCE(i.price, -1) == -1)";
    assert_eq!(of(unpriced, &odd), Value::Int(2));
}

#[test]
fn nested_members_are_paths() {
    let nested = cart(&[object(&[
        ("product.sku", string("A")),
        ("a b", Value::Int(1)),
    ])]);
    assert_eq!(of("ANY(cart, i => i.product.sku == 'A')", &nested), TRUE);
    assert_eq!(of("ANY(cart, i => i.`a b` == 1)", &nested), TRUE);
}

#[test]
fn the_item_of_a_list_of_scalars_is_itself() {
    let tags = [("tags", strings(&["red", "green"])), ("s", string("green"))];
    assert_eq!(of("ANY(tags, tag => tag STARTS WITH 'gr')", &tags), TRUE);
    assert_eq!(of("ALL(tags, tag => LENGTH(tag) > 3)", &tags), FALSE);
    assert_eq!(of("ANY(tags, tag => tag == s)", &tags), TRUE);
    assert_eq!(
        of("COUNT_IF([1, 2, 3], n => n % 2 == 1)", &tags),
        Value::Int(2)
    );
}

#[test]
fn an_item_hides_a_field_of_its_name() {
    let values = [("s", string("outside")), ("tags", strings(&["inside"]))];
    assert_eq!(
        of("ANY(tags, s => s == 'inside') AND s == 'outside'", &values),
        TRUE
    );
}

#[test]
fn quantifiers_nest() {
    let options = |names: &[&str]| {
        let named = names.iter().map(|name| object(&[("name", string(name))]));
        Value::List(named.collect())
    };
    let nested = cart(&[
        object(&[("qty", Value::Int(1)), ("options", options(&["gift"]))]),
        object(&[
            ("qty", Value::Int(2)),
            ("options", options(&["plain", "bow"])),
        ]),
    ]);
    let text = "ANY(cart, i => i.qty == 2 AND ANY(i.options, o => o.name == 'bow'))";
    assert_eq!(of(text, &nested), TRUE);
    let outer = "ANY(cart, i => ANY(i.options, o => o.name == 'gift' AND i.qty == 2))";
    assert_eq!(of(outer, &nested), FALSE);
}

#[test]
fn a_where_asks_about_the_items_of_one_event() {
    let order = |id: &str, items: &[Value]| {
        event(
            id,
            "order",
            NOON - HOUR,
            &[("lines", Value::List(items.into()))],
        )
    };
    let events = [
        order("1", &[item("A", 5.0, 2), item("B", 1.0, 1)]),
        order("2", &[item("A", 5.0, 1), item("B", 1.0, 2)]),
        order("3", &[]),
    ];
    let text = "COUNT(order WHERE ANY(lines, l => l.sku == 'A' AND l.qty >= 2))";
    assert_eq!(after(text, &events), Value::Int(1));
    let last = "ANY(LAST(order.lines), l => l.sku == 'A')";
    assert_eq!(after(last, &events), FALSE);
    let first = "ANY(FIRST(order.lines), l => l.sku == 'A')";
    assert_eq!(after(first, &events), TRUE);
}

#[test]
fn length_and_emptiness_take_lists_of_objects() {
    let two = cart(&[item("A", 5.0, 1), item("B", 50.0, 3)]);
    let use_of = |text: &str| format!("{text} AND COUNT_IF(cart, i => i.price > 0) >= 0");
    assert_eq!(of(&use_of("LENGTH(cart) == 2"), &two), TRUE);
    assert_eq!(of(&use_of("cart IS NOT EMPTY"), &two), TRUE);
    assert_eq!(of(&use_of("cart IS EMPTY"), &cart(&[])), TRUE);
    assert_eq!(of(&use_of("cart IS NOT NULL"), &two), TRUE);
}

#[test]
fn more_objects_than_are_kept_are_no_list() {
    let of_length = |length: usize| cart(&vec![item("A", 5.0, 1); length]);
    let text = "COUNT_IF(cart, i => i.price > 0)";
    let most = rulelang::limits::OBJECTS_MAX;
    assert_eq!(of(text, &of_length(most)), Value::Int(1_000));
    assert_eq!(of(text, &of_length(most + 1)), NULL);
}
