//! A case as a suite tells it, and what a translator makes of it.
//!
//! INVARIANT: a translator sees a `Foreign` alone, so it can look neither at the id of a case nor at the
//! answer that is expected.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What a suite asks, in its own dialect.
#[derive(Deserialize)]
pub(crate) struct Foreign {
    #[serde(rename = "expr_original")]
    pub(crate) expr: Value,
    #[serde(default)]
    pub(crate) bindings: Value,
    /// Named lists of values, where the dialect has them.
    #[serde(default)]
    pub(crate) groups: Map<String, Value>,
}

impl Foreign {
    /// The expression of a dialect that is text.
    pub(crate) fn text(&self) -> &str {
        self.expr.as_str().unwrap()
    }

    /// The bindings of a dialect that has names only.
    pub(crate) fn named(&self) -> Map<String, Value> {
        self.bindings.as_object().cloned().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    Core,
    Ext,
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Ext => "ext",
        }
    }
}

/// One line of a suite.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) tier: Tier,
    pub(crate) expected: Value,
    #[serde(flatten)]
    pub(crate) foreign: Foreign,
}

/// A foreign case in our language.
pub(crate) struct Question {
    /// Text, or the JSON form.
    pub(crate) rule: Value,
    pub(crate) bindings: Map<String, Value>,
    /// Whether the dialect asks if a rule matches, to which NULL is a no, rather than for a value.
    pub(crate) matches: bool,
    /// The name that the dialect gives the value, so that it answers with an object; mostly none.
    pub(crate) named: Vec<String>,
}

impl Question {
    /// What has this value?
    pub(crate) fn value(text: String, bindings: Map<String, Value>) -> Self {
        Self {
            rule: Value::String(text),
            bindings,
            matches: false,
            named: Vec::new(),
        }
    }

    /// Is this rule, as text or in the JSON form, TRUE?
    pub(crate) fn matches(rule: Value, bindings: Map<String, Value>) -> Self {
        Self {
            rule,
            bindings,
            matches: true,
            named: Vec::new(),
        }
    }
}

/// Why a case cannot be said in our language.
#[derive(Debug)]
pub(crate) struct Unsaid(pub(crate) String);

/// That something of the dialect has no counterpart.
pub(crate) fn unsaid<T>(what: impl Into<String>) -> Result<T, Unsaid> {
    Err(Unsaid(what.into()))
}

/// That a function of the dialect has no counterpart.
pub(crate) fn no_function<T>(name: &str) -> Result<T, Unsaid> {
    unsaid(format!("no such function: {name}"))
}

/// A translator.
pub(crate) type Translate = fn(&Foreign) -> Result<Question, Unsaid>;
