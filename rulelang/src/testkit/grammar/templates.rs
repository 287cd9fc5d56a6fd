//! The templates of generated rules, by the type of what they make.

mod functions;
mod quantifiers;

use super::{Table, Tables};
use functions::{FUNCTIONS, LIST_FUNCTIONS};
use quantifiers::QUANTIFIERS;
pub(super) use quantifiers::{ITEM, ITEM_LEAVES};

/// All templates as one text, for a test that looks for each function.
#[cfg(test)]
pub(super) fn text() -> String {
    let tables = [FUNCTIONS, LIST_FUNCTIONS];
    let rows = tables.into_iter().flatten();
    rows.map(|(_, templates)| templates.concat()).collect()
}

/// All that the language has.
pub(super) const EVERYTHING: Tables = &[
    (2, LOGIC),
    (2, TYPES),
    (2, FUNCTIONS),
    (1, LIST_FUNCTIONS),
    (1, QUANTIFIERS),
    (2, USER_ONLY),
    (1, LIVE_ONLY),
    (1, YEARLY),
    (1, NOT_LIVE),
    (1, SEQUENCES),
];
/// All that can run live.
pub(super) const LIVE: Tables = &[
    (2, LOGIC),
    (2, TYPES),
    (1, FUNCTIONS),
    (1, LIST_FUNCTIONS),
    (1, QUANTIFIERS),
    (2, USER_ONLY),
    (2, LIVE_ONLY),
    (1, SEQUENCES),
];
/// All that a WHERE may say.
pub(super) const WHERE: Tables = &[(1, LOGIC), (2, TYPES), (1, FUNCTIONS)];

/// Names and constants of rules about a user.
pub(super) const FIELD_LEAVES: Table = &[
    (
        "Bool",
        &[
            "p",
            "q",
            "TRUE",
            "FALSE",
            "(a > {float})",
            "(i {op} {int})",
            "(s {eq} {string})",
            "(at < {timestamp})",
        ],
    ),
    ("Int", &["i", "j", "{int}"]),
    ("Float", &["a", "b", "{float}"]),
    ("String", &["s", "t", "{string}"]),
    ("Timestamp", &["at", "{timestamp}"]),
    ("Date", &["d", "{date}"]),
    ("Duration", &["{duration}", "(at - {timestamp})"]),
    ("List", &["tags"]),
];

/// Names and constants of a WHERE.
pub(super) const PROPERTY_LEAVES: Table = &[
    (
        "Bool",
        &[
            "flag",
            "(amount > {float})",
            "(qty {op} {int})",
            "(sku {eq} {string})",
            "{quantifier}(lines, it => {Item})",
            "(COUNT_IF(lines, it => {Item}) {op} {few})",
        ],
    ),
    ("Int", &["qty", "{int}"]),
    ("Float", &["amount", "{float}"]),
    ("String", &["sku", "{string}"]),
    ("Timestamp", &["timestamp", "{timestamp}"]),
    ("Date", &["{date}"]),
    ("Duration", &["{duration}"]),
];

/// What conditions are composed of.
const LOGIC: Table = &[(
    "Bool",
    &[
        "(NOT {Bool})",
        "({Bool} AND {Bool})",
        "({Bool} OR {Bool})",
        "({Bool} AND {Bool} AND NOT {Bool})",
        "({Bool} OR {Bool} OR {Bool} OR {Bool})",
        "({Bool} IS {not}NULL)",
        "({Bool} IS {not}TRUE)",
        "({Bool} IS {not}FALSE)",
        "({Bool} {eq} {Bool})",
        "COALESCE({Bool}, {Bool})",
        "IF({Bool}, {Bool}, {Bool})",
        "CASE WHEN {Bool} THEN {Bool} WHEN {Bool} THEN {Bool} ELSE {Bool} END",
    ],
)];

