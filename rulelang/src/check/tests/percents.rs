use super::{check, declared, rule, type_of};
use crate::{Schema, Value};

#[test]
fn a_share_is_a_condition_about_the_user() {
    let schema = Schema::default();
    assert_eq!(type_of("PERCENT(10, 'june')", &schema), "bool");
    check(
        &schema,
        &[
            ("PERCENT(10, 'june') AND NOT percent(12.5, 'x')", ""),
            ("PERCENT(0, '') OR PERCENT(100.00, 'x')", ""),
            ("PERCENT(10, 'june') > 3", "E0201 `PERCENT(10, 'june') > 3`"),
            (
                "DID(a WHERE PERCENT(10, 'june'))",
                "E0207 `PERCENT(10, 'june')`",
            ),
            (
                "ANY(items, it => PERCENT(10, it))",
                "E0207 `PERCENT(10, it)`",
            ),
        ],
    );
}

#[test]
fn its_share_and_its_salt_are_constants() {
    check(
        &declared(),
        &[
            ("PERCENT(age, 'x')", "E0206 `age`"),
            ("PERCENT(unknown + 1, 'x')", "E0206 `unknown + 1`"),
            ("PERCENT(5 + 5, 'x')", "E0206 `5 + 5`"),
            ("PERCENT('10', 'x')", "E0206 `'10'`"),
            ("PERCENT(NULL, 'x')", "E0206 `NULL`"),
            ("PERCENT(-1, 'x')", "E0206 `-1`"),
            ("PERCENT(101, 'x')", "E0206 `101`"),
            ("PERCENT(70000, 'x')", "E0206 `70000`"),
            ("PERCENT(100.01, 'x')", "E0206 `100.01`"),
            ("PERCENT(0.001, 'x')", "E0206 `0.001`"),
            (
                "PERCENT(12.345, country)",
                "E0206 `12.345`, E0206 `country`",
            ),
            ("PERCENT(10)", "E0205 `PERCENT(10)`"),
        ],
    );
}

#[test]
fn parameters_stand_for_either() {
    let mut schema = Schema::default();
    let given = [("n", Value::Float(7.07)), ("salt", Value::string("it's"))];
    schema.parameters = given.map(|(name, value)| (name.to_owned(), value)).into();
    let rule = rule("PERCENT(:n, :salt) AND PERCENT(7.07, 'it''s')", &schema);
    let [percent] = &rule.percents[..] else {
        panic!("{:?}", rule.percents);
    };
    assert_eq!(percent.hundredths, 707);
    assert_eq!(percent.text(), "PERCENT(7.07, 'it\\'s')");
}

#[test]
fn every_share_of_two_decimals_is_read_to_the_hundredth() {
    for hundredths in 0..=10_000_u16 {
        let text = format!("PERCENT({}.{:02}, 'x')", hundredths / 100, hundredths % 100);
        let rule = rule(&text, &Schema::default());
        assert_eq!(rule.percents[0].hundredths, hundredths, "{text}");
    }
}
