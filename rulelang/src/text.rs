//! Patterns of LIKE and ILIKE.

use crate::limits::REGEX_SIZE_MAX;

/// A compiled LIKE pattern: `%` is any run of characters, `_` any one, and the whole string must
/// match. Held as a linear-time regular expression.
#[derive(Debug, Clone)]
pub struct LikePattern {
    source: String,
    escape: Option<char>,
    folded: bool,
    regex: regex::Regex,
}

impl PartialEq for LikePattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.escape, self.folded) == (&other.source, other.escape, other.folded)
    }
}

/// Why a LIKE pattern cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeError {
    /// It ends with its escape character.
    DanglingEscape,
    /// It compiles to more than [`REGEX_SIZE_MAX`] bytes.
    TooLarge,
}

impl LikePattern {
    /// Compiles `source`; `folded` for ILIKE. There is no escape character unless one is given.
    pub fn new(source: &str, escape: Option<char>, folded: bool) -> Result<Self, LikeError> {
        let mut pattern = String::from(if folded { r"(?is)\A(?:" } else { r"(?s)\A(?:" });
        let mut characters = source.chars();
        while let Some(character) = characters.next() {
            match character {
                _ if Some(character) == escape => {
                    let literal = characters.next().ok_or(LikeError::DanglingEscape)?;
                    pattern.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
                }
                '%' => pattern.push_str(".*"),
                '_' => pattern.push('.'),
                _ => pattern.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
            }
        }
        pattern.push_str(r")\z");
        let mut builder = regex::RegexBuilder::new(&pattern);
        let regex = builder
            .size_limit(REGEX_SIZE_MAX)
            .build()
            .map_err(|_| LikeError::TooLarge)?;
        Ok(Self {
            source: source.to_owned(),
            escape,
            folded,
            regex,
        })
    }

    /// Whether the whole of `text` matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its escape character.
    pub fn escape(&self) -> Option<char> {
        self.escape
    }

    /// Whether letter case is folded (ILIKE).
    pub fn is_folded(&self) -> bool {
        self.folded
    }
}
