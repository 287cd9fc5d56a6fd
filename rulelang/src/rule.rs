//! A checked rule: a typed tree with every name resolved to a dense index.
//!
//! This is what every engine reads. Sugar is gone (`EXISTS` is IS NOT NULL, `DID` is COUNT > 0,
//! `BEFORE` is `<`, a computed trait is its body), literals have the type of their place, and
//! operands of an operator have types that it is defined for.
//! [`Node`]'s equality ignores spans.

mod percent;
mod sequence;

use std::sync::Arc;

use crate::ast;
use crate::builtins::Builtin;
use crate::calendar::{Anniversary, CalendarSpan};
use crate::span::Span;
use crate::types::Type;
use crate::value::Value;

pub use crate::ast::{AggregateFunction, ArithmeticOp, CompareOp, Quantifier, Quantity};
pub use percent::Percent;
pub use sequence::{Sequence, SequenceStep};

/// A checked rule. Made by [`crate::check`].
#[derive(Debug, Clone)]
pub struct Rule {
    /// The rule as written, for the formatter and the JSON form.
    pub ast: ast::Expr,
    /// With the values of parameters written in their places; `None` where it has no parameters.
    pub given: Option<ast::Expr>,
    /// The text that the spans of `root` point into.
    pub source: Arc<str>,
    /// The typed tree.
    pub root: Node,
    /// The profile fields it reads; [`NodeKind::Field`] indexes them.
    pub fields: Vec<Field>,
    /// The aggregates it reads, equal ones once; [`NodeKind::Aggregate`] indexes them.
    pub aggregates: Vec<Aggregate>,
    /// The segments it reads; [`NodeKind::InSegment`] indexes them.
    pub segments: Vec<String>,
    /// The sequences of events it reads, equal ones once; [`NodeKind::Sequence`] indexes them.
    pub sequences: Vec<Sequence>,
    /// The shares of users it asks about, equal ones once; [`NodeKind::Percent`] indexes them.
    pub percents: Vec<Percent>,
}

impl Rule {
    /// Whether its value can change without a fact, other segments aside. It may say so in vain.
    pub fn is_time_dependent(&self) -> bool {
        let mut absent = self.sequences.iter().flat_map(|it| &it.absent);
        let mut found = absent.any(|step| step.within.is_some())
            || self.events().any(|it| it.window != Window::AllTime);
        self.root.walk(&mut |node| {
            found |= matches!(node.kind, NodeKind::Now | NodeKind::Time { .. });
        });
        found
    }

    /// The events that it looks at: its aggregates, and the steps of its sequences as counts.
    pub fn events(&self) -> impl Iterator<Item = &Aggregate> {
        let steps = self.sequences.iter().flat_map(Sequence::all_steps);
        self.aggregates.iter().chain(steps.map(|step| &step.events))
    }
}

impl Rule {
    /// The rule with the values of its parameters written in their places: what it says by itself,
    /// to whoever does not have the values.
    pub fn bound(&self) -> &ast::Expr {
        self.given.as_ref().unwrap_or(&self.ast)
    }
}

/// A profile field that a rule reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name, dotted for nested ones.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// An aggregate over one user's events.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Canonical text of the whole aggregate: `COUNT(purchase WITHIN LAST 30 DAYS)`.
    pub text: Arc<str>,
    /// Which function.
    pub function: AggregateFunction,
    /// The event type; `None` is `*`, every track, page and screen event.
    pub event: Option<Arc<str>>,
    /// The property aggregated, an index into `properties`; `None` for COUNT.
    pub property: Option<usize>,
    /// The window.
    pub window: Window,
    /// WHERE; its leaves are [`NodeKind::Property`] and literals, and it does not depend on now.
    pub filter: Option<Node>,
    /// Canonical text of `filter`.
    pub filter_text: Option<Arc<str>>,
    /// The event's properties that it reads.
    pub properties: Vec<Property>,
    /// The type of its value.
    pub ty: Type,
}

/// A property of an event that an aggregate reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Property {
    /// Its name; `timestamp` is the event's own timestamp, whatever its properties say.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// The window of an aggregate, in milliseconds. Only events with `ts <= now` ever count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    /// All time up to now.
    AllTime,
    /// `now − d < ts <= now`
    WithinLast(i64),
    /// `start(now) <= ts <= now`; see [`crate::calendar`].
    WithinLastCalendar(CalendarSpan),
    /// `now − from < ts <= now − to`
    FromToAgo {
        /// The older end.
        from: i64,
        /// The younger end.
        to: i64,
    },
    /// `start <= ts < end`
    During {
        /// The first instant.
        start: i64,
        /// The instant after the last.
        end: i64,
    },
}

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The type of its value.
    pub ty: Type,
    /// Where it stands in [`Rule::source`]; within a computed trait, where the trait is named.
    pub span: Span,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.ty == other.ty
    }
}

