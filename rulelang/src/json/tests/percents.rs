use serde_json::json;

use super::{check, text};
use crate::json::{from_json, to_json};
use crate::{Schema, parse};

#[test]
fn a_share_is_a_leaf() {
    check(&[
        (
            json!({"percent": 10, "salt": "june"}),
            "PERCENT(10, 'june')",
        ),
        (
            json!({"all": [
                {"not": {"percent": 12.5, "salt": ""}},
                {"percent": {"param": "n"}, "salt": {"param": "salt"}}
            ]}),
            "NOT PERCENT(12.5, '') AND PERCENT(:n, :salt)",
        ),
    ]);
}

#[test]
fn it_converts_both_ways_without_loss() {
    for rule in [
        "PERCENT(10, 'june')",
        "PERCENT(10.0, \"it's\")",
        "PERCENT(0.05, 'x') OR NOT PERCENT(:n, :salt)",
        "PERCENT(age, 'x')",
        "PERCENT(5 + 5, LOWER('x'))",
        "PERCENT(10)",
    ] {
        let ast = parse(rule).unwrap();
        let read = from_json(&to_json(&ast)).unwrap();
        assert_eq!(parse(&read.text).unwrap(), ast, "{rule}");
    }
    let json = json!({"percent": 10, "salt": "june"});
    assert_eq!(to_json(&parse("percent(10, 'june')").unwrap()), json);
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let found = text(&json!({"percent": 10}));
    assert!(found.contains("a share of users needs a salt"), "{found}");
    let found = text(&json!({"percent": 10, "salt": "x", "seed": 1}));
    assert!(found.contains("no key `seed`"), "{found}");
    let json = json!({"all": [{"percent": 101, "salt": {"field": "country"}}]});
    let read = from_json(&json).unwrap();
    let found = crate::check(&read.text, &Schema::default()).unwrap_err();
    let pointers = found.iter().map(|it| read.pointer(it.span));
    let pointers: Vec<_> = pointers.collect();
    assert_eq!(pointers, ["/all/0/percent", "/all/0/salt"]);
}
