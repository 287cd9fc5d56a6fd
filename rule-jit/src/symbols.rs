//! The dictionary: strings that rules name, as small integers.
//!
//! Only constants of rules are interned, so events cannot make it grow. A string is given its
//! symbol once, when a row is filled; every equality with a constant is then an integer compare.

use std::collections::HashMap;
use std::sync::Arc;

/// The symbol of NULL.
pub const SYMBOL_NULL: u32 = 0;
/// The symbol of every string that no rule names.
pub const SYMBOL_UNKNOWN: u32 = 1;
const SYMBOL_FIRST: u32 = 2;

/// An append-only dictionary of the strings that rules name.
///
/// Rows and rules that meet must use one dictionary, and a row must have been filled after the
/// rule was lowered: a string that became known in between would still carry
/// [`SYMBOL_UNKNOWN`] and equal nothing.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    symbols: HashMap<Arc<str>, u32, foldhash::fast::RandomState>,
}

impl Symbols {
    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The symbol of `text`, a new one if it has none. Four billion strings would be needed to
    /// run out of symbols; memory ends long before.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(symbol) = self.symbols.get(text) {
            return *symbol;
        }
        let symbol = SYMBOL_FIRST + self.symbols.len() as u32;
        self.symbols.insert(text.into(), symbol);
        symbol
    }

    /// The symbol of `text`, or [`SYMBOL_UNKNOWN`].
    pub fn lookup(&self, text: &str) -> u32 {
        self.symbols.get(text).copied().unwrap_or(SYMBOL_UNKNOWN)
    }

    /// How many strings it knows.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }
}
