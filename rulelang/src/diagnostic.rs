//! What is wrong with a rule, where, and what to do about it.

use std::fmt;

use crate::codes::Code;
use crate::limits::{DIAGNOSTICS_MAX, LABELS_MAX};
use crate::span::Span;

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// One line: lower-case start, no final period, user input in backticks.
    pub message: String,
    /// Other places that matter, each with a few words.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change of the source that mends it.
    pub fix: Option<Fix>,
    /// Where in the rule's JSON form, as an RFC 6901 pointer (the root is the empty one); `None`
    /// for a rule that was written as text. The span of an error of [`crate::json::from_json`]
    /// means nothing: there is no text yet.
    pub pointer: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rule means something, perhaps not what was meant.
    Warning,
    /// The rule means nothing.
    Error,
}

/// A machine-applicable change: replace `span` by `replacement`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: Code, span: Span, message: String) -> Self {
        Self {
            code,
            severity,
            span,
            message,
            labels: vec![],
            help: None,
            fix: None,
            pointer: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place that matters; beyond [`LABELS_MAX`] it is dropped.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        if self.labels.len() < LABELS_MAX {
            self.labels.push((span, text.into()));
        }
        self
    }

    /// Adds a change that mends it.
    #[must_use]
    pub fn with_fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
        });
        self
    }
}

/// The findings about one rule, in source order once sorted; at least one where it is an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds one; beyond [`DIAGNOSTICS_MAX`] it is dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.items.len() < DIAGNOSTICS_MAX {
            self.items.push(diagnostic);
        }
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.items
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Sorts by place, errors before warnings of the same place.
    pub fn sort(&mut self) {
        self.items
            .sort_by_key(|item| (item.span, std::cmp::Reverse(item.severity)));
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            items: vec![diagnostic],
        }
    }
}

impl fmt::Display for Diagnostics {
    /// One line each: `E0201 at 1..5: message`. Rendering with the source is
    /// [`crate::render`]'s work. A place in the JSON form is its pointer: `E0401 at /all/0: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.items.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let Span { start, end } = item.span;
            write!(f, "{separator}{} at ", item.code)?;
            match item.pointer.as_deref() {
                Some("") => f.write_str("/")?,
                Some(pointer) => f.write_str(pointer)?,
                None => write!(f, "{start}..{end}")?,
            }
            write!(f, ": {}", item.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
