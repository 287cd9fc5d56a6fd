//! The fixes of W0801 over generated rules: each is a rule, whoever it named or refused by what is
//! known stays so, and in the end nobody is left out unsaid.

use proptest::prelude::*;

use crate::testkit::{any_condition, any_facts, any_now, schema};
use crate::{Code, Rule, check, evaluate};

/// The rule with one fix after the other, until none is left.
fn mended(source: &str) -> Result<Rule, TestCaseError> {
    let mut text = source.to_owned();
    for _ in 0..100 {
        let checked = check(&text, &schema())
            .map_err(|found| TestCaseError::fail(format!("{source}\n{text}\n{found}")))?;
        let mut warnings = checked.warnings.iter();
        let Some(warning) = warnings.find(|it| it.code == Code::AbsentExcluded) else {
            return Ok(checked.rule);
        };
        let Some(fix) = &warning.fix else {
            return Err(TestCaseError::fail(format!("no fix of {warning:?}")));
        };
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        text.replace_range(start..end, &fix.replacement);
    }
    Err(TestCaseError::fail(format!("{source}\nno end: {text}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn fixes_change_nothing_of_those_known_and_come_to_an_end(
        source in any_condition(3),
        facts in any_facts(),
        now in any_now(),
    ) {
        let rule = check(&source, &schema()).unwrap().rule;
        let mended = mended(&source)?;
        // In a CASE, an IF, a COUNT_IF or a WHERE, TRUE more often is not more users.
        let is_plain = !["CASE", "IF(", "WHERE"].iter().any(|word| source.contains(word));
        let value = evaluate(&rule, &facts, now);
        if is_plain && !value.is_null() {
            prop_assert_eq!(evaluate(&mended, &facts, now), value, "{}", mended.source);
        }
    }
}
