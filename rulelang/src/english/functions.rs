//! Functions in words.

use super::Teller;
use super::layout::Told;
use crate::builtins::Builtin;
use crate::rule::{CompareOp, Node, NodeKind};
use crate::value::Value;

/// What each function is called in words, by how many arguments stand in the call: from the fewest
/// on, the last for any more. `{0}` is an argument, `{1!}` one that is constant, without quotes,
/// `{0!}` the name of a unit of time, `{*}` all of them, `{1s}` the `s` of a plural but after 1, `{1-}` a
/// number without its sign.
const PHRASES: &[(&str, usize, &[&str])] = &[
    ("LOWER", 1, &["{0} in small letters"]),
    ("UPPER", 1, &["{0} in capital letters"]),
    (
        "TRIM",
        1,
        &[
            "{0} without blanks around it",
            "{0} without any of {1} around it",
        ],
    ),
    (
        "LTRIM",
        1,
        &[
            "{0} without blanks before it",
            "{0} without any of {1} before it",
        ],
    ),
    (
        "RTRIM",
        1,
        &[
            "{0} without blanks after it",
            "{0} without any of {1} after it",
        ],
    ),
    ("LENGTH", 1, &["the length of {0}"]),
    (
        "SUBSTRING",
        2,
        &[
            "the part of {0} from character {1} on",
            "the part of {0} from character {1} on, of length {2}",
        ],
    ),
    ("LEFT", 2, &["the beginning of {0} ({1} character{1s})"]),
    ("RIGHT", 2, &["the end of {0} ({1} character{1s})"]),
    ("REPLACE", 3, &["{0} with {2} for each {1}"]),
    ("SPLIT_PART", 3, &["part {2} of {0} split at {1}"]),
    ("SPLIT", 2, &["the list of the parts of {0} split at {1}"]),
    ("CONCAT", 1, &["the text made of {*}"]),
    ("POSITION", 2, &["the position of {1} in {0}"]),
    ("REVERSE", 1, &["{0} backwards"]),
    ("REPEAT", 2, &["{0} repeated {1} times"]),
    (
        "LPAD",
        2,
        &[
            "{0} filled up to length {1} from the left",
            "{0} filled up to length {1} from the left with {2}",
        ],
    ),
    (
        "RPAD",
        2,
        &[
            "{0} filled up to length {1} from the right",
            "{0} filled up to length {1} from the right with {2}",
        ],
    ),
    ("ABS", 1, &["{0} without its sign"]),
    ("SIGN", 1, &["the sign of {0}"]),
    ("FLOOR", 1, &["{0} rounded down"]),
    ("CEIL", 1, &["{0} rounded up"]),
    (
        "ROUND",
        1,
        &["{0} rounded", "{0} rounded to {1} decimal place{1s}"],
    ),
    (
        "TRUNC",
        1,
        &[
            "{0} cut to a whole number",
            "{0} cut to {1} decimal place{1s}",
        ],
    ),
    ("MOD", 2, &["the remainder of {0} divided by {1}"]),
    ("POWER", 2, &["{0} to the power of {1}"]),
    ("SQRT", 1, &["the square root of {0}"]),
    ("LEAST", 1, &["the least of {*}"]),
    ("GREATEST", 1, &["the greatest of {*}"]),
    ("TO_INT", 1, &["{0} as a whole number"]),
    ("TO_FLOAT", 1, &["{0} as a number"]),
    ("TO_STRING", 1, &["{0} as text"]),
    ("TO_BOOL", 1, &["{0} as true or false"]),
    ("TO_TIMESTAMP", 1, &["{0} as a point in time"]),
    ("TO_DATE", 1, &["the day of {0}", "the day of {0} in {1!}"]),
    ("DATE_TRUNC", 2, &["the beginning of the {0!} of {1}"]),
    ("DATE_ADD", 3, &["{2} plus {1} {0!}{1s}"]),
    (
        "DATE_DIFF",
        3,
        &["the number of times that a new {0!} begins from {1} to {2}"],
    ),
    ("YEAR", 1, &["the year of {0}", "the year of {0} in {1!}"]),
    (
        "QUARTER",
        1,
        &["the quarter of {0}", "the quarter of {0} in {1!}"],
    ),
    (
        "MONTH",
        1,
        &["the month of {0}", "the month of {0} in {1!}"],
    ),
    (
        "WEEK",
        1,
        &["the week number of {0}", "the week number of {0} in {1!}"],
    ),
    (
        "DAY",
        1,
        &[
            "the day of the month of {0}",
            "the day of the month of {0} in {1!}",
        ],
    ),
    (
        "DAY_OF_WEEK",
        1,
        &[
            "the weekday (Monday is 1) of {0}",
            "the weekday (Monday is 1) of {0} in {1!}",
        ],
    ),
    (
        "DAY_OF_YEAR",
        1,
        &[
            "the day of the year of {0}",
            "the day of the year of {0} in {1!}",
        ],
    ),
    ("HOUR", 1, &["the hour of {0}", "the hour of {0} in {1!}"]),
    (
        "MINUTE",
        1,
        &["the minute of {0}", "the minute of {0} in {1!}"],
    ),
    (
        "SECOND",
        1,
        &["the second of {0}", "the second of {0} in {1!}"],
    ),
    ("LIST_FIRST", 1, &["the first item of {0}"]),
    ("LIST_LAST", 1, &["the last item of {0}"]),
    ("LIST_GET", 2, &["item {1} of {0}"]),
    ("LIST_CONCAT", 2, &["the list of all items of {*}"]),
    (
        "LIST_DISTINCT",
        1,
        &["the list of the different items of {0}"],
    ),
    ("LIST_SUM", 1, &["the total of {0}"]),
    ("LIST_AVG", 1, &["the average of {0}"]),
    ("LIST_MIN", 1, &["the lowest item of {0}"]),
    ("LIST_MAX", 1, &["the highest item of {0}"]),
    ("LIST_MEDIAN", 1, &["the median of {0}"]),
    ("LIST_MODE", 1, &["the most frequent item of {0}"]),
    (
        "VERSION_COMPARE",
        2,
        &["the order (-1, 0 or 1) of the versions {0} and {1}"],
    ),
    (
        "BUCKET",
        3,
        &["the bucket of {0} among {2} in the experiment {1}"],
    ),
];

