//! Templates of quantifiers over `items`, `lines` and `tags`, and of the conditions in them.

use super::{LOGIC, TYPES, Table, Tables};

/// Quantifiers of rules about a user. What stands in `{Item}` asks about the item `it`.
pub(super) const QUANTIFIERS: Table = &[
    (
        "Bool",
        &[
            "{quantifier}(items, it => {Item})",
            "{quantifier}(items, it => {Item} AND s {eq} {string})",
            "{quantifier}(items, it => ANY(it.parts, part => part.sku {eq} {string}) OR {Item})",
            "ANY(items, it => {quantifier}(it.parts, part => part.sku {eq} NULLIF(it.sku, s)))",
            "{quantifier}(tags, tag => tag {eq} {string} OR tag {not}LIKE {pattern})",
            "{quantifier}([s, t, 'a'], text => text {op} s AND p)",
            "(COUNT_IF(items, it => {Item}) {op} {Int})",
            "ANY(LAST({event}.lines{window}), it => {Item})",
            "(items IS {not}NULL)",
            "(items IS {not}EMPTY)",
        ],
    ),
    (
        "Int",
        &[
            "COUNT_IF(items, it => {Item})",
            "COUNT_IF(tags, tag => LENGTH(tag) {op} i)",
            "LENGTH(items)",
        ],
    ),
];

/// What conditions about an item are composed of.
pub(in super::super) const ITEM: Tables = &[(1, LOGIC), (1, TYPES)];

/// Members of the item, each in a form that says its type, and constants.
pub(in super::super) const ITEM_LEAVES: Table = &[
    (
        "Bool",
        &[
            "(it.flag == TRUE)",
            "(it.amount > {float})",
            "(it.sku {eq} {string})",
            "(LENGTH(it.sku) {op} {int})",
        ],
    ),
    ("Int", &["LENGTH(it.sku)", "{int}"]),
    ("Float", &["(it.amount + 0.0)", "{float}"]),
    ("String", &["NULLIF(it.sku, '')", "{string}"]),
    ("Timestamp", &["{timestamp}"]),
    ("Date", &["{date}"]),
    ("Duration", &["{duration}"]),
];
