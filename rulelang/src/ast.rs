//! A rule as written: names unresolved, types unknown, sugar kept.
//!
//! What the formatter prints and the JSON form converts from. [`PartialEq`] ignores spans, so that
//! `parse(format(x)) == x` can be asked.

mod children;
mod sequence;

use crate::calendar::{CalendarSpan, Zone};
use crate::span::Span;

pub use sequence::{Sequence, SequenceStart, SequenceStep};

/// An expression and where it stands.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands in the source, without surrounding brackets.
    pub span: Span,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// A name as written and where it stands: a field (`address.city`), a property, an event.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name without backticks.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// The kinds of expression. `negated` is the `NOT` inside the operator (`x NOT IN (…)`).
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each variant's doc shows its fields as they are written"
)]
#[non_exhaustive]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A field path; within a WHERE, a property of the event.
    Field(String),
    /// `-x`
    Negate(Box<Expr>),
    /// `x + y` and the like.
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    /// `x < y` and the like.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `x IS [NOT] DISTINCT FROM y`
    Distinct {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    /// `NOT x`
    Not(Box<Expr>),
    /// `x AND y AND …`, two or more, nested ANDs without brackets flattened.
    And(Vec<Expr>),
    /// `x OR y OR …`, as [`ExprKind::And`].
    Or(Vec<Expr>),
    /// `x [NOT] IN (…)`
    In {
        operand: Box<Expr>,
        items: Vec<Expr>,
        negated: bool,
    },
    /// `x [NOT] BETWEEN low AND high`
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    /// `x [NOT] LIKE p [ESCAPE e]`, `CONTAINS`, `STARTS WITH` and the like.
    Text {
        test: TextOp,
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<char>,
        negated: bool,
    },
    /// `x [NOT] CONTAINS ANY|ALL|NONE (…)`
    ContainsItems {
        quantifier: Quantifier,
        operand: Box<Expr>,
        items: Vec<Expr>,
        negated: bool,
    },
    /// `x IS [NOT] NULL`
    IsNull { operand: Box<Expr>, negated: bool },
    /// `EXISTS f`
    Exists(Box<Expr>),
    /// `x IS [NOT] TRUE`, `x IS [NOT] FALSE`
    IsTruth {
        operand: Box<Expr>,
        truth: bool,
        negated: bool,
    },
    /// `x IS [NOT] EMPTY`
    IsEmpty { operand: Box<Expr>, negated: bool },
    /// `x WITHIN LAST d` and the like.
    Time {
        test: TimeOp,
        operand: Box<Expr>,
        negated: bool,
    },
    /// `[NOT] IN SEGMENT 's'`
    InSegment { segment: Name, negated: bool },
    /// `COUNT(…)`, `SUM(…)`, …
    Aggregate(Aggregate),
    /// `DID [NOT] e …`; `negated` for `DID NOT`. The call form `DID(…)` is this too.
    Did {
        event: EventSelector,
        window: Window,
        filter: Option<Box<Expr>>,
        negated: bool,
    },
    /// `name(x, y, …)`, `NOW()` among them. The parser writes the name in upper case.
    Call {
        function: Name,
        arguments: Vec<Expr>,
    },
    /// `[x, y, …]`
    List(Vec<Expr>),
    /// `CASE WHEN c THEN v … [ELSE v] END`
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// `SEQUENCE(a THEN b …)`
    Sequence(Sequence),
    /// `ANY(list, item => condition)`, `ALL`, `NONE`, `COUNT_IF`. Within the condition the item's
    /// name, and a path that begins with it, is an [`ExprKind::Field`].
    Quantified {
        quantity: Quantity,
        list: Box<Expr>,
        item: Name,
        condition: Box<Expr>,
    },
    /// `:name`, a constant that is given when the rule is checked.
    Parameter(String),
    /// `x [NOT] IN LIST 'l'`, `x [NOT] IN :name`
    InNamed {
        operand: Box<Expr>,
        list: NamedList,
        negated: bool,
    },
}

/// A list that a rule only names.
#[derive(Debug, Clone, PartialEq)]
pub enum NamedList {
    /// `LIST 'l'`, of those that are kept beside the rules.
    Stored(Name),
    /// `:name`, given when the rule is checked.
    Parameter(Name),
}

/// A constant as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// `TRUE`, `FALSE`
    Bool(bool),
    /// A number without fraction and exponent that fits 64 bits, its sign included: `-5` is a
    /// literal, `-(5)` an [`ExprKind::Negate`].
    Int(i64),
    /// Any other number; finite.
    Float(f64),
    /// A string, escapes resolved.
    String(String),
    /// `TIMESTAMP '…'`, in milliseconds since the epoch.
    Timestamp(i64),
    /// `DATE '…'`, in days since the epoch.
    Date(i32),
    /// `30d`, `30 DAYS`
    Duration(Duration),
}

/// A duration and its unit as written, so that `1w` is not printed back as `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration {
    /// How many units; never negative.
    pub count: i64,
    /// The unit.
    pub unit: DurationUnit,
}

impl Duration {
    /// Its length; `None` where it does not fit 64 bits of milliseconds.
    pub fn milliseconds(self) -> Option<i64> {
        self.count.checked_mul(self.unit.milliseconds())
    }
}

