//! The table of hints. The first row that matches is the one that is given.

/// A mistake, and what to write instead.
pub(super) struct Row {
    /// The words before the bracket in which the mistake stands; none of them for any place.
    pub(super) inside: &'static str,
    /// The tokens around the place that could not be read, which starts after `|`: words, symbols,
    /// `NAME`, `STRING`, `NUMBER`, alternatives of these between `/`, and `()` for a bracket with all
    /// that is in it.
    pub(super) pattern: &'static str,
    /// What to write. `{0}` is the first token of the pattern, `{0'}` that name as a string, `{0^}` in
    /// capital letters, `{0.}` up to its first dot; `{<}` what stands before the pattern from the word
    /// before the bracket on, `{>}` what stands after it until the bracket closes.
    pub(super) help: &'static str,
    /// From which token of the pattern to which there is to be what instead, where that is certain.
    pub(super) fix: Option<(usize, usize, &'static str)>,
}

const fn row(pattern: &'static str, help: &'static str) -> Row {
    Row {
        inside: "",
        pattern,
        help,
        fix: None,
    }
}

impl Row {
    const fn inside(self, inside: &'static str) -> Self {
        Self { inside, ..self }
    }

    const fn fix(self, first: usize, last: usize, template: &'static str) -> Self {
        Self {
            fix: Some((first, last, template)),
            ..self
        }
    }
}

const QUANTIFIERS: &str = "any all none count_if";

pub(super) const HINTS: &[Row] = &[
    // Names that stand in quotes.
    row(
        "in segment | NAME",
        "the name of a segment stands in quotes: `IN SEGMENT {2'}`",
    )
    .fix(2, 2, "{2'}"),
    row(
        "in list | NAME",
        "the name of a list stands in quotes: `IN LIST {2'}`",
    )
    .fix(2, 2, "{2'}"),
    row(
        "calendar NAME in | NAME",
        "the name of a time zone stands in quotes, as `IN 'Europe/Berlin'`",
    ),
    row(
        "NUMBER NAME in | NAME",
        "the name of a time zone stands in quotes, as `IN 'Europe/Berlin'`",
    ),
    row(
        "NAME in | segment STRING",
        "a segment is asked for without a field: `IN SEGMENT {3}`",
    )
    .fix(0, 2, "IN SEGMENT"),
    row(
        "NAME not in | segment STRING",
        "a segment is asked for without a field: `NOT IN SEGMENT {4}`",
    )
    .fix(0, 3, "NOT IN SEGMENT"),
    row(
        "NAME | similar to STRING",
        "write `MATCHES {3}`, a regular expression, or `LIKE {3}`",
    ),
    // Windows.
    row("in | last/next NUMBER", "write `WITHIN {1^} …`").fix(0, 0, "WITHIN"),
    row("in | the last/next NUMBER", "write `WITHIN {2^} …`").fix(0, 1, "WITHIN"),
    row("NAME | in last NUMBER", "write `WITHIN LAST …`").fix(1, 1, "WITHIN"),
    row("within | the last/next", "write `WITHIN {2^} …`").fix(1, 2, "{2^}"),
    row("NAME | last/next NUMBER", "write `WITHIN {1^} …`").fix(1, 1, "WITHIN {1^}"),
    row(
        "within/in/NAME | this day/week/month/year",
        "write `WITHIN LAST 1 CALENDAR {2^} IN 'Europe/Berlin'`, or without `IN` for UTC",
    ),
    row(
        "within/in | today",
        "write `WITHIN LAST 1 CALENDAR DAY IN 'Europe/Berlin'`, or without `IN` for UTC",
    ),
    row(
        "within last | day/week/month/year",
        "say how many, as `WITHIN LAST 7 DAYS`; `WITHIN LAST 1 CALENDAR {2^}` is the present one so far",
    ),
    row(
        "last/next/than NUMBER | ms/s/sec/secs/h/hr/hrs/d/w",
        "units are `SECONDS`, `MINUTES`, `HOURS`, `DAYS`, `WEEKS`; letters follow the number at once, as `12h`",
    ),
    row(
        "within | NUMBER",
        "write `WITHIN LAST` for the past, `WITHIN NEXT` for what is to come",
    ),
    // Operators.
    row("in | [", "a list after IN stands in round brackets: `IN ('a', 'b')`"),
    row(
        "contains STRING/NUMBER | ,",
        "write `CONTAINS ANY ({1}, …)`, or `ALL` or `NONE`",
    ),
    row(
        "STRING/NUMBER | ,",
        "write `CONTAINS ANY ({0}, …)`, or `ALL` or `NONE`",
    )
    .inside("contains"),
    row("in | STRING/NUMBER", "a list stands in brackets: `IN ({1})`").fix(1, 1, "({1})"),
    row(
        "in | NAME",
        "write the values in brackets, as `IN ('a', 'b')`; or `IN LIST 'name'` for a list that is kept \
         beside the rules, or `{1} CONTAINS …` where `{1}` is a list of the user's",
    ),
    row("is not | STRING/NUMBER", "write `!=` to compare").fix(0, 1, "!="),
    row("is | STRING/NUMBER", "write `==` to compare").fix(0, 0, "=="),
    row(
        "is | known/set/present/defined/unknown/missing/unset/absent",
        "write `IS NOT NULL` for what is known, `IS NULL` for what is not",
    ),
    row(
        "is not | NAME",
        "write `!=` to compare, text in quotes: `!= {2'}`",
    ),
    row(
        "is | NAME",
        "write `==` to compare, text in quotes: `== {1'}`",
    ),
    row(
        "between NUMBER/STRING/NAME | ,",
        "`AND` stands between the ends: `BETWEEN {1} AND …`",
    )
    .fix(2, 2, " AND"),
    row(
        "between NUMBER/STRING/NAME | to",
        "`AND` stands between the ends: `BETWEEN {1} AND …`",
    )
    .fix(2, 2, "AND"),
    row(
        "between date/timestamp STRING | ,",
        "`AND` stands between the ends: `BETWEEN {1^} {2} AND …`",
    )
    .fix(3, 3, " AND"),
    row(
        "NUMBER/STRING/NAME | ,",
        "write `BETWEEN {0} AND …`, without brackets",
    )
    .inside("between"),
    // Events.
    row(
        "did NAME | NUMBER",
        "count how often: `COUNT({1}) >= {2}`, with a window within the brackets",
    ),
    row(
        "did not NAME | NUMBER",
        "count how often: `COUNT({2}) < {3}`, with a window within the brackets",
    ),
    row(
        "did NAME | at least/most NUMBER",
        "count how often: `COUNT({1}) >= {4}` or `<=`, with a window within the brackets",
    ),
    row(
        "did NAME | >=/>/==/=/</<= NUMBER",
        "count how often: `COUNT({1}) {2} {3}`",
    ),
    row(
        "( distinct | NAME",
        "write `COUNT DISTINCT({2})`",
    )
    .inside("count")
    .fix(0, 2, " DISTINCT({2}"),
    row(
        "( NAME | or/and/||/&& NAME",
        "count each: `COUNT({1}) > 0 {2^} COUNT({3}) > 0`, or both together: `COUNT({1}) + COUNT({3})`",
    )
    .inside("count"),
    row(
        "( NAME | or/and/||/&& NAME",
        "ask for each: `DID {1} {2^} DID {3}`",
    )
    .inside("did"),
    row("then did | not NAME", "write `THEN NOT {3}`")
        .inside("sequence")
        .fix(1, 2, "NOT"),
    row("then not did | NAME", "write `THEN NOT {3}`")
        .inside("sequence")
        .fix(1, 3, "NOT {3}"),
    row("then/( did | NAME", "a step is an event alone: `{2}`")
        .inside("sequence")
        .fix(1, 2, "{2}"),
    row("NAME/NUMBER | , NAME", "`THEN` stands between steps: `{0} THEN {2}`")
        .inside("sequence")
        .fix(1, 1, " THEN"),
    row("NAME | , within/where", "no comma stands here: `{0} {2^} …`")
        .inside("count distinct sum avg min max first last did sequence")
        .fix(0, 1, "{0}"),
    row(
        "count/sum/avg/min/max/first/last/distinct/did () | where",
        "WHERE stands within the brackets: `{0^}(event WHERE condition)`",
    ),
    // Quantifiers.
    row(
        ", NAME | ==/=/!=/<>/</<=/>/>=/in/is/like/contains",
        "the condition names the item: `{<}, i => i.{1} {2}{>}`",
    )
    .inside(QUANTIFIERS),
    row(
        ", NAME | )",
        "the condition names the item: `{<}, i => i.{1})`",
    )
    .inside(QUANTIFIERS),
    row(", NAME | ,", "`=>` stands after the item: `{<}, {1} => …`")
        .inside(QUANTIFIERS)
        .fix(2, 2, " =>"),
    row(
        ", | not",
        "the condition names the item, as `ANY(items, i => NOT i.gift)`",
    )
    .inside(QUANTIFIERS),
    row(
        ", | NAME",
        "the condition names the item: `{<}, {1.} => {1}{>}`",
    )
    .inside(QUANTIFIERS),
    row(
        ", | STRING/NUMBER",
        "the condition names the item: `{<}, i => i == {1}{>}`",
    )
    .inside(QUANTIFIERS),
    row(
        ", NAME | (",
        "the condition names the item, as `ANY(items, i => i.price > 500)`",
    )
    .inside(QUANTIFIERS),
    row(
        "( NAME | )",
        "a condition on the items follows the list, as `ANY({1}, i => i.price > 500)`",
    )
    .inside(QUANTIFIERS),
];