/// The kinds of typed expression. Each says when it is NULL; unless it says otherwise, it is NULL
/// where an operand is.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant's doc says what its fields mean")]
pub enum NodeKind {
    /// A constant.
    Literal(Value),
    /// A profile field; NULL where it is absent or of the wrong type.
    Field(usize),
    /// A property of the event at hand, an index into [`Aggregate::properties`]; only in a WHERE.
    Property(usize),
    /// An aggregate's value at now.
    Aggregate(usize),
    /// A computed trait, named where its body stands.
    Trait { name: Arc<str>, body: Box<Node> },
    /// Whether the user is an effective member of a segment at now; never NULL.
    InSegment(usize),
    /// The instant of the evaluation.
    Now,
    /// Numeric negation (int overflow is NULL), and that of a duration.
    Negate(Box<Node>),
    /// Arithmetic. int op int is checked (overflow NULL), but `/` is float; a float operand makes
    /// a float; division by zero is NULL. timestamp ± duration, timestamp − timestamp, date −
    /// date (a duration), date ± duration (a timestamp), duration ± duration, duration * int.
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// A comparison of two values of one type, or of int and float (exactly), or of date and
    /// timestamp (the date's midnight UTC).
    Compare {
        op: CompareOp,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// `IS [NOT] DISTINCT FROM`; never NULL.
    Distinct {
        left: Box<Node>,
        right: Box<Node>,
        negated: bool,
    },
    /// Kleene's NOT.
    Not(Box<Node>),
    /// Kleene's AND.
    And(Vec<Node>),
    /// Kleene's OR.
    Or(Vec<Node>),
    /// `operand == item` OR … ; FALSE for no items (TRUE negated), even of a NULL operand.
    In {
        operand: Box<Node>,
        items: Vec<Node>,
        negated: bool,
    },
    /// `low <= operand AND operand <= high`, by Kleene.
    Between {
        operand: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
        negated: bool,
    },
    /// A string against a pattern.
    Text {
        test: TextTest,
        operand: Box<Node>,
        pattern: Box<Node>,
        negated: bool,
    },
    /// Whether a list holds any, all or none of the items; of an item that is NULL, by Kleene.
    ContainsItems {
        quantifier: Quantifier,
        operand: Box<Node>,
        items: Vec<Node>,
        negated: bool,
    },
    /// `IS [NOT] NULL`; never NULL.
    IsNull { operand: Box<Node>, negated: bool },
    /// `IS [NOT] TRUE`, `IS [NOT] FALSE`; never NULL.
    IsTruth {
        operand: Box<Node>,
        truth: bool,
        negated: bool,
    },
    /// `IS [NOT] EMPTY`, of a string or a list.
    IsEmpty { operand: Box<Node>, negated: bool },
    /// An instant against now; the operand is a timestamp or a date (its midnight UTC).
    Time {
        test: TimeTest,
        operand: Box<Node>,
        negated: bool,
    },
    /// The first argument that is not NULL.
    Coalesce(Vec<Node>),
    /// NULL where both are equal, else the first.
    NullIf(Box<Node>, Box<Node>),
    /// The value of the first branch whose condition is TRUE, else `otherwise` (a NULL literal
    /// where it was not written). `IF(c, a, b)` too.
    Case {
        branches: Vec<(Node, Node)>,
        otherwise: Box<Node>,
    },
    /// A function's value, of arguments of the types of one of its signatures. When it is NULL
    /// stands in its sheet.
    Call {
        builtin: &'static Builtin,
        arguments: Vec<Node>,
    },
    /// A list of items of one type; NULL where one of them is.
    List(Vec<Node>),
    /// Whether events followed one another at now; never NULL.
    Sequence(usize),
    /// What a condition is of a list's items: ANY is Kleene's OR over them, ALL his AND, NONE the
    /// opposite of ANY, COUNT_IF how many it is TRUE of.
    Quantified(Box<Quantified>),
    /// The item of a quantifier around it, or a member of that: an index into the
    /// [`Quantified::members`] of the one that stands within `depth` others.
    Item { depth: usize, member: usize },
    /// Whether the user is in a share of all; NULL only where their id is not known.
    Percent(usize),
}

/// A quantifier over the items of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantified {
    /// What it asks.
    pub quantity: Quantity,
    /// The list.
    pub list: Node,
    /// How many quantifiers it stands in.
    pub depth: usize,
    /// What its condition reads of an item.
    pub members: Vec<Member>,
    /// A boolean that does not depend on now.
    pub condition: Node,
}

