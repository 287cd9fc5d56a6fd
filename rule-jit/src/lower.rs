//! From a checked rule to its shape and constants.
//!
//! NOT is pushed to the leaves, so that each leaf answers "TRUE or not" in one bit: `negated` asks
//! whether a boolean is FALSE. A boolean under IS NULL, COALESCE or `==` is two such bits,
//! whether TRUE and whether FALSE.

mod arithmetic;
mod calls;
mod comparison;
mod lists;
mod logic;
mod text;
mod time;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use rulelang::rule::{Aggregate, Field, Node, Percent, Property, Rule, Sequence};
use rulelang::{Span, Type};

use crate::calls::{Call, Names};
use crate::constants::Constants;
use crate::error::NotCompiled;
use crate::row::SLOT_BYTES;
use crate::shape::{Entry, Op, Question, Shape, Sort};
use crate::symbols::Symbols;
use crate::term::{Term, Word, Written};

/// Operators of a shape. Compile time grows faster than the code, so larger rules are left to
/// the interpreter.
pub const SHAPE_OPS_MAX: usize = 2_048;
/// Levels of a typed tree. The language's own limit on nesting stays below it.
const DEPTH_MAX: u32 = 512;

/// Something that a rule reads from its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input<'a> {
    /// A profile field.
    Field(&'a Field),
    /// An aggregate's value.
    Aggregate(&'a Aggregate),
    /// Whether the user is in a segment: a bool.
    Segment(&'a str),
    /// A property of the event at hand.
    Property(&'a Property),
    /// Whether events followed one another: a bool.
    Sequence(&'a Sequence),
    /// Whether the user is in a share of all: a bool.
    Percent(&'a Percent),
}

/// Which slot of a row holds an input: the caller's decision. `None` means that there is none,
/// and the rule is not compiled. Any `Fn(Input) -> Option<u32>` is one.
pub trait Layout {
    /// The slot of an input.
    fn slot(&self, input: Input<'_>) -> Option<u32>;
}

impl<F: Fn(Input<'_>) -> Option<u32>> Layout for F {
    fn slot(&self, input: Input<'_>) -> Option<u32> {
        self(input)
    }
}

/// A rule taken apart: what code it needs, and what that code is to read.
#[derive(Debug)]
pub struct Lowered {
    pub(crate) shape: Shape,
    pub(crate) constants: Constants,
}

impl Lowered {
    /// The key of its code.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What distinguishes it from other rules of its shape.
    pub fn constants(&self) -> &Constants {
        &self.constants
    }
}

/// Lowers a rule. The strings it compares with are interned in `symbols`.
///
/// # Errors
/// [`NotCompiled`] names what the compiler leaves to the interpreter.
pub fn lower(
    rule: &Rule,
    question: Question,
    layout: &dyn Layout,
    symbols: &mut Symbols,
) -> Result<Lowered, NotCompiled> {
    lower_node(&rule.root, Inputs::Rule(rule), question, layout, symbols)
}

/// Lowers an aggregate's WHERE, to be asked of a row of its event's properties; an aggregate
/// without one matches every event.
///
/// # Errors
/// [`NotCompiled`], as [`lower`].
pub fn lower_filter(
    aggregate: &Aggregate,
    layout: &dyn Layout,
    symbols: &mut Symbols,
) -> Result<Lowered, NotCompiled> {
    let inputs = Inputs::Filter(aggregate);
    match &aggregate.filter {
        Some(filter) => lower_node(filter, inputs, Question::Match, layout, symbols),
        None => Lowering::new(inputs, layout, symbols).finish(
            Entry::Match,
            &[Term::bit(true)],
            Type::Bool,
            Span::default(),
        ),
    }
}

fn lower_node(
    root: &Node,
    inputs: Inputs<'_>,
    question: Question,
    layout: &dyn Layout,
    symbols: &mut Symbols,
) -> Result<Lowered, NotCompiled> {
    let mut lowering = Lowering::new(inputs, layout, symbols);
    let (entry, roots) = match (question, root.ty) {
        (Question::Match, Type::Bool | Type::Null) => {
            (Entry::Match, vec![lowering.truth(root, false)?])
        }
        (Question::Match, _) => {
            return Err(NotCompiled {
                span: root.span,
                what: "a rule that is not a condition",
            });
        }
        (Question::Value, Type::Bool) => {
            let both = [lowering.truth(root, false)?, lowering.truth(root, true)?];
            (Entry::Truth, both.into())
        }
        (Question::Value, Type::Any) => {
            return Err(NotCompiled {
                span: root.span,
                what: "a value of unknown type",
            });
        }
        (Question::Value, ty) => {
            let value = lowering.value(root)?;
            let sort = sort_of(ty, root.span)?;
            (Entry::Value(sort), vec![value.with_sort(sort)])
        }
    };
    lowering.finish(entry, &roots, root.ty, root.span)
}

/// What the indices in a tree index.
#[derive(Debug, Clone, Copy)]
enum Inputs<'a> {
    Rule(&'a Rule),
    Filter(&'a Aggregate),
}

struct Lowering<'a> {
    inputs: Inputs<'a>,
    layout: &'a dyn Layout,
    symbols: &'a mut Symbols,
    /// The strings that the rule names, and their symbols.
    named: HashMap<Arc<str>, u32>,
    /// The same for its calls, once all are known.
    names: Arc<Names>,
    /// Its calls of functions, each once.
    calls: Vec<Arc<Call>>,
    /// One more than the greatest slot read so far.
    slots: u32,
    depth: u32,
    /// Nodes that may still be lowered; one under a boolean `==`, or beside several items of a list,
    /// counts for each visit.
    budget: usize,
}

impl<'a> Lowering<'a> {
    fn new(inputs: Inputs<'a>, layout: &'a dyn Layout, symbols: &'a mut Symbols) -> Self {
        Self {
            inputs,
            layout,
            symbols,
            named: HashMap::new(),
            names: Arc::default(),
            calls: Vec::new(),
            slots: 0,
            depth: 0,
            budget: rulelang::limits::NODES_MAX * 2,
        }
    }

    fn finish(
        self,
        entry: Entry,
        roots: &[Term],
        ty: Type,
        span: Span,
    ) -> Result<Lowered, NotCompiled> {
        let mut written = Written::default();
        for root in roots {
            root.write(&mut written);
        }
        if written.ops.len() > SHAPE_OPS_MAX {
            return Err(too_large(span));
        }
        if !self.calls.is_empty() {
            self.names.set(self.named);
        }
        let mut objects = Vec::new();
        let words = written.words.into_iter().map(|word| match word {
            Word::Slot(slot) => u64::from(slot) * SLOT_BYTES,
            Word::Bits(bits) => bits,
            Word::Object(object) => {
                let address = object.address();
                objects.push(object);
                address
            }
        });
        let words = words.collect();
        Ok(Lowered {
            shape: Shape {
                entry,
                ops: written.ops.into(),
            },
            constants: Constants {
                words,
                objects: objects.into(),
                slots: self.slots,
                ty,
            },
        })
    }

    /// Counts a node against the limits; [`Self::leave`] is its other half.
    fn enter(&mut self, node: &Node) -> Result<(), NotCompiled> {
        self.depth += 1;
        self.charge(1, node.span)?;
        if self.depth > DEPTH_MAX {
            return Err(too_large(node.span));
        }
        Ok(())
    }

    /// Counts what is to be written for a node.
    fn charge(&mut self, terms: usize, span: Span) -> Result<(), NotCompiled> {
        self.budget = self.budget.saturating_sub(terms);
        if self.budget == 0 {
            return Err(too_large(span));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The term of an input.
    fn input(&mut self, node: &Node) -> Result<Term, NotCompiled> {
        let slot = self.slot(node)?;
        let sort = sort_of(node.ty, node.span)?;
        Ok(Term::new(Op::Slot(sort), vec![slot], Vec::new()))
    }

    /// The slot of an input.
    fn slot(&mut self, node: &Node) -> Result<Word, NotCompiled> {
        use rulelang::rule::NodeKind::{Aggregate, Field, InSegment, Percent, Property, Sequence};
        let input = match (&node.kind, self.inputs) {
            (Field(index), Inputs::Rule(rule)) => rule.fields.get(*index).map(Input::Field),
            (Aggregate(index), Inputs::Rule(rule)) => {
                rule.aggregates.get(*index).map(Input::Aggregate)
            }
            (InSegment(index), Inputs::Rule(rule)) => {
                rule.segments.get(*index).map(|id| Input::Segment(id))
            }
            (Property(index), Inputs::Filter(aggregate)) => {
                aggregate.properties.get(*index).map(Input::Property)
            }
            (Sequence(index), Inputs::Rule(rule)) => {
                rule.sequences.get(*index).map(Input::Sequence)
            }
            (Percent(index), Inputs::Rule(rule)) => rule.percents.get(*index).map(Input::Percent),
            _ => None,
        };
        let slot = input.and_then(|input| self.layout.slot(input));
        // An offset is a multiple of 16 and fits 32 bits; a row that long does not exist.
        let slot = slot.filter(|slot| *slot < 1 << 27);
        let slot = slot.ok_or(NotCompiled {
            span: node.span,
            what: "an input that the layout has no slot for",
        })?;
        self.slots = self.slots.max(slot + 1);
        Ok(Word::Slot(slot))
    }
}

fn sort_of(ty: Type, span: Span) -> Result<Sort, NotCompiled> {
    Sort::of(ty).ok_or(NotCompiled {
        span,
        what: "a boolean where a value is meant",
    })
}

fn too_large(span: Span) -> NotCompiled {
    NotCompiled {
        span,
        what: "too large a rule",
    }
}