/// Functions that are conditions: in words, and their opposites.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("STARTS_WITH", "starts with", "does not start with"),
    ("ENDS_WITH", "ends with", "does not end with"),
    ("CONTAINS", "contains", "does not contain"),
    ("IP_IN", "is in the network", "is outside the network"),
];

impl Teller<'_> {
    /// A call as a value.
    pub(super) fn called(self, builtin: &Builtin, arguments: &[Node]) -> String {
        if let Some(told) = self.called_condition(builtin, arguments, true) {
            return format!("(whether {})", told.within());
        }
        if let ("DATE_ADD", [_, number, _]) = (builtin.name, arguments)
            && let NodeKind::Literal(Value::Int(..0)) = number.kind
        {
            return self.filled("{2} minus {1-} {0!}{1s}", arguments);
        }
        let phrase = PHRASES.iter().find(|(name, ..)| *name == builtin.name);
        let phrase = phrase.and_then(|(_, fewest, phrases)| {
            let further = arguments.len().checked_sub(*fewest)?;
            phrases.get(further).or_else(|| phrases.last())
        });
        match phrase {
            Some(phrase) => self.filled(phrase, arguments),
            None => format!("{} of {}", builtin.name, self.listed(arguments, "and")),
        }
    }

    /// A call as a condition; `None` where it is told as a value that is true.
    pub(super) fn called_condition(
        self,
        builtin: &Builtin,
        arguments: &[Node],
        holds: bool,
    ) -> Option<Told> {
        let (_, does, does_not) = CONDITIONS.iter().find(|(name, ..)| *name == builtin.name)?;
        let [value, other] = arguments else {
            return None;
        };
        let known = self.may_lack(value);
        let (value, other) = (self.value(value), self.atom(other));
        Some(Told::Plain(match (holds, known) {
            (true, _) => format!("{value} {does} {other}"),
            (false, true) => {
                let does_not = does_not.strip_prefix("is ").unwrap_or(does_not);
                format!("{value} is known and {does_not} {other}")
            }
            (false, false) => format!("{value} {does_not} {other}"),
        }))
    }

    /// `VERSION_COMPARE(a, b) >= 0` and the like: what is meant by them.
    pub(super) fn versions(self, op: CompareOp, left: &Node, right: &Node) -> Option<String> {
        let (NodeKind::Call { builtin, arguments }, NodeKind::Literal(Value::Int(0))) =
            (&left.kind, &right.kind)
        else {
            return None;
        };
        let ("VERSION_COMPARE", [a, b]) = (builtin.name, arguments.as_slice()) else {
            return None;
        };
        let how = match op {
            CompareOp::Equal => "is the same version as",
            CompareOp::NotEqual => "is another version than",
            CompareOp::Less => "is an earlier version than",
            CompareOp::LessOrEqual => "is the same or an earlier version than",
            CompareOp::Greater => "is a later version than",
            CompareOp::GreaterOrEqual => "is the same or a later version than",
        };
        Some(format!("{} {how} {}", self.value(a), self.atom(b)))
    }

    /// A phrase with arguments in its holes.
    fn filled(self, phrase: &str, arguments: &[Node]) -> String {
        let mut out = String::new();
        for part in phrase.split_inclusive(['{', '}']) {
            match part.strip_suffix('}') {
                Some("*") => out.push_str(&self.listed(arguments, "and")),
                Some(hole) => out.push_str(&self.argument(hole, arguments)),
                None => out.push_str(part.trim_end_matches('{')),
            }
        }
        out
    }

    fn argument(self, hole: &str, arguments: &[Node]) -> String {
        let index: usize = hole
            .trim_end_matches(['!', 's', '-'])
            .parse()
            .unwrap_or(usize::MAX);
        let Some(argument) = arguments.get(index) else {
            return String::new();
        };
        match &argument.kind {
            NodeKind::Literal(Value::Int(1 | -1)) if hole.ends_with('s') => String::new(),
            _ if hole.ends_with('s') => String::from("s"),
            NodeKind::Literal(Value::Int(number)) if hole.ends_with('-') => {
                number.unsigned_abs().to_string()
            }
            // The unit of time, which may be written in the plural.
            NodeKind::Literal(Value::String(text)) if hole == "0!" => {
                text.to_lowercase().trim_end_matches('s').to_owned()
            }
            NodeKind::Literal(Value::String(text)) if hole.ends_with('!') => text.to_string(),
            _ => self.atom(argument),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONDITIONS, PHRASES};
    use crate::builtins::{self, Meaning};

    #[test]
    fn every_function_has_words_of_its_own() {
        let functions = builtins::all().filter(|one| matches!(one.meaning, Meaning::Function(_)));
        let told = |name: &&str| {
            PHRASES.iter().any(|(told, ..)| told == name)
                || CONDITIONS.iter().any(|(told, ..)| told == name)
        };
        let untold: Vec<&str> = functions
            .map(|one| one.name)
            .filter(|name| !told(name))
            .collect();
        assert_eq!(untold, Vec::<&str>::new());
    }
}
