//! What the two walks carry: the phase, the slots, what was built and what went wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{Expr, ExprKind, Literal};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{CHECKED_NODES_MAX, NESTING_DEPTH_MAX};
use crate::rule::{Aggregate, Field, Node, NodeKind, Percent, Property, Sequence};
use crate::span::shortened;
use crate::{Code, Schema, Span, Type, Value};

use super::Expected;
use super::quantifiers::{Quantifiers, is_test};
use super::slots::Slots;

/// Levels of the typed tree: several for each level of brackets, and those of inlined traits.
const TREE_DEPTH_MAX: usize = 4 * NESTING_DEPTH_MAX;

/// Which of the two walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Collects the types of undeclared names; nodes and errors are thrown away.
    Learn,
    /// Every name has a type: builds nodes and reports errors.
    Build,
}

/// The type of an expression while it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ty {
    /// A type of the language.
    Known(Type),
    /// That of an undeclared name; only while learning.
    Slot(usize),
    /// A mistake that is already reported; agrees with everything.
    Error,
}

/// A checked expression. Where `ty` is not known, the node is a placeholder.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) ty: Ty,
}

impl Typed {
    pub(super) fn new(kind: NodeKind, ty: Type, span: Span) -> Self {
        Self {
            node: Node { kind, ty, span },
            ty: Ty::Known(ty),
        }
    }

    /// A placeholder of type `ty`.
    pub(super) fn placeholder(ty: Ty, span: Span) -> Self {
        let kind = NodeKind::Literal(Value::Null);
        Self {
            node: Node {
                kind,
                ty: Type::Null,
                span,
            },
            ty,
        }
    }

    pub(super) fn error(span: Span) -> Self {
        Self::placeholder(Ty::Error, span)
    }

    /// An expression of the type of NULL is always NULL: makes it a literal of another type.
    pub(super) fn become_null(&mut self, ty: Type) {
        *self = Self::new(NodeKind::Literal(Value::Null), ty, self.node.span);
    }

    pub(super) fn is_error(&self) -> bool {
        self.ty == Ty::Error
    }

    pub(super) fn span(&self) -> Span {
        self.node.span
    }
}

/// The event whose WHERE or property is being checked.
#[derive(Debug)]
pub(super) struct EventScope {
    /// The event type, `*` for any.
    pub(super) event: Arc<str>,
    /// The properties met so far.
    pub(super) properties: Vec<Property>,
}

/// The computed traits met so far, and those whose bodies are being checked.
#[derive(Debug, Default)]
pub(super) struct Traits {
    /// Their parsed texts, or why they do not parse.
    pub(super) parsed: BTreeMap<String, Result<Rc<Expr>, String>>,
    /// Those that enclose the present expression, outermost first.
    pub(super) stack: Vec<String>,
    /// Where the outermost of them is named.
    pub(super) place: Option<Span>,
    /// The first mistake in the outermost one's body.
    pub(super) broken: Option<String>,
    /// Those already reported.
    pub(super) reported: BTreeSet<String>,
}

