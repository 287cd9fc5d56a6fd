//! The list of a suite's cases that we answer differently on purpose.
//!
//! A line that begins with `= ` is a reason, one of `REASONS`; the ids below it are the cases. An id that is
//! listed and does not differ fails the test, so that no list rots.

use std::collections::{BTreeMap, BTreeSet};

/// Every reason there is for answering differently, and why.
const REASONS: [(&str, &str); 9] = [
    (
        "no errors",
        "one user's odd value must not stop everybody's rule: it gives NULL, or PostgreSQL's answer",
    ),
    (
        "no NaN, no infinity",
        "they are NULL, so that numbers are totally ordered",
    ),
    (
        "static types",
        "values of different types do not meet: it is a mistake that the author hears of",
    ),
    (
        "lists hold values of one type",
        "their items are scalars of one type, none of them NULL, or objects; an empty one is of strings",
    ),
    (
        "milliseconds",
        "instants and durations are whole milliseconds",
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
        "versions are those of SemVer 2.0.0",
        "a dash begins a pre-release and is no dot, a `v` in front is passed over, what is no version is NULL",
    ),
    (
        "malformed patterns are mistakes",
        "the author of a rule hears of them; they are not patterns that match nothing",
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

    pub(crate) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// Why a case is waived, if it is.
    pub(crate) fn reason(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// Those that waive nothing: none of these cases differs.
    pub(crate) fn idle(&self, differing: &BTreeSet<String>) -> Vec<&str> {
        let ids = self.0.keys().map(String::as_str);
        ids.filter(|id| !differing.contains(*id)).collect()
    }
}

/// Reasons that no list gives.
pub(crate) fn unused_reasons(suites: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let lists: Vec<Waivers> = suites.map(Waivers::of).collect();
    let given: BTreeSet<&str> = lists.iter().flat_map(Waivers::reasons).collect();
    let names = REASONS.iter().map(|(name, _)| *name);
    names.filter(|name| !given.contains(name)).collect()
}
