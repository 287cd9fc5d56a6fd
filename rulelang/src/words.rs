//! The words of the language that a name may collide with. The grammar has the same lists.

/// Never a bare name.
pub(crate) const RESERVED: &[&str] = &[
    "and", "or", "not", "in", "is", "true", "false", "null", "case",
];

/// Words that may follow an operand: after `EXISTS` and `DID` not a bare name.
pub(crate) const OPERATORS: &[&str] = &[
    "div", "between", "like", "ilike", "matches", "contains", "starts", "ends", "within", "older",
    "from", "during", "before", "after", "when", "then", "else", "end",
];

/// Words after which an operand may start.
pub(crate) const OPERAND_FOLLOWS: &[&str] = &[
    "and", "or", "not", "in", "is", "case", "when", "then", "else", "between", "like", "ilike",
    "matches", "contains", "with", "from", "to", "before", "after", "during", "where", "exists",
    "did", "div", "escape", "any", "all", "none", "last", "next", "than",
];

/// Whether `word` is in `list`, in any case.
pub(crate) fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|item| item.eq_ignore_ascii_case(word))
}

/// Whether `character` may start a bare name.
pub(crate) fn starts_name(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '_' | '$')
}

/// Whether `character` may stand within a bare name.
pub fn continues_name(character: char) -> bool {
    starts_name(character) || character.is_ascii_digit()
}

/// Whether `text` can be written without backticks as one step of a path.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(continues_name)
}
