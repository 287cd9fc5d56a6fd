//! A shape: a rule in prefix notation with its constants and slot numbers struck out.
//!
//! Operators stand before their operands, so a list of [`Op`]s is a tree, is compared and hashed
//! as a whole, and needs no other key. Each `Op` says how many words of the rule's
//! [`crate::constants::Constants`] it takes; they stand there in the order of the ops.

use std::sync::Arc;

use rulelang::Type;
use rulelang::rule::CompareOp;

/// How a value is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// int, timestamp, date, duration: an i64 and whether it is present.
    Word,
    /// A float; NaN is NULL.
    Float,
    /// A string: pointer, length, symbol.
    Text,
    /// A list, or a slot of unknown type of which only the presence is asked: a slot's two words.
    Any,
}

/// A comparison; [`CompareOp`] with an order, so that ops have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Arithmetic on two present values of one sort; the result is NULL where it is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Fractional; floats only.
    Divide,
    /// Truncated toward zero.
    IntDivide,
    Remainder,
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    Abs,
    Sign,
    /// Floats only, as the others below.
    Floor,
    Ceil,
    Round,
    Trunc,
}

/// How a string is tested; where the pattern is prepared, its object is a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TextTest {
    /// A constant substring, with a prepared finder.
    Find,
    Like,
    Matches,
    /// The pattern is a second operand.
    Contains,
    StartsWith,
    EndsWith,
}

/// One operator. *Bits* answer one bit, 1 where what they say is TRUE; they know no NULL.
/// The others are values. In brackets: words taken, then operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Op {
    // Bits.
    False,
    True,
    /// A bool slot is TRUE (or FALSE). [offset]
    Flag(bool),
    /// [; n bits]
    And(u32),
    /// [; n bits]
    Or(u32),
    /// The opposite bit, not Kleene's NOT. [; bit]
    Not,
    /// The second bit where the first is 1, else the third. [; 3 bits]
    ChooseBit,
    /// A call of a function answered TRUE (or FALSE). [; any]
    AnswerIs(bool),
    /// [; value]
    IsPresent(Sort),
    /// Two present values in that order. [; 2 values]
    Compare(Order, Sort),
    /// A present int against a present float. [; word, float]
    CompareMixed(Order),
    /// One of a few constants (or present and none of them). [n constants; value]
    InFew {
        sort: Sort,
        items: u8,
        negated: bool,
    },
    /// One of many, by a [`crate::membership`] table. [address, 2 multipliers, shift; value]
    InTable {
        sort: Sort,
        negated: bool,
    },
    /// A present string that passes (or fails) a test. [object if prepared; text, pattern if not]
    Text {
        test: TextTest,
        negated: bool,
    },
    /// Of a string or a list. [; text or any]
    IsEmpty {
        sort: Sort,
        negated: bool,
    },
    /// Whether a list holds one of the keys of a sorted table, or is known not to. [address, count
    /// of the table; list]
    HoldsKey {
        negated: bool,
    },
    /// Whether a list holds an item equal to another value, or is known not to. [; list, value]
    Holds {
        item: Sort,
        negated: bool,
    },
    /// Whether two lists of one type are equal, or are known not to be. [; list, list]
    SameList {
        negated: bool,
    },
    /// `0 <= now − ts`, and `now − ts − low < width` as unsigned numbers. [low, width; word]
    Past {
        negated: bool,
    },
    /// `now < ts <= now + d`. [d; word]
    Future {
        negated: bool,
    },
    /// A yearly return is near, or of what is present none is. [address; word]
    Returns {
        negated: bool,
    },

    // Values.
    /// [offset]
    Slot(Sort),
    /// [payload], and for a text or a list [payload, meta]
    Constant(Sort),
    Null(Sort),
    /// The instant of the evaluation.
    Now,
    /// The first instant of a calendar window at now. [address]
    CalendarStart,
    /// [; 2 values]
    Arithmetic(Arithmetic, Sort),
    /// [; value]
    Negate(Sort),
    /// [; value]
    Step(Step, Sort),
    /// The greater (or lesser) of two, a NULL passed over; of words and floats. [; 2 values]
    Extreme {
        greatest: bool,
        sort: Sort,
    },
    /// A bool as its slot's two words: whether TRUE, whether FALSE. [; 2 bits]
    Truth,
    /// A function of the language, called by the host. [address; n values]
    Call {
        arguments: u8,
        sort: Sort,
    },
    /// An int as a float. [; word]
    ToFloat,
    /// Days as milliseconds. [; word]
    DaysToMillis,
    /// The first value where the bit is 1, else the second. [; bit, 2 values]
    Choose(Sort),
    /// The first value where it is present, else the second. [; 2 values]
    Coalesce(Sort),
}

