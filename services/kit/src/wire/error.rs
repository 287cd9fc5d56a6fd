//! Why a line of input cannot be used.

use thiserror::Error;

/// Why one message is refused: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct WireError {
    /// One line: lower-case start, no final period, input in backticks.
    pub message: String,
    /// What to do about it, as one imperative sentence without a final period.
    pub fix: Option<String>,
    /// One-based byte column in the line at which reading stopped.
    pub column: usize,
}

impl WireError {
    /// An error about the message as a whole.
    pub fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            fix: Some(fix.into()),
            column: 1,
        }
    }

    /// What serde_json reports, unless `noted` says it better.
    pub(super) fn from_json(error: &serde_json::Error, noted: Option<Self>) -> Self {
        let column = error.column().max(1);
        if let Some(noted) = noted {
            return Self { column, ..noted };
        }
        if error.is_eof() {
            let fix = "the line is cut off: complete it or remove it";
            return Self {
                column,
                ..Self::new("the JSON ends too early", fix)
            };
        }
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default();
        let message = format!("malformed JSON: {reason}");
        Self {
            message,
            fix: None,
            column,
        }
    }
}
