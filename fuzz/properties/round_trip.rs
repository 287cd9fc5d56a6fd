//! Generated rules: what the formatter and the JSON form write is the same rule again, to the checker,
//! too.
//!
//! The bytes are the seed. Text of the fuzzer's own making (`parse_text`) seldom gets as far as
//! a rule that means something; these always do.

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rulelang::testkit::{any_condition, any_value_expression, schema};
use rulelang::{Checked, Expected, Schema, check_expr, english, format, json, parse};

thread_local! {
    static RULES: BoxedStrategy<String> =
        proptest::prop_oneof![any_condition(4), any_value_expression(4)].boxed();
    static SCHEMA: Schema = schema();
}

pub(crate) fn holds(data: &[u8]) {
    let mut seed = [0; 32];
    for (to, from) in seed.iter_mut().zip(data) {
        *to = *from;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = RULES.with(|rules| rules.new_tree(&mut runner));
    let Ok(tree) = tree else {
        return;
    };
    let text = tree.current();
    let parsed = parse(&text).unwrap_or_else(|found| panic!("`{text}`: {found}"));
    let rule = checked(&text);
    assert!(!english(&rule.rule).is_empty(), "`{text}`");

    let canonical = format(&parsed);
    let form = json::to_json(&parsed);
    let back = json::from_json(&form);
    let back = back.unwrap_or_else(|found| panic!("`{text}` as JSON `{form}`: {found}"));
    for again in [&canonical, &back.text] {
        let tree = parse(again).unwrap_or_else(|found| panic!("`{text}`, `{again}`: {found}"));
        assert_eq!(tree, parsed, "`{text}` becomes `{again}`");
        assert_eq!(format(&tree), canonical, "`{text}` by way of `{again}`");
        assert_eq!(
            checked(again).rule.root,
            rule.rule.root,
            "`{text}` becomes `{again}`"
        );
    }
}

fn checked(text: &str) -> Checked {
    let parsed = parse(text).unwrap_or_else(|found| panic!("`{text}`: {found}"));
    let checked = SCHEMA.with(|schema| check_expr(parsed, text, schema, Expected::AnyValue));
    checked.unwrap_or_else(|found| panic!("`{text}`: {found}"))
}
