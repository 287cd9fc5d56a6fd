//! A rule as somebody hands it in, text or JSON form, and what is wrong with it as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rulelang::ast::Expr;
use rulelang::json::JsonRule;
use rulelang::{
    Checked, Code, Diagnostic, Diagnostics, Expected, Schema, Severity, Span, Value, check_expr,
    json, limits,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::distinct_keys::{Repeated, check_keys};
use crate::wire::value_to_json;

/// A rule's text, and, where it was handed in as JSON, which part of that each range came from.
#[derive(Debug, Clone, Default)]
pub struct RuleSource {
    /// The text that diagnostics point into; empty where the JSON form could not be read.
    pub text: String,
    /// What is given for its parameters, by their names without the colon.
    pub parameters: Parameters,
    json: Option<JsonRule>,
}

/// Values by the names of parameters.
pub type Parameters = BTreeMap<String, Value>;

impl RuleSource {
    /// A rule in the rule language.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Gives values for parameters, beside those that it has already or in their place.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// All that a check of it depends on beside the schema, as one text.
    pub fn key(&self) -> String {
        if self.parameters.is_empty() {
            return self.text.clone();
        }
        format!("{}\n{:?}", self.text, self.parameters)
    }

    /// What [`RuleSource::from_json`] reads back: the text, and the parameters where it has some.
    pub fn to_json(&self) -> serde_json::Value {
        self.beside_parameters(serde_json::json!({"expression": self.text}))
    }

    /// A JSON form of the rule, with its parameters where it has some.
    pub fn beside_parameters(&self, mut json: serde_json::Value) -> serde_json::Value {
        if !self.parameters.is_empty()
            && let Some(object) = json.as_object_mut()
        {
            let parameters = self.parameters.iter();
            let parameters = parameters.map(|(name, value)| (name.clone(), value_to_json(value)));
            object.insert("parameters".to_owned(), parameters.collect());
        }
        json
    }

    /// A rule in its JSON form.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, Diagnostics> {
        let rule = json::from_json(json)?;
        Ok(Self {
            text: rule.text.clone(),
            parameters: rule.parameters.clone(),
            json: Some(rule),
        })
    }

    /// A rule in either form: the JSON form where the text starts with `{`.
    pub fn from_either(text: &str) -> Result<Self, Diagnostics> {
        if !text.trim_start().starts_with('{') {
            return Ok(Self::from_text(text));
        }
        if text.len() > limits::JSON_BYTES_MAX {
            let message = format!(
                "the JSON form is {} bytes long; at most {} are allowed",
                text.len(),
                limits::JSON_BYTES_MAX
            );
            return Err(Diagnostic::error(Code::SourceTooLong, Span::default(), message).into());
        }
        let json = serde_json::from_str(text).map_err(|error| {
            let text = error.to_string();
            if text.starts_with("recursion limit exceeded") {
                let limit = limits::NESTING_DEPTH_MAX;
                let message = format!("groups nest too deeply; the limit (nesting) is {limit}");
                return Diagnostic::error(Code::NestingTooDeep, Span::default(), message);
            }
            Diagnostic::error(
                Code::JsonShape,
                Span::default(),
                format!("malformed JSON: {text}"),
            )
        })?;
        check_keys(text).map_err(|Repeated { message, pointer }| {
            let mut error = Diagnostic::error(Code::JsonShape, Span::default(), message)
                .with_help("name each key once; put several conditions into one array");
            error.pointer = Some(pointer);
            error
        })?;
        Self::from_json(&json)
    }

    /// Its syntax tree.
    pub fn parse(&self) -> Result<Expr, Diagnostics> {
        rulelang::parse(&self.text).map_err(|found| self.located(found))
    }

    /// The checked rule.
    pub fn check(&self, schema: &Schema, expected: Expected) -> Result<Checked, Diagnostics> {
        let mut schema = Cow::Borrowed(schema);
        if !self.parameters.is_empty() {
            let parameters = self.parameters.clone();
            schema.to_mut().parameters.extend(parameters);
        }
        let checked = check_expr(self.parse()?, &self.text, &schema, expected);
        let Checked { rule, warnings } = checked.map_err(|found| self.located(found))?;
        let warnings = self.located(warnings);
        Ok(Checked { rule, warnings })
    }

    /// The pointer to the part of the JSON form that a place in the text came from; `None` where the
    /// rule was handed in as text.
    pub fn pointer(&self, span: Span) -> Option<&str> {
        self.json.as_ref().map(|json| json.pointer(span))
    }

    /// The text that its JSON form stands for; `None` where it was handed in as text, or could not be
    /// read.
    pub fn text_of_json(&self) -> Option<&str> {
        self.json.as_ref().map(|_| self.text.as_str())
    }

    fn located(&self, found: Diagnostics) -> Diagnostics {
        match &self.json {
            Some(json) => json.locate(&found),
            None => found,
        }
    }

    /// Findings about this rule in the form that JSON output shows.
    pub fn report(&self, diagnostics: &Diagnostics) -> Vec<Finding> {
        diagnostics.iter().map(|item| self.finding(item)).collect()
    }

    fn finding(&self, item: &Diagnostic) -> Finding {
        let (line, column) = item.span.line_column(&self.text);
        let label = |(span, message): &(Span, String)| Label {
            span: (*span).into(),
            message: message.clone(),
        };
        Finding {
            code: item.code.as_str(),
            severity: match item.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: item.message.clone(),
            span: item.span.into(),
            line,
            column,
            pointer: item.pointer.clone(),
            help: item.help.clone(),
            fix: item.fix.as_ref().map(|fix| Replacement {
                span: fix.span.into(),
                replacement: fix.replacement.clone(),
            }),
            labels: item.labels.iter().map(label).collect(),
        }
    }
}

/// One diagnostic as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The stable code.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// One line.
    pub message: String,
    /// Bytes of the rule's text.
    pub span: Range,
    /// One-based line of the span's start.
    pub line: usize,
    /// One-based column of the span's start, in characters.
    pub column: usize,
    /// The part of the JSON form that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A change that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Replacement>,
    /// Other places that matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
}

/// A half-open range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ByteRange")]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

impl From<Span> for Range {
    fn from(span: Span) -> Self {
        let Span { start, end } = span;
        Self { start, end }
    }
}

/// A few words about another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Label {
    /// Where.
    pub span: Range,
    /// What.
    pub message: String,
}

/// Replace the bytes of `span` by `replacement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replacement {
    /// What to replace.
    pub span: Range,
    /// By what.
    pub replacement: String,
}
