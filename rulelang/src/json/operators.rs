//! The operators of the JSON form: one canonical name each, and what other systems call them.

use crate::ast::{CompareOp, Quantifier, TextOp};

/// What an operator does with its field and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Compare(CompareOp),
    Distinct {
        negated: bool,
    },
    Between {
        negated: bool,
    },
    In {
        negated: bool,
    },
    Text(TextOp, bool),
    /// A substring, letter case folded.
    IContains {
        negated: bool,
    },
    Items(Quantifier, bool),
    Exists,
    IsNull {
        negated: bool,
    },
    IsEmpty {
        negated: bool,
    },
    IsTruth {
        truth: bool,
        negated: bool,
    },
    Before,
    After,
    WithinLast {
        negated: bool,
    },
    WithinNext,
    OlderThan,
    InSegment {
        negated: bool,
    },
    InList {
        negated: bool,
    },
    During {
        negated: bool,
    },
    Anniversary {
        is_next: bool,
        negated: bool,
    },
    /// `VERSION_COMPARE(x, y)` against 0.
    Version(CompareOp),
}

use Operator as O;

/// Canonical name, operator, and the aliases in the spelling of [`folded`].
const TABLE: &[(&str, Operator, &[&str])] = &[
    (
        "eq",
        O::Compare(CompareOp::Equal),
        &[
            "=", "==", "===", "equal", "equals", "equalto", "is", "exact", "numeq", "streq",
        ],
    ),
    (
        "neq",
        O::Compare(CompareOp::NotEqual),
        &[
            "!=",
            "!==",
            "<>",
            "ne",
            "notequal",
            "notequals",
            "notequalto",
            "isnot",
            "numneq",
        ],
    ),
    (
        "gt",
        O::Compare(CompareOp::Greater),
        &[">", "greaterthan", "numgt"],
    ),
    (
        "gte",
        O::Compare(CompareOp::GreaterOrEqual),
        &[
            ">=",
            "ge",
            "greaterthaninclusive",
            "greaterthanorequal",
            "greaterthanorequals",
            "greaterthanorequalto",
            "numgte",
        ],
    ),
    (
        "lt",
        O::Compare(CompareOp::Less),
        &["<", "lessthan", "numlt"],
    ),
    (
        "lte",
        O::Compare(CompareOp::LessOrEqual),
        &[
            "<=",
            "le",
            "lessthaninclusive",
            "lessthanorequal",
            "lessthanorequals",
            "lessthanorequalto",
            "numlte",
        ],
    ),
    (
        "is_distinct_from",
        O::Distinct { negated: false },
        &["distinctfrom"],
    ),
    (
        "is_not_distinct_from",
        O::Distinct { negated: true },
        &["notdistinctfrom"],
    ),
    (
        "between",
        O::Between { negated: false },
        &["range", "inrange"],
    ),
    ("not_between", O::Between { negated: true }, &["notinrange"]),
    (
        "in",
        O::In { negated: false },
        &["anyof", "isoneof", "oneof", "isanyof"],
    ),
    (
        "not_in",
        O::In { negated: true },
        &["nin", "noneof", "isnoneof", "isnotoneof", "isnotanyof"],
    ),
    (
        "contains",
        O::Text(TextOp::Contains, false),
        &["includes", "strcontains"],
    ),
    (
        "not_contains",
        O::Text(TextOp::Contains, true),
        &["doesnotcontain", "notincludes", "doesnotinclude"],
    ),
    (
        "icontains",
        O::IContains { negated: false },
        &["containsignorecase"],
    ),
    (
        "not_icontains",
        O::IContains { negated: true },
        &["doesnoticontain"],
    ),
    (
        "contains_any",
        O::Items(Quantifier::Any, false),
        &["includesany"],
    ),
    (
        "contains_all",
        O::Items(Quantifier::All, false),
        &["all", "includesall"],
    ),
    (
        "contains_none",
        O::Items(Quantifier::None, false),
        &["includesnone"],
    ),
    ("not_contains_any", O::Items(Quantifier::Any, true), &[]),
    ("not_contains_all", O::Items(Quantifier::All, true), &[]),
    ("not_contains_none", O::Items(Quantifier::None, true), &[]),
    (
        "starts_with",
        O::Text(TextOp::StartsWith, false),
        &["beginswith", "strstartswith", "prefix"],
    ),
    (
        "not_starts_with",
        O::Text(TextOp::StartsWith, true),
        &["doesnotstartwith", "notbeginswith", "doesnotbeginwith"],
    ),
    (
        "ends_with",
        O::Text(TextOp::EndsWith, false),
        &["strendswith", "suffix"],
    ),
    (
        "not_ends_with",
        O::Text(TextOp::EndsWith, true),
        &["doesnotendwith"],
    ),
    ("like", O::Text(TextOp::Like, false), &[]),
    ("not_like", O::Text(TextOp::Like, true), &[]),
    ("ilike", O::Text(TextOp::ILike, false), &[]),
    ("not_ilike", O::Text(TextOp::ILike, true), &[]),
    (
        "matches",
        O::Text(TextOp::Matches, false),
        &["regex", "regexp", "matchesregex"],
    ),
    (
        "not_matches",
        O::Text(TextOp::Matches, true),
        &["notregex", "doesnotmatch", "notmatchesregex"],
    ),
    ("exists", O::Exists, &["isset", "ispresent"]),
    (
        "not_exists",
        O::IsNull { negated: false },
        &["isnotset", "isnull", "doesnotexist"],
    ),
    ("is_not_null", O::IsNull { negated: true }, &["notnull"]),
    ("is_empty", O::IsEmpty { negated: false }, &["empty"]),
    ("is_not_empty", O::IsEmpty { negated: true }, &["notempty"]),
    (
        "is_true",
        O::IsTruth {
            truth: true,
            negated: false,
        },
        &[],
    ),
    (
        "is_false",
        O::IsTruth {
            truth: false,
            negated: false,
        },
        &[],
    ),
    (
        "is_not_true",
        O::IsTruth {
            truth: true,
            negated: true,
        },
        &[],
    ),
    (
        "is_not_false",
        O::IsTruth {
            truth: false,
            negated: true,
        },
        &[],
    ),
    (
        "before",
        O::Before,
        &["datebefore", "isdatebefore", "isbefore"],
    ),
    ("after", O::After, &["dateafter", "isdateafter", "isafter"]),
    (
        "within_last",
        O::WithinLast { negated: false },
        &["inthelast"],
    ),
    (
        "not_within_last",
        O::WithinLast { negated: true },
        &["notinthelast"],
    ),
    ("within_next", O::WithinNext, &["inthenext"]),
    ("older_than", O::OlderThan, &["morethanago"]),
    (
        "in_segment",
        O::InSegment { negated: false },
        &["incohort", "ingroup"],
    ),
    (
        "not_in_segment",
        O::InSegment { negated: true },
        &["notincohort", "notingroup"],
    ),
    ("in_list", O::InList { negated: false }, &[]),
    ("not_in_list", O::InList { negated: true }, &[]),
    ("during", O::During { negated: false }, &[]),
    ("not_during", O::During { negated: true }, &[]),
    (
        "anniversary_within_last",
        O::Anniversary {
            is_next: false,
            negated: false,
        },
        &["anniversaryinthelast"],
    ),
    (
        "not_anniversary_within_last",
        O::Anniversary {
            is_next: false,
            negated: true,
        },
        &["anniversarynotinthelast"],
    ),
    (
        "anniversary_within_next",
        O::Anniversary {
            is_next: true,
            negated: false,
        },
        &["anniversaryinthenext"],
    ),
    (
        "not_anniversary_within_next",
        O::Anniversary {
            is_next: true,
            negated: true,
        },
        &["anniversarynotinthenext"],
    ),
    (
        "version_eq",
        O::Version(CompareOp::Equal),
        &["veq", "semvereq"],
    ),
    ("version_neq", O::Version(CompareOp::NotEqual), &["vne"]),
    (
        "version_gt",
        O::Version(CompareOp::Greater),
        &["vgt", "semvergt"],
    ),
    (
        "version_gte",
        O::Version(CompareOp::GreaterOrEqual),
        &["vgte", "semvergte"],
    ),
    (
        "version_lt",
        O::Version(CompareOp::Less),
        &["vlt", "semverlt"],
    ),
    (
        "version_lte",
        O::Version(CompareOp::LessOrEqual),
        &["vlte", "semverlte"],
    ),
];