/// The state of a check.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    pub(super) schema: &'a Schema,
    pub(super) source: &'a str,
    pub(super) phase: Phase,
    pub(super) slots: Slots,
    pub(super) errors: Diagnostics,
    pub(super) warnings: Diagnostics,
    pub(super) fields: Vec<Field>,
    pub(super) field_index: HashMap<Arc<str>, usize>,
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) segments: Vec<String>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) percents: Vec<Percent>,
    pub(super) event: Option<EventScope>,
    pub(super) traits: Traits,
    pub(super) quantifiers: Quantifiers,
    /// Where the innermost test around the present expression stands.
    pub(super) test: Option<Span>,
    pub(super) regexes: usize,
    /// Bytes of what functions of constants came to.
    pub(super) folded: usize,
    /// Where strings that were given for parameters stand for instants.
    pub(super) given_instants: BTreeSet<Span>,
    /// Where the first expression stands that a mistake spoilt.
    spoilt: Option<Span>,
    nodes: usize,
    depth: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn new(schema: &'a Schema, source: &'a str) -> Self {
        Self {
            schema,
            source,
            phase: Phase::Learn,
            slots: Slots::default(),
            errors: Diagnostics::default(),
            warnings: Diagnostics::default(),
            fields: vec![],
            field_index: HashMap::new(),
            aggregates: vec![],
            segments: vec![],
            sequences: vec![],
            percents: vec![],
            event: None,
            traits: Traits::default(),
            quantifiers: Quantifiers::default(),
            test: None,
            regexes: 0,
            folded: 0,
            given_instants: BTreeSet::new(),
            spoilt: None,
            nodes: 0,
            depth: 0,
        }
    }

    pub(super) fn is_learning(&self) -> bool {
        self.phase == Phase::Learn
    }

    /// Checks the whole expression.
    pub(super) fn root(&mut self, expr: &Expr, expected: Expected) -> Node {
        (self.nodes, self.depth, self.folded, self.spoilt) = (0, 0, 0, None);
        let node = match expected {
            Expected::Condition => self.condition(expr),
            Expected::AnyValue => self.expr(expr).node,
        };
        if self.errors.is_empty() && self.spoilt.is_some() {
            for found in std::mem::take(&mut self.slots.withheld) {
                self.report(found);
            }
        }
        // INVARIANT: what a mistake spoilt never leaves the checker as a rule.
        if let (Some(span), true) = (self.spoilt, self.errors.is_empty()) {
            let message = "internal error: the checker found a mistake that it cannot name";
            self.report(Diagnostic::error(Code::TypeMismatch, span, message));
        }
        node
    }

    /// Between the walks: fixes the slots and reports those that have no type.
    pub(super) fn finish_learning(&mut self) {
        for found in self.slots.finish(&self.schema.untyped) {
            self.errors.push(found);
        }
    }

    /// Reports a mistake; one inside a computed trait is told where the trait is named.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.is_learning() {
            return;
        }
        if self.traits.stack.is_empty() {
            self.errors.push(diagnostic);
        } else {
            let broken = &mut self.traits.broken;
            broken.get_or_insert(diagnostic.message);
        }
    }

    /// Reports a mistake and stands in for what it spoilt.
    pub(super) fn fail(&mut self, diagnostic: Diagnostic) -> Typed {
        let span = diagnostic.span;
        self.report(diagnostic);
        Typed::error(self.place(span))
    }

    /// Where an expression is said to stand: within a computed trait, where that is named.
    pub(super) fn place(&self, span: Span) -> Span {
        self.traits.place.unwrap_or(span)
    }

    /// Checks one expression, within the limits of the tree's depth and size.
    pub(super) fn expr(&mut self, expr: &Expr) -> Typed {
        self.nodes += 1;
        if self.nodes > CHECKED_NODES_MAX || self.depth >= TREE_DEPTH_MAX {
            let first = self.nodes == CHECKED_NODES_MAX + 1 || self.nodes <= CHECKED_NODES_MAX;
            // Whatever comes after is beyond the limit too; it is told once.
            self.nodes = usize::MAX / 2;
            if !first {
                return Typed::error(self.place(expr.span));
            }
            return self.fail(self.limit(expr.span));
        }
        self.depth += 1;
        let test = self.test;
        if is_test(expr) {
            self.test = Some(expr.span);
        }
        let typed = self.dispatch(expr);
        self.test = test;
        self.depth -= 1;
        if typed.is_error() {
            self.spoilt.get_or_insert(expr.span);
        }
        typed
    }

    fn limit(&self, span: Span) -> Diagnostic {
        if self.depth >= TREE_DEPTH_MAX {
            let message = format!(
                "the rule and the computed traits in it nest deeper than {TREE_DEPTH_MAX} levels"
            );
            return Diagnostic::error(Code::NestingTooDeep, span, message);
        }
        let message = format!(
            "the rule and the computed traits in it have more than {CHECKED_NODES_MAX} nodes"
        );
        Diagnostic::error(Code::TooLarge, span, message)
    }

    /// The type of an expression, if it is known by now.
    pub(super) fn known(&self, typed: &Typed) -> Option<Type> {
        match typed.ty {
            Ty::Known(ty) => Some(ty),
            Ty::Slot(slot) => self.slots.known(slot),
            Ty::Error => None,
        }
    }

    /// Asks an operand to be a `ty`. FALSE where it is not, which the caller reports; a slot
    /// becomes one, NULL is of every type.
    pub(super) fn fits(&mut self, typed: &mut Typed, ty: Type) -> bool {
        match typed.ty {
            Ty::Error => true,
            Ty::Slot(slot) => {
                self.slots.bind(slot, ty, typed.node.span);
                true
            }
            Ty::Known(Type::Null) => {
                typed.become_null(ty);
                true
            }
            Ty::Known(known) => known == ty,
        }
    }

    /// Lets a name go without a type, because of a mistake where it is used.
    pub(super) fn excuse(&mut self, typed: &Typed) {
        if let Ty::Slot(slot) = typed.ty {
            self.slots.excuse(slot);
        }
    }

    /// Checks an expression that must be a boolean.
    pub(super) fn condition(&mut self, expr: &Expr) -> Node {
        self.typed_condition(expr).node
    }

    /// As [`Checker::condition`]; tells a mistake from NULL.
    pub(super) fn typed_condition(&mut self, expr: &Expr) -> Typed {
        let mut typed = self.expr(expr);
        if !self.fits(&mut typed, Type::Bool) {
            let diagnostic = self.not_boolean(expr, &typed);
            self.report(diagnostic);
        }
        typed
    }

    fn not_boolean(&self, expr: &Expr, typed: &Typed) -> Diagnostic {
        let text = text_of(expr);
        let what = self.describe(typed);
        let message = format!("a condition is wanted here, but {what}");
        let help = match (&expr.kind, self.known(typed)) {
            (ExprKind::Literal(Literal::String(_) | Literal::Int(_) | Literal::Float(_)), _) => {
                format!("repeat the comparison, or list the values: `x IN (…, {text})`")
            }
            (_, Some(Type::String)) => {
                format!("compare it, as in `{text} == '…'`, or ask for `{text} IS NOT NULL`")
            }
            (_, Some(Type::Int | Type::Float)) => {
                format!("a number is neither true nor false; compare it, as in `{text} != 0`")
            }
            (_, Some(Type::Timestamp | Type::Date)) => {
                format!("compare it, as in `{text} WITHIN LAST 30 DAYS`")
            }
            _ => format!("compare it, or ask for `{text} IS NOT NULL`"),
        };
        Diagnostic::error(Code::NotBoolean, expr.span, message).with_help(help)
    }

    /// ``` `plan` is string ```, for messages.
    pub(super) fn describe(&self, typed: &Typed) -> String {
        let text = if self.traits.stack.is_empty() {
            shortened(typed.node.span.text(self.source))
        } else {
            let name = self.traits.stack.last();
            format!("a part of {}", name.map_or("", String::as_str))
        };
        match self.known(typed) {
            Some(Type::Null) | None => format!("`{text}` is NULL"),
            Some(ty) => format!("`{text}` is {ty}"),
        }
    }
}

/// The canonical text of an expression, shortened for a message.
pub(super) fn text_of(expr: &Expr) -> String {
    shortened(&crate::format(expr))
}