impl Op {
    /// How many operands follow it.
    pub(crate) fn operands(self) -> usize {
        match self {
            Self::And(count) | Self::Or(count) => count as usize,
            Self::Call { arguments, .. } => usize::from(arguments),
            Self::ChooseBit | Self::Choose(_) => 3,
            Self::Compare(..)
            | Self::CompareMixed(_)
            | Self::Holds { .. }
            | Self::SameList { .. }
            | Self::Arithmetic(..)
            | Self::Extreme { .. }
            | Self::Truth
            | Self::Coalesce(_) => 2,
            Self::Text { test, .. } => 2 - usize::from(test.is_prepared()),
            Self::False
            | Self::True
            | Self::Flag(_)
            | Self::Slot(_)
            | Self::Constant(_)
            | Self::Null(_)
            | Self::CalendarStart
            | Self::Now => 0,
            _ => 1,
        }
    }

    /// How its value is held; `None` for NULL, which is of any sort, and for bits.
    pub(crate) fn sort(self) -> Option<Sort> {
        match self {
            Self::Slot(sort)
            | Self::Constant(sort)
            | Self::Arithmetic(_, sort)
            | Self::Negate(sort)
            | Self::Step(_, sort)
            | Self::Extreme { sort, .. }
            | Self::Call { sort, .. }
            | Self::Choose(sort)
            | Self::Coalesce(sort) => Some(sort),
            Self::ToFloat => Some(Sort::Float),
            Self::Now | Self::CalendarStart | Self::DaysToMillis => Some(Sort::Word),
            Self::Truth => Some(Sort::Any),
            _ => None,
        }
    }

    /// Whether its code calls a host function.
    pub(crate) fn calls_host(self) -> bool {
        match self {
            Self::Compare(_, sort) => sort == Sort::Text,
            Self::CompareMixed(_)
            | Self::Text { .. }
            | Self::Holds { .. }
            | Self::HoldsKey { .. }
            | Self::SameList { .. }
            | Self::CalendarStart
            | Self::Returns { .. }
            | Self::Call { .. } => true,
            Self::Step(step, sort) => {
                sort == Sort::Float && !matches!(step, Step::Abs | Step::Sign)
            }
            Self::Arithmetic(op, sort) => {
                sort == Sort::Float && matches!(op, Arithmetic::IntDivide | Arithmetic::Remainder)
            }
            _ => false,
        }
    }
}

impl TextTest {
    /// Whether the pattern is a prepared object rather than an operand.
    pub(crate) fn is_prepared(self) -> bool {
        matches!(self, Self::Find | Self::Like | Self::Matches)
    }
}

impl Order {
    /// The order that holds between two present values where this one does not.
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same order with its sides exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl From<CompareOp> for Order {
    fn from(op: CompareOp) -> Self {
        match op {
            CompareOp::Equal => Self::Equal,
            CompareOp::NotEqual => Self::NotEqual,
            CompareOp::Less => Self::Less,
            CompareOp::LessOrEqual => Self::LessOrEqual,
            CompareOp::Greater => Self::Greater,
            CompareOp::GreaterOrEqual => Self::GreaterOrEqual,
        }
    }
}

impl Sort {
    /// How a value of a type is held; `None` for bools, which are bits.
    pub(crate) fn of(ty: Type) -> Option<Self> {
        Some(match ty {
            Type::Int | Type::Timestamp | Type::Date | Type::Duration => Self::Word,
            Type::Float => Self::Float,
            Type::String => Self::Text,
            Type::Null | Type::Any | Type::List(_) | Type::Objects => Self::Any,
            Type::Bool => return None,
        })
    }
}

/// What is asked of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// Whether it is TRUE: one bit, what membership needs.
    Match,
    /// Its value, NULL told from FALSE.
    Value,
}

/// What a function answers, and so what it does with the ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// One bit.
    Match,
    /// Two bits, whether TRUE and whether FALSE, into the answer slot.
    Truth,
    /// A value into the answer slot.
    Value(Sort),
}

/// The structure of a rule: the key of its machine code. Equality is structural and complete.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    pub(crate) entry: Entry,
    pub(crate) ops: Arc<[Op]>,
}

impl Shape {
    /// How many operators it has, a measure of its code's size.
    pub fn op_count(&self) -> usize {
        self.ops.len()
    }

    /// What it answers.
    pub fn question(&self) -> Question {
        match self.entry {
            Entry::Match => Question::Match,
            Entry::Truth | Entry::Value(_) => Question::Value,
        }
    }
}