/// What a quantifier's condition reads of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's dotted name; `None` for the item itself, which is a scalar.
    pub name: Option<Arc<str>>,
    /// Its type; a raw member that does not fit it is NULL.
    pub ty: Type,
}

impl Member {
    /// What it is of an item, in its type.
    pub fn of(&self, item: &Value) -> Value {
        match &self.name {
            Some(name) => item.member(name).typed(self.ty),
            None => item.clone(),
        }
    }
}

/// How a string is tested against a pattern.
#[derive(Debug, Clone)]
pub enum TextTest {
    /// `LIKE`, `ILIKE`; the pattern node is a string literal.
    Like(crate::text::LikePattern),
    /// `MATCHES`; the pattern node is a string literal.
    Matches(regex::Regex),
    /// A substring.
    Contains,
    /// A prefix.
    StartsWith,
    /// A suffix.
    EndsWith,
}

impl PartialEq for TextTest {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Like(a), Self::Like(b)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => a.as_str() == b.as_str(),
            (Self::Contains, Self::Contains)
            | (Self::StartsWith, Self::StartsWith)
            | (Self::EndsWith, Self::EndsWith) => true,
            _ => false,
        }
    }
}

/// How an instant is tested against now, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeTest {
    /// `now − d < ts <= now`
    WithinLast(i64),
    /// `start(now) <= ts <= now`; see [`crate::calendar`].
    WithinLastCalendar(CalendarSpan),
    /// `now < ts <= now + d`
    WithinNext(i64),
    /// `ts <= now − d`
    OlderThan(i64),
    /// `now − from < ts <= now − to`
    FromToAgo {
        /// The older end.
        from: i64,
        /// The younger end.
        to: i64,
    },
    /// `start <= ts < end`
    During {
        /// The first instant.
        start: i64,
        /// The instant after the last.
        end: i64,
    },
    /// Some yearly return of the instant is near; see [`Anniversary`].
    Anniversary(Anniversary),
}

impl Node {
    /// Calls `visit` on this node and every one below it, parents first. A checked tree is at most four
    /// times [`crate::limits::NESTING_DEPTH_MAX`] levels deep, so the recursion is bounded.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The nodes directly below this one, in source order. An aggregate's WHERE is not among
    /// them: it is evaluated over events, not over the user.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            NodeKind::Literal(_)
            | NodeKind::Field(_)
            | NodeKind::Property(_)
            | NodeKind::Aggregate(_)
            | NodeKind::InSegment(_)
            | NodeKind::Sequence(_)
            | NodeKind::Percent(_)
            | NodeKind::Item { .. }
            | NodeKind::Now => vec![],
            NodeKind::Trait { body, .. } | NodeKind::Negate(body) | NodeKind::Not(body) => {
                vec![body]
            }
            NodeKind::Arithmetic { left, right, .. }
            | NodeKind::Compare { left, right, .. }
            | NodeKind::Distinct { left, right, .. }
            | NodeKind::NullIf(left, right) => vec![left, right],
            NodeKind::And(terms)
            | NodeKind::Or(terms)
            | NodeKind::Coalesce(terms)
            | NodeKind::List(terms)
            | NodeKind::Call {
                arguments: terms, ..
            } => terms.iter().collect(),
            NodeKind::In { operand, items, .. }
            | NodeKind::ContainsItems { operand, items, .. } => {
                std::iter::once(&**operand).chain(items).collect()
            }
            NodeKind::Between {
                operand, low, high, ..
            } => vec![operand, low, high],
            NodeKind::Text {
                operand, pattern, ..
            } => vec![operand, pattern],
            NodeKind::IsNull { operand, .. }
            | NodeKind::IsTruth { operand, .. }
            | NodeKind::IsEmpty { operand, .. }
            | NodeKind::Time { operand, .. } => vec![operand],
            NodeKind::Case {
                branches,
                otherwise,
            } => {
                let pairs = branches
                    .iter()
                    .flat_map(|(condition, value)| [condition, value]);
                pairs.chain([&**otherwise]).collect()
            }
            NodeKind::Quantified(it) => vec![&it.list, &it.condition],
        }
    }
}
