//! The list of a suite's cases that we answer differently on purpose.
//!
//! A line that begins with `= ` is a reason, one of `REASONS`; the ids below it are the cases. An id that is
//! listed and does not differ fails the test, so that no list rots.

use std::collections::{BTreeMap, BTreeSet};

/// Every reason there is for answering differently, and why.
const REASONS: [(&str, &str); 14] = [
    (
        "no errors",
        "one user's odd value must not stop everybody's rule: it gives NULL, or PostgreSQL's answer",
    ),
    (
        "no NaN, no infinity",
        "they are NULL, so that numbers are totally ordered",
    ),
    (
        "absent is unknown",
        "a comparison with something absent is neither true nor false, as in SQL",
    ),
    (
        "static types",
        "values of different types do not meet: it is a mistake that the author hears of",
    ),
    (
        "no values of objects",
        "a rule answers with a value or a list of values; objects are only walked through",
    ),
    (
        "lists are no operands",
        "lists are not compared, ordered or nested; one asks what they contain",
    ),
    ("lists are of one type", "and never hold NULL"),
    (
        "milliseconds",
        "instants and durations are whole milliseconds",
    ),
    (
        "decimal rounding",
        "a float is rounded, or written, as the decimal that it is written as",
    ),
    (
        "64 bits",
        "numbers are i64 or f64, without unsigned integers or decimals",
    ),
    (
        "TRIM takes blanks",
        "as in PostgreSQL; other white space is named where it is meant",
    ),
    (
        "names are flat",
        "a path names one value: there is no choice among scopes, no item of a list and no empty name",
    ),
    (
        "strings are no numbers",
        "they become one another by conversions only, whose rules are PostgreSQL's",
    ),
    (
        "linear regular expressions",
        "no looking around and no references back, so that time is linear",
    ),
];

#[derive(Debug, Default)]
pub(crate) struct Waivers(BTreeMap<String, String>);

impl Waivers {
    /// Reads the list of a suite; it may have none.
    pub(crate) fn of(suite: &str) -> Self {
        let path = crate::data(&format!("waivers/{suite}.txt"));
        let Ok(text) = std::fs::read_to_string(path) else {
            return Self::default();
        };
        let mut reason = "";
        let mut found = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(next) = line.strip_prefix("= ") {
                let is_known = REASONS.iter().any(|(name, _)| *name == next);
                assert!(is_known, "{suite}: `{next}` is not among the reasons");
                reason = next;
                continue;
            }
            assert!(!reason.is_empty(), "{suite}: `{line}` has no reason");
            let again = found.insert(line.to_owned(), reason.to_owned());
            assert!(again.is_none(), "{suite}: `{line}` is waived twice");
        }
        Self(found)
    }

    pub(crate) fn reason(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// Those that waive nothing: none of these cases differs.
    pub(crate) fn idle(&self, differing: &BTreeSet<String>) -> Vec<&str> {
        let ids = self.0.keys().map(String::as_str);
        ids.filter(|id| !differing.contains(*id)).collect()
    }
}