/// What can stand anywhere.
const TYPES: Table = &[
    (
        "Bool",
        &[
            "({Float} {op} {Float})",
            "({Int} {op} {Int})",
            "({Int} {op} {Float})",
            "({Float} {op} {Int})",
            "({String} {op} {String})",
            "({Timestamp} {op} {Timestamp})",
            "({Date} {op} {Date})",
            "({Date} {op} {Timestamp})",
            "({Duration} {op} {Duration})",
            "({Int} {eq} {Float})",
            "({Float} {eq} {Float})",
            "({String} {eq} {String})",
            "({Timestamp} {eq} {Timestamp})",
            "({Int} {not}IN ({ints}))",
            "({Int} {not}IN ({Int}, {Int}))",
            "({Float} {not}IN ({floats}))",
            "({Float} {not}IN ({Float}, {Float}, {float}))",
            "({String} {not}IN ({strings}))",
            "({String} {not}IN ({String}, {String}))",
            "({Timestamp} {not}IN ({timestamp}, {timestamp}))",
            "({Int} {not}BETWEEN {Int} AND {Int})",
            "({Float} {not}BETWEEN {Float} AND {Float})",
            "({String} {not}BETWEEN {String} AND {String})",
            "({Timestamp} {not}BETWEEN {Timestamp} AND {Timestamp})",
            "({String} {not}LIKE {pattern})",
            "({String} {not}ILIKE {pattern})",
            "({String} {not}MATCHES {regex})",
            "({String} {not}CONTAINS {String})",
            "({String} STARTS WITH {String})",
            "({String} ENDS WITH {string})",
            "({Int} IS {not}NULL)",
            "({Float} IS {not}NULL)",
            "({String} IS {not}EMPTY)",
        ],
    ),
    (
        "Int",
        &[
            "({Int} + {Int})",
            "({Int} - {Int})",
            "({Int} * {Int})",
            "({Int} DIV {Int})",
            "({Int} % {Int})",
            "(-{Int})",
            "COALESCE({Int}, {int})",
            "NULLIF({Int}, {Int})",
            "IF({Bool}, {Int}, {Int})",
            "CASE WHEN {Bool} THEN {Int} WHEN {Bool} THEN {Int} END",
        ],
    ),
    (
        "Float",
        &[
            "({Float} + {Float})",
            "({Float} - {Int})",
            "({Int} * {Float})",
            "({Int} / {Int})",
            "({Float} / {Float})",
            "({Float} % {Float})",
            "({Float} DIV {Float})",
            "(-{Float})",
            "COALESCE({Float}, {Float}, {float})",
            "NULLIF({Float}, {Float})",
            "IF({Bool}, {Float}, {Float})",
            "CASE WHEN {Bool} THEN {Float} ELSE {Float} END",
        ],
    ),
    (
        "String",
        &[
            "COALESCE({String}, {string})",
            "NULLIF({String}, {String})",
            "IF({Bool}, {String}, {String})",
            "CASE WHEN {Bool} THEN {String} WHEN {Bool} THEN {String} END",
        ],
    ),
    (
        "Timestamp",
        &[
            "({Timestamp} + {duration})",
            "({Timestamp} - {duration})",
            "({Date} + {duration})",
            "COALESCE({Timestamp}, {timestamp})",
            "IF({Bool}, {Timestamp}, {Timestamp})",
        ],
    ),
    (
        "Date",
        &["COALESCE({Date}, {date})", "IF({Bool}, {Date}, {Date})"],
    ),
    (
        "Duration",
        &[
            "({Timestamp} - {Timestamp})",
            "({Date} - {Date})",
            "({Duration} + {Duration})",
            "({Duration} - {Duration})",
            "({duration} * {Int})",
            "(-{Duration})",
        ],
    ),
];

