//! Every limit of the language, once: the same in debug and release builds.
//!
//! An error that a limit causes names the limit and its value.

/// Bytes of a rule's text.
pub const SOURCE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a rule in its JSON form.
pub const JSON_BYTES_MAX: usize = 256 * 1024;
/// Depth of nested brackets and JSON groups, and of the syntax tree's operators: of a chain such as
/// `a + b + c` each one nests, while AND and OR take any number of operands at one level.
pub const NESTING_DEPTH_MAX: usize = 64;
/// Nodes of one rule's syntax tree. Literals in inline lists do not count: there
/// [`LIST_ITEMS_MAX`] holds.
pub const NODES_MAX: usize = 10_000;
/// Items of one inline list.
pub const LIST_ITEMS_MAX: usize = 10_000;
/// Items that lists which a rule only names, and lists given for its parameters, put into it
/// altogether; a list counts each time that it is named.
pub const GIVEN_ITEMS_MAX: usize = 50_000;
/// Bytes of one string literal, after its escapes are resolved.
pub const STRING_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a string that a function makes; a longer one is NULL.
pub const MADE_STRING_BYTES_MAX: usize = 64 * 1024;
/// Items of a list that a function makes; a longer one is NULL.
pub const MADE_LIST_ITEMS_MAX: usize = 10_000;
/// Bytes of what functions of constants are worked out to when a rule is checked, altogether; the
/// further ones are worked out when the rule is asked.
pub const FOLDED_BYTES_MAX: usize = 64 * 1024;
/// Nodes of a checked rule, those of the computed traits in it included, and of the lists that it
/// names. A rule by itself has fewer.
pub const CHECKED_NODES_MAX: usize = 2 * SOURCE_BYTES_MAX;
/// Regular expressions (`MATCHES`) in one rule.
pub const REGEXES_MAX: usize = 16;
/// Bytes that one compiled regular expression may take.
pub const REGEX_SIZE_MAX: usize = 1024 * 1024;
/// Aggregates in one rule, those of the computed traits it names included. A sequence counts as one.
pub const AGGREGATES_MAX: usize = 32;
/// Steps of one `SEQUENCE`.
pub const SEQUENCE_STEPS_MAX: usize = 8;
/// Length of a chain of segments that refer to one another.
pub const SEGMENT_DEPTH_MAX: usize = 16;
/// Units of one calendar window.
pub const CALENDAR_UNITS_MAX: usize = 10_000;
/// Quantifiers (`ANY(list, item => …)`) within one another.
pub const QUANTIFIER_DEPTH_MAX: usize = 2;
/// Items of a list that a quantifier asks about: of a longer one it is NULL, and so is a longer list
/// of objects by itself.
pub const QUANTIFIED_ITEMS_MAX: usize = 1_000;
/// Other places that one diagnostic shows; further ones are dropped.
pub const LABELS_MAX: usize = 5;
/// Diagnostics reported for one rule; further ones are dropped.
pub const DIAGNOSTICS_MAX: usize = 20;
