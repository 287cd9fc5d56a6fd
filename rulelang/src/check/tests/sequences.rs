use super::{check, outcome, rule, type_of};
use crate::rule::Window;
use crate::{Code, Schema};

#[test]
fn a_sequence_is_a_condition_whose_steps_have_properties_of_their_own() {
    let schema = Schema::default();
    assert_eq!(type_of("SEQUENCE(a THEN b)", &schema), "bool");
    check(
        &schema,
        &[
            (
                "SEQUENCE(a WHERE x == 'y' THEN b WITHIN 1h WHERE x > 3)",
                "a.x:string b.x:float",
            ),
            (
                "SEQUENCE(a THEN NOT b WHERE x == 'y') AND MAX(b.x) > 3",
                "E0202 `MAX(b.x)`",
            ),
            ("SEQUENCE(a THEN b WHERE x != 'y')", "b.x:string W0801"),
            ("SEQUENCE(a THEN b) > 3", "E0201 `SEQUENCE(a THEN b) > 3`"),
        ],
    );
}

#[test]
fn a_step_asks_about_one_event() {
    check(
        &Schema::default(),
        &[
            ("SEQUENCE(a THEN b WHERE DID c)", "E0207 `DID c`"),
            (
                "SEQUENCE(a THEN b WHERE SEQUENCE(c THEN d))",
                "E0207 `SEQUENCE(c THEN d)`",
            ),
            (
                "DID(a WHERE SEQUENCE(c THEN d))",
                "E0207 `SEQUENCE(c THEN d)`",
            ),
            (
                "SEQUENCE(a THEN b WHERE timestamp WITHIN LAST 1d)",
                "E0207 `timestamp WITHIN LAST 1d`",
            ),
        ],
    );
}

#[test]
fn not_and_windows_have_their_places() {
    check(
        &Schema::default(),
        &[
            ("SEQUENCE(NOT a THEN b)", "E0207 `NOT`"),
            ("SEQUENCE(a THEN NOT b THEN c)", "E0207 `NOT`"),
            ("SEQUENCE(a WITHIN 1h THEN b)", "E0207 `WITHIN 1h`"),
            (
                "SEQUENCE(a THEN b WITHIN LAST 1h)",
                "E0207 `WITHIN LAST 1h`",
            ),
            (
                "SEQUENCE(a THEN b WITHIN 0h)",
                "E0207 `SEQUENCE(a THEN b WITHIN 0h)`",
            ),
            (
                "SEQUENCE(a FROM 1d TO 2d AGO THEN b)",
                "E0207 `SEQUENCE(a FROM 1d TO 2d AGO THEN b)`",
            ),
        ],
    );
}

#[test]
fn a_sequence_has_two_steps_to_eight() {
    let of = |steps: usize| vec!["e"; steps].join(" THEN ");
    let outcome = |steps| outcome(&format!("SEQUENCE({})", of(steps)), &Schema::default());
    assert_eq!(outcome(1), "E0001 `SEQUENCE(e)`");
    assert_eq!(outcome(2), "");
    assert_eq!(outcome(8), "");
    assert!(outcome(9).starts_with(Code::TooLarge.as_str()));
}

#[test]
fn a_sequence_counts_as_one_aggregate() {
    let many: Vec<_> = (0..32).map(|n| format!("SEQUENCE(e{n} THEN f)")).collect();
    let schema = Schema::default();
    assert_eq!(outcome(&many.join(" OR "), &schema), "");
    assert_eq!(
        outcome(&format!("{} OR DID g", many.join(" OR ")), &schema),
        "E0303 `DID g`"
    );
    assert_eq!(
        outcome(&format!("DID g OR {}", many.join(" OR ")), &schema),
        "E0303 `SEQUENCE(e31 THEN f)`"
    );
}

#[test]
fn equal_sequences_are_one_in_milliseconds() {
    let rule = rule(
        "SEQUENCE(a WITHIN LAST 1d THEN NOT b WITHIN 1h) OR sequence( a within last 1d then not b within 1h )",
        &Schema::default(),
    );
    let [sequence] = &rule.sequences[..] else {
        panic!("{:?}", rule.sequences);
    };
    assert_eq!(
        &*sequence.text,
        "SEQUENCE(a WITHIN LAST 1 DAY THEN NOT b WITHIN 1 HOUR)"
    );
    assert_eq!(
        sequence.steps[0].events.window,
        Window::WithinLast(86_400_000)
    );
    let absent = sequence.absent.as_ref().and_then(|step| step.within);
    assert_eq!(absent, Some(3_600_000));
    assert!(rule.aggregates.is_empty());
}
