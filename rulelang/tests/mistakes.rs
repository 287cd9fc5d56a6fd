//! Several mistakes in one source: each is told once, and none that only follows from another.

use proptest::prelude::*;
use rulelang::limits::{DIAGNOSTICS_MAX, SOURCE_BYTES_MAX};
use rulelang::{Code, format, parse};

/// The code and the first byte of each error of `source`.
fn errors(source: &str) -> Vec<(Code, usize)> {
    match parse(source) {
        Ok(_) => vec![],
        Err(errors) => {
            let place = |error: &rulelang::Diagnostic| (error.code, error.span.start as usize);
            errors.iter().map(place).collect()
        }
    }
}

/// The errors of what `marked` is without its `|` stand where those are.
#[track_caller]
fn stand(marked: &str) {
    let source = marked.replace('|', "");
    let marks = marked.match_indices('|').enumerate();
    let expected: Vec<usize> = marks.map(|(before, (at, _))| at - before).collect();
    let found: Vec<usize> = errors(&source).into_iter().map(|(_, at)| at).collect();
    assert_eq!(found, expected, "{marked}");
}

#[test]
fn each_condition_tells_its_own() {
    stand("a == |== 1 AND b IN |'x' AND c == 2 |2");
    stand("(a |b OR c ==|) AND (d IS |5 OR (e |f))");
    stand("NOT (a == 1 |1) AND x |HAS 'y' AND z |HAS 'w'");
    stand("COUNT(buy |WITHN LAST 3 DAYS) > 2 AND SUM(buy.x WHERE a |b AND c |d) > 1 AND e");
    stand("tags IN ('a' |'b', 'c' |'d', 'e') AND UPPER(a |b, c) == 'A'");
    stand("a BETWEEN 1 |1 AND 2 AND b |c");
    stand("IF(CASE WHEN a == |== 1 THEN b |c ELSE d END, 1, 2) > 1 AND e |f");
}

#[test]
fn what_follows_from_a_mistake_is_not_told() {
    stand("a == 1 |ORDER BY x");
    stand("SELECT * FROM |t WHERE a = 1");
    stand("a == (b |c d e) + f AND g");
    stand("COUNT(WHERE |a == 1 AND b == 2) > 1 AND c");
    // Which AND would be that of BETWEEN is anybody's guess.
    stand("age BETWEEN 1 |TO 2 AND a == == 1");
    stand("SEQUENCE(a THEN b |c THEN d) AND e");
    stand("CASE a |THEN b WHEN c END > 1 OR d");
    stand("a == 1|, b == 2 2, c");
    stand("a AND |AND b");
    stand("a ==|");
}

/// Conditions, some with mistakes.
const CONDITIONS: [&str; 12] = [
    "a == 1",
    "x IN ('a', 'b')",
    "COUNT(buy WITHIN LAST 3 DAYS WHERE sku == 'a' AND qty > 1) > 2",
    "age BETWEEN 1 AND 2",
    "CASE WHEN a AND b THEN 1 ELSE 2 END == 1",
    "ANY(items, i => i.price > 1 AND i.qty > 2)",
    "a == == 1",
    "a b",
    "x IN 'a'",
    "(a OR b ==)",
    "age BETWEEN 1 1 AND 2",
    "SUM(buy.amount WHERE a b) > 1",
];

proptest! {
    #[test]
    fn conditions_together_have_the_mistakes_of_each(
        chosen in proptest::collection::vec((0..CONDITIONS.len(), 0..4_u8), 1..8)
    ) {
        let mut source = String::new();
        let mut expected = vec![];
        for (index, shape) in chosen {
            let joint = if shape % 2 == 0 { " AND " } else { " OR\n" };
            source += if source.is_empty() { "" } else { joint };
            let (before, after) = if shape < 2 { ("", "") } else { ("NOT (", ")") };
            source += before;
            let alone = errors(CONDITIONS[index]);
            expected.extend(alone.iter().map(|(code, at)| (*code, at + source.len())));
            source += CONDITIONS[index];
            source += after;
        }
        prop_assert_eq!(errors(&source), expected, "{}", source);
    }
}

#[test]
fn more_mistakes_than_are_told_take_no_longer() {
    let many = vec!["a b"; 500].join(" AND ");
    assert_eq!(errors(&many).len(), DIAGNOSTICS_MAX);
    // A long source is read again a few times, not once for each mistake.
    let long = format!("{}{}", "a b OR ".repeat(9), "c OR ".repeat(13_000));
    assert!(long.len() < SOURCE_BYTES_MAX);
    assert_eq!(errors(&long).len(), 3);
}

#[test]
fn a_misspelt_word_is_mended() {
    for (source, fixed) in [
        (
            "COUNT(buy WITHN LAST 3 DAYS) > 1",
            "COUNT(buy WITHIN LAST 3 DAYS) > 1",
        ),
        (
            "COUNT(buy DURNG DATE '2024-01-01' TO DATE '2024-01-02') > 1",
            "COUNT(buy DURING DATE '2024-01-01' TO DATE '2024-01-02') > 1",
        ),
        ("COUNT(buy WERE a == 1) > 1", "COUNT(buy WHERE a == 1) > 1"),
        ("a IS NUL", "a IS NULL"),
        ("a WITHIN LST 3 DAYS", "a WITHIN LAST 3 DAYS"),
        ("a WITHIN LAST 3 DYAS", "a WITHIN LAST 3 DAYS"),
    ] {
        let errors = parse(source).unwrap_err();
        let fix = errors.iter().next().and_then(|error| error.fix.clone());
        let fix = fix.unwrap_or_else(|| panic!("`{source}` has no fix"));
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        let text = std::format!("{}{}{}", &source[..start], fix.replacement, &source[end..]);
        assert_eq!(format(&parse(&text).unwrap()), fixed);
    }
}