/// The units of a duration. A day is 24 hours: calendar units are spelled `CALENDAR DAYS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DurationUnit {
    /// `ms`, `MILLISECONDS`
    Milliseconds,
    /// `s`, `SECONDS`
    Seconds,
    /// `min`, `MINUTES`
    Minutes,
    /// `h`, `HOURS`
    Hours,
    /// `d`, `DAYS`
    Days,
    /// `w`, `WEEKS`
    Weeks,
}

impl DurationUnit {
    /// Milliseconds of one unit.
    pub fn milliseconds(self) -> i64 {
        match self {
            Self::Milliseconds => 1,
            Self::Seconds => 1_000,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
            Self::Days => 86_400_000,
            Self::Weeks => 604_800_000,
        }
    }
}

/// `+ - * / % DIV`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, always fractional.
    Divide,
    /// `%`, the remainder of a division that truncates toward zero.
    Remainder,
    /// `DIV`, division truncated toward zero.
    IntDivide,
}

/// `== != < <= > >=`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// What is TRUE where this one is FALSE.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }
}

/// The tests of a string against a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextOp {
    /// `LIKE`: `%` any run, `_` any one character, the whole string.
    Like,
    /// `ILIKE`: as `LIKE`, letter case folded.
    ILike,
    /// `MATCHES`: an unanchored regular expression.
    Matches,
    /// `CONTAINS`: a substring; on a list, an item.
    Contains,
    /// `STARTS WITH`
    StartsWith,
    /// `ENDS WITH`
    EndsWith,
}

/// `CONTAINS ANY | ALL | NONE`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one of the items.
    Any,
    /// Every one of the items.
    All,
    /// None of the items.
    None,
}

/// What a quantifier asks of the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// `ANY`: whether the condition is TRUE of at least one.
    Any,
    /// `ALL`: whether it is TRUE of every one.
    All,
    /// `NONE`: whether it is TRUE of none.
    None,
    /// `COUNT_IF`: of how many it is TRUE.
    CountIf,
}

impl Quantity {
    /// As it is written.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::All => "ALL",
            Self::None => "NONE",
            Self::CountIf => "COUNT_IF",
        }
    }
}

/// The tests of an instant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TimeOp {
    /// `WITHIN LAST d`: `now − d < ts <= now`
    WithinLast(Duration),
    /// `WITHIN LAST n CALENDAR DAYS IN 'zone'`: from the first instant of a day there up to now.
    WithinLastCalendar(CalendarSpan),
    /// `WITHIN NEXT d`: `now < ts <= now + d`
    WithinNext(Duration),
    /// `OLDER THAN d`: `ts <= now − d`
    OlderThan(Duration),
    /// `FROM a TO b AGO`: `now − a < ts <= now − b`
    FromToAgo(Duration, Duration),
    /// `DURING t1 TO t2`: `t1 <= ts < t2`
    During(Box<Expr>, Box<Expr>),
    /// `BEFORE t`: `ts < t`
    Before(Box<Expr>),
    /// `AFTER t`: `ts > t`
    After(Box<Expr>),
    /// `ANNIVERSARY(t) WITHIN NEXT d IN 'zone'`, the operand being t.
    Anniversary {
        /// WITHIN NEXT, WITHIN LAST or that of a calendar, whose zone is `zone`.
        within: Box<Self>,
        /// Where days begin.
        zone: Zone,
    },
}

/// An aggregate as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Over which events.
    pub event: EventSelector,
    /// Of which property; `None` for `COUNT(e)`.
    pub property: Option<Name>,
    /// Over which window.
    pub window: Window,
    /// `WHERE condition`
    pub filter: Option<Box<Expr>>,
}

/// The aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AggregateFunction {
    /// How many events; never NULL.
    Count,
    /// How many distinct values; never NULL.
    CountDistinct,
    /// The exact decimal sum; of nothing 0.
    Sum,
    /// SUM / COUNT; of nothing NULL.
    Avg,
    /// The least value; of nothing NULL.
    Min,
    /// The greatest value; of nothing NULL.
    Max,
    /// The value of the earliest event that has one, by (timestamp, eventId bytes).
    First,
    /// The value of the latest event that has one, by (timestamp, eventId bytes).
    Last,
}

impl AggregateFunction {
    /// As it is written: `COUNT DISTINCT` and the like.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Count => "COUNT",
            Self::CountDistinct => "COUNT DISTINCT",
            Self::Sum => "SUM",
            Self::Avg => "AVG",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::First => "FIRST",
            Self::Last => "LAST",
        }
    }
}

/// Which events an aggregate looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum EventSelector {
    /// `*`: every track, page and screen event.
    Any,
    /// Events of one type.
    Named(Name),
}

/// The window of an aggregate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Window {
    /// No window: all time up to now.
    AllTime,
    /// `WITHIN LAST d`
    WithinLast(Duration),
    /// `WITHIN LAST n CALENDAR DAYS IN 'zone'`
    WithinLastCalendar(CalendarSpan),
    /// `FROM a TO b AGO`
    FromToAgo(Duration, Duration),
    /// `DURING t1 TO t2`; the instants are constant expressions.
    During(Box<Expr>, Box<Expr>),
}