/// A name without what spellings differ in: case, `_`, `-`, spaces and a leading `$`.
fn folded(name: &str) -> String {
    let name = name.strip_prefix('$').unwrap_or(name);
    let kept = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    kept.flat_map(char::to_lowercase).collect()
}

/// The operator of that name.
pub(super) fn operator(name: &str) -> Option<Operator> {
    let wanted = folded(name);
    let mut entries = TABLE.iter();
    let entry = entries.find(|(canonical, _, aliases)| {
        folded(canonical) == wanted || aliases.contains(&wanted.as_str())
    })?;
    Some(entry.1)
}

/// The canonical name of an operator.
pub(super) fn name(operator: Operator) -> &'static str {
    let mut entries = TABLE.iter();
    let entry = entries.find(|(_, known, _)| *known == operator);
    entry.map_or("", |(canonical, ..)| canonical)
}

/// The name that was probably meant.
pub(super) fn suggestion(name: &str) -> Option<&'static str> {
    let canonical = crate::check::nearest(name, TABLE.iter().map(|(name, ..)| *name));
    canonical.or_else(|| {
        let wanted = folded(name);
        let aliases = TABLE
            .iter()
            .flat_map(|(_, _, aliases)| aliases.iter().copied());
        let alias = crate::check::nearest(&wanted, aliases)?;
        let mut entries = TABLE.iter();
        let entry = entries.find(|(_, _, aliases)| aliases.contains(&alias))?;
        Some(entry.0)
    })
}
