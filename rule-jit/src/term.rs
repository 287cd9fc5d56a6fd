//! A rule on its way to a shape: the same operators, with their constants still in them.
//!
//! The functions here keep terms normal: constants folded, AND and OR flattened, equalities on one
//! operand gathered into sets, operands in one order. Equal rules written in another order end in
//! one shape.

use crate::constants::Object;
use crate::membership::{FEW, Table};
use crate::shape::{Op, Sort};

/// A constant of a term.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    /// A slot's number.
    Slot(u32),
    Bits(u64),
    Object(Object),
}

impl PartialEq for Word {
    /// Objects are equal where they are one and the same; that others are not only means less
    /// sharing.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Slot(a), Self::Slot(b)) => a == b,
            (Self::Bits(a), Self::Bits(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a.address() == b.address(),
            _ => false,
        }
    }
}

/// An operator with its constants and operands.
///
/// [`Op::InFew`] stands for sets of any size here; it becomes [`Op::InTable`] where it is written
/// out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) op: Op,
    pub(crate) words: Vec<Word>,
    pub(crate) operands: Vec<Term>,
}

/// The parts of a shape and its constants, in prefix order.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) ops: Vec<Op>,
    pub(crate) words: Vec<Word>,
}

impl Term {
    pub(crate) fn new(op: Op, words: Vec<Word>, operands: Vec<Self>) -> Self {
        Self {
            op,
            words,
            operands,
        }
    }

    pub(crate) fn leaf(op: Op) -> Self {
        Self::new(op, Vec::new(), Vec::new())
    }

    pub(crate) fn bit(value: bool) -> Self {
        Self::leaf(if value { Op::True } else { Op::False })
    }

    pub(crate) fn constant(sort: Sort, payload: u64) -> Self {
        Self::new(Op::Constant(sort), vec![Word::Bits(payload)], Vec::new())
    }

    /// How many operators it has.
    pub(crate) fn size(&self) -> usize {
        1 + self.operands.iter().map(Self::size).sum::<usize>()
    }

    /// The payload of a constant that is not a text.
    pub(crate) fn as_constant(&self) -> Option<u64> {
        match (self.op, self.words.as_slice()) {
            (Op::Constant(_), [Word::Bits(payload)]) => Some(*payload),
            _ => None,
        }
    }

    /// The key under which a constant stands in a set: a payload, or a text's symbol.
    pub(crate) fn as_key(&self) -> Option<u64> {
        match (self.op, self.words.as_slice()) {
            (Op::Constant(Sort::Text), [_, Word::Bits(meta)]) => Some(meta >> 32),
            _ => self.as_constant(),
        }
    }

    /// Whether its value can never be NULL.
    pub(crate) fn is_never_null(&self) -> bool {
        matches!(self.op, Op::Constant(_) | Op::Now | Op::CalendarStart)
    }

    /// The opposite bit.
    pub(crate) fn not(self) -> Self {
        match self.op {
            Op::True => Self::bit(false),
            Op::False => Self::bit(true),
            Op::Not => self.operands.into_iter().next().unwrap_or(Self::bit(false)),
            _ => Self::new(Op::Not, Vec::new(), vec![self]),
        }
    }

    /// How its value is held; `None` for NULL, which no operator is defined for, and for bits.
    pub(crate) fn sort(&self) -> Option<Sort> {
        self.op.sort()
    }

    /// NULL in the sort of its place; other values as they are.
    pub(crate) fn with_sort(self, sort: Sort) -> Self {
        match self.op {
            Op::Null(_) => Self::leaf(Op::Null(sort)),
            _ => self,
        }
    }

    /// Whether a value is present.
    pub(crate) fn presence(self) -> Self {
        match self.sort() {
            None => Self::bit(false),
            Some(_) if self.is_never_null() => Self::bit(true),
            Some(sort) => Self::new(Op::IsPresent(sort), Vec::new(), vec![self]),
        }
    }