/// What only rules about a user can say: lists, aggregates, computed traits, segments.
const USER_ONLY: Table = &[
    (
        "Bool",
        &[
            "(EXISTS s)",
            "(at IS {not}NULL)",
            "({List} IS {not}NULL)",
            "({List} IS {not}EMPTY)",
            "({List} {not}CONTAINS {String})",
            "({List} {not}CONTAINS {quantifier} ({strings}))",
            "({List} {not}CONTAINS {quantifier} ({String}, {String}))",
            "(DID {event}{window})",
            "(DID {event} WITHIN LAST {duration})",
            "(DID NOT {event} WITHIN LAST {duration})",
            "(DID({event}{window}{where}))",
            "(COUNT({event}{window}{where}) {op} {Int})",
            "(SUM({event}.amount{window}{where}) {op} {Float})",
            "(lastActivity {op} {Timestamp})",
            "({not}IN SEGMENT 'vip')",
        ],
    ),
    (
        "Int",
        &[
            "COUNT({event}{window}{where})",
            "COUNT(*{window})",
            "COUNT DISTINCT({event}.sku{window}{where})",
            "COUNT DISTINCT({event}.amount{window})",
            "SUM({event}.qty{window}{where})",
            "MIN({event}.qty{window}{where})",
            "LAST({event}.qty{window})",
            "eventCount",
            "recent",
        ],
    ),
    (
        "Float",
        &[
            "SUM({event}.amount{window}{where})",
            "AVG({event}.amount{window}{where})",
            "AVG({event}.qty{window}{where})",
            "MIN({event}.amount{window}{where})",
            "MAX({event}.amount{window}{where})",
            "FIRST({event}.amount{window}{where})",
            "LAST({event}.amount{window}{where})",
            "spent",
        ],
    ),
    (
        "String",
        &[
            "FIRST({event}.sku{window}{where})",
            "LAST({event}.sku{window}{where})",
            "MIN({event}.sku{window})",
            "MAX({event}.sku{window})",
        ],
    ),
    (
        "Timestamp",
        &[
            "lastActivity",
            "FIRST({event}.timestamp{window}{where})",
            "MAX(*.timestamp{window})",
        ],
    ),
    (
        "List",
        &[
            "COALESCE({List}, tags)",
            "IF({Bool}, {List}, tags)",
            "NULLIF({List}, {List})",
        ],
    ),
];

/// Tests of time that can run live.
const LIVE_ONLY: Table = &[(
    "Bool",
    &[
        "({Timestamp} {not}WITHIN LAST {duration})",
        "({Timestamp} {not}WITHIN LAST {calendar})",
        "({Date} {not}WITHIN LAST {duration})",
        "({Date} {not}WITHIN LAST {calendar})",
        "({Timestamp} {not}WITHIN NEXT {duration})",
        "({Timestamp} {not}OLDER THAN {duration})",
        "({Timestamp} {not}{ago})",
        "({Timestamp} {not}{during})",
        "({Date} {not}{during})",
        "({Timestamp} BEFORE {timestamp})",
        "({Timestamp} AFTER {timestamp})",
        "({Timestamp} {order} NOW())",
        "({Date} {order} NOW())",
        "(at + {duration} {order} NOW())",
        "(NOW() {order} {Timestamp} - {duration})",
        "({Timestamp} {order} NOW() - {duration})",
        "(lastActivity + {duration} {order} NOW())",
    ],
)];

/// Events that follow one another.
const SEQUENCES: Table = &[(
    "Bool",
    &[
        "SEQUENCE({event}{window}{where} THEN {event}{within}{where})",
        "SEQUENCE({event}{window}{where} THEN NOT {event}{within}{where})",
        "SEQUENCE({event}{window} THEN {event}{within}{where} THEN NOT {event}{within}{where})",
        "SEQUENCE(*{window} THEN {event}{within} THEN *{within} THEN NOT *{within})",
        "SEQUENCE({event} WITHIN LAST {duration} THEN {event} THEN NOT {event} WITHIN {duration})",
    ],
)];

/// What flips every year for ever, so that no test can run it to its end.
const YEARLY: Table = &[(
    "Bool",
    &[
        "(ANNIVERSARY({Timestamp}) {not}WITHIN NEXT {duration} {zone})",
        "(ANNIVERSARY({Timestamp}) {not}WITHIN LAST {duration} {zone})",
        "(ANNIVERSARY({Date}) {not}WITHIN NEXT {duration} {zone})",
        "(ANNIVERSARY({Date}) {not}WITHIN LAST 1 CALENDAR DAY {zone})",
    ],
)];

/// Uses of now that cannot run live.
const NOT_LIVE: Table = &[
    (
        "Bool",
        &[
            "(NOW() BETWEEN {Timestamp} AND {Timestamp})",
            "((NOW() - at) {op} {Duration})",
        ],
    ),
    ("Timestamp", &["NOW()"]),
    ("Duration", &["(NOW() - {Timestamp})"]),
];