    /// Whether `operand` is one of `keys` (or is present and none of them).
    pub(crate) fn is_in(operand: Self, sort: Sort, mut keys: Vec<u64>, negated: bool) -> Self {
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return if negated {
                operand.presence()
            } else {
                Self::bit(false)
            };
        }
        let op = Op::InFew {
            sort,
            items: 0,
            negated,
        };
        let words = keys.into_iter().map(Word::Bits).collect();
        Self::new(op, words, vec![operand])
    }

    pub(crate) fn and(terms: impl IntoIterator<Item = Self>) -> Self {
        join(terms, Op::And(0))
    }

    pub(crate) fn or(terms: impl IntoIterator<Item = Self>) -> Self {
        join(terms, Op::Or(0))
    }

    /// Writes the term out in prefix order.
    pub(crate) fn write(&self, out: &mut Written) {
        match self.op {
            Op::And(_) => out.ops.push(Op::And(self.operands.len() as u32)),
            Op::Or(_) => out.ops.push(Op::Or(self.operands.len() as u32)),
            Op::InFew { sort, negated, .. } => self.write_set(sort, negated, out),
            op => {
                out.ops.push(op);
                out.words.extend(self.words.iter().cloned());
            }
        }
        for operand in &self.operands {
            operand.write(out);
        }
    }

    fn write_set(&self, sort: Sort, negated: bool, out: &mut Written) {
        let keys: Vec<u64> = self.words.iter().filter_map(Word::bits).collect();
        let table = (keys.len() > FEW).then(|| Table::new(&keys)).flatten();
        if let Some(table) = table {
            out.ops.push(Op::InTable { sort, negated });
            let [low, high] = table.multipliers.map(Word::Bits);
            let address = Word::Object(Object::Table(table.places));
            let shift = Word::Bits(u64::from(table.shift));
            out.words.extend([address, low, high, shift]);
        } else {
            out.ops.push(Op::InFew {
                sort,
                items: keys.len() as u8,
                negated,
            });
            out.words.extend(keys.into_iter().map(Word::Bits));
        }
    }

    /// What operands of AND and OR are ordered by: calls of the host last, then size, then
    /// structure. Never by constants, so that rules of one shape keep it.
    fn order_key(&self) -> (usize, usize, Vec<Op>) {
        let mut ops = Vec::new();
        self.skeleton(&mut ops);
        let calls = ops.iter().filter(|op| op.calls_host()).count();
        (calls, ops.len(), ops)
    }

    /// The ops as [`Self::write`] writes them, without building tables.
    fn skeleton(&self, out: &mut Vec<Op>) {
        out.push(match self.op {
            Op::And(_) => Op::And(self.operands.len() as u32),
            Op::Or(_) => Op::Or(self.operands.len() as u32),
            Op::InFew { sort, negated, .. } if self.words.len() > FEW => {
                Op::InTable { sort, negated }
            }
            Op::InFew { sort, negated, .. } => Op::InFew {
                sort,
                items: self.words.len() as u8,
                negated,
            },
            op => op,
        });
        for operand in &self.operands {
            operand.skeleton(out);
        }
    }
}

impl Word {
    fn bits(&self) -> Option<u64> {
        match self {
            Self::Bits(bits) => Some(*bits),
            Self::Slot(_) | Self::Object(_) => None,
        }
    }
}

/// AND or OR of bits, normal: flattened, folded, sets gathered, ordered.
fn join(terms: impl IntoIterator<Item = Term>, op: Op) -> Term {
    let is_and = matches!(op, Op::And(_));
    let mut operands: Vec<Term> = Vec::new();
    for term in terms {
        match term.op {
            Op::True if is_and => {}
            Op::False if !is_and => {}
            Op::True | Op::False => return Term::bit(!is_and),
            Op::And(_) if is_and => operands.extend(term.operands),
            Op::Or(_) if !is_and => operands.extend(term.operands),
            _ => operands.push(term),
        }
    }
    let mut operands = gather_sets(operands, is_and);
    operands.sort_by_cached_key(Term::order_key);
    match operands.len() {
        0 => Term::bit(is_and),
        1 => operands.pop().unwrap_or(Term::bit(is_and)),
        _ => Term::new(op, Vec::new(), operands),
    }
}

/// `x == a OR x IN (b, c)` is `x IN (a, b, c)`; `x != a AND x != b` is `x NOT IN (a, b)`.
fn gather_sets(terms: Vec<Term>, is_and: bool) -> Vec<Term> {
    let mut gathered: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        let joins = matches!(term.op, Op::InFew { negated, .. } if negated == is_and);
        let same = |other: &&mut Term| other.op == term.op && other.operands == term.operands;
        match gathered.iter_mut().find(same) {
            Some(other) if joins => other.words.extend(term.words),
            _ => gathered.push(term),
        }
    }
    for term in &mut gathered {
        if let Op::InFew { .. } = term.op {
            let mut keys: Vec<u64> = term.words.iter().filter_map(Word::bits).collect();
            keys.sort_unstable();
            keys.dedup();
            term.words = keys.into_iter().map(Word::Bits).collect();
        }
    }
    gathered
}
