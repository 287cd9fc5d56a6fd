//! W0801: negative operators that leave out users whose value is absent.
//!
//! A comparison with NULL is unknown and a rule wants TRUE, so `country != 'US'` names nobody
//! without a country. NOT turns the operators below it around, so `NOT (a != 1)` is silent and
//! `NOT (a == 1)` is not. A rule that asks for the absent value itself (`OR country IS NULL`)
//! is silent too.

use crate::ast::CompareOp;
use crate::builtins::Nulls;
use crate::rule::{Aggregate, AggregateFunction, Node, NodeKind, Quantified, Quantifier, Quantity};
use crate::span::shortened;
use crate::{Code, Diagnostic, Diagnostics, Span, Type};

use super::compare::operator_span;

/// What turns a condition around.
#[derive(Clone, Copy)]
struct Turned<'a> {
    /// Where the NOT stands.
    not: Span,
    /// What stands right below it.
    operand: &'a Node,
}

struct Warner<'a> {
    found: &'a mut Diagnostics,
    source: &'a str,
    aggregates: &'a [Aggregate],
    /// Values whose absence the rule deals with.
    handled: Vec<&'a Node>,
    /// The quantifiers around the condition, outermost first.
    quantifiers: Vec<&'a Quantified>,
}

/// Warns about the negative operators of a rule, or of an aggregate's WHERE.
pub(super) fn warn(
    found: &mut Diagnostics,
    source: &str,
    aggregates: &[Aggregate],
    condition: &Node,
) {
    let mut warner = Warner {
        found,
        source,
        aggregates,
        handled: vec![],
        quantifiers: vec![],
    };
    warner.condition(condition, None);
}

impl<'a> Warner<'a> {
    /// `turned` is what turns this condition around.
    fn condition(&mut self, node: &'a Node, turned: Option<Turned<'a>>) {
        match &node.kind {
            NodeKind::Not(operand) => {
                let turned = turned.is_none().then_some(Turned {
                    not: node.span,
                    operand,
                });
                self.condition(operand, turned);
            }
            NodeKind::And(terms) | NodeKind::Or(terms) => {
                let handled = self.handled.len();
                let is_turned = turned.is_some();
                let is_or = matches!(node.kind, NodeKind::Or(_)) != is_turned;
                // Turned around, IS NULL asks for IS NOT NULL.
                let asks_for = terms
                    .iter()
                    .filter_map(|term| asks_for_null(term, is_or != is_turned));
                self.handled.extend(asks_for);
                for term in terms {
                    self.condition(term, turned);
                }
                self.handled.truncate(handled);
            }
            NodeKind::Case {
                branches,
                otherwise,
            } => {
                for (condition, value) in branches {
                    self.condition(condition, None);
                    self.value(value, turned);
                }
                self.value(otherwise, turned);
            }
            NodeKind::Quantified(quantified) => {
                if is_negative(node) != turned.is_some() {
                    self.leaf(node, turned);
                }
                if turned.is_none() && matches!(quantified.quantity, Quantity::Any | Quantity::All)
                {
                    self.of_items(quantified);
                }
            }
            _ => {
                if is_negative(node) != turned.is_some() {
                    self.leaf(node, turned);
                }
                self.counted(node);
            }
        }
    }

    /// The conditions of the COUNT_IFs that `node` reads: whatever stands around one, it counts the
    /// items of which its condition is TRUE.
    fn counted(&mut self, node: &'a Node) {
        match &node.kind {
            NodeKind::Quantified(it) if it.quantity == Quantity::CountIf => self.of_items(it),
            _ => {
                for child in node.children() {
                    self.counted(child);
                }
            }
        }
    }

    /// A quantifier's condition that is to be TRUE.
    fn of_items(&mut self, quantified: &'a Quantified) {
        self.quantifiers.push(quantified);
        self.condition(&quantified.condition, None);
        self.quantifiers.pop();
    }

    /// Whom the absence of a value leaves out.
    fn left_out(&self, absent: &Node) -> &'static str {
        let mut is_of_item = false;
        absent.walk(&mut |node| is_of_item |= matches!(node.kind, NodeKind::Item { .. }));
        match self.quantifiers.last().filter(|_| is_of_item) {
            Some(it) if it.quantity != Quantity::All => "every item",
            Some(_) => "everybody with an item",
            None => "everybody",
        }
    }

    fn value(&mut self, node: &'a Node, turned: Option<Turned<'a>>) {
        if node.ty == Type::Bool {
            self.condition(node, turned);
        }
    }

    fn leaf(&mut self, node: &'a Node, turned: Option<Turned<'a>>) {
        if !self.is_nullable(node) {
            return;
        }
        let operands = node.children();
        let candidates = if let NodeKind::Quantified(quantified) = &node.kind {
            vec![&quantified.list, node]
        } else if operands.is_empty() || matches!(node.kind, NodeKind::Trait { .. }) {
            vec![node]
        } else {
            operands
        };
        let Some(absent) = candidates
            .into_iter()
            .find(|operand| self.may_lack(operand))
        else {
            return;
        };
        let is_within = turned.is_some_and(|it| !std::ptr::eq(it.operand, node));
        let condition = turned.map_or(node.span, |it| it.not);
        let span = if is_within { node.span } else { condition };
        let is_same = |known: &Diagnostic| known.code == Code::AbsentExcluded && known.span == span;
        if self.found.iter().any(is_same) {
            return;
        }
        let found = Diagnostic::warning(
            Code::AbsentExcluded,
            span,
            self.message(node, absent, condition),
        );
        let is_one_name = node.children().is_empty();
        self.found.push(
            if is_within || turned.is_some() && !is_one_name && !is_strict(node) {
                self.kept_within(found, node)
            } else {
                self.kept(found, node, absent)
            },
        );
    }

    /// That a condition leaves out those of whom `absent` is absent.
    fn message(&self, node: &Node, absent: &Node, condition: Span) -> String {
        let condition = shortened(condition.text(self.source));
        let value = shortened(absent.span.text(self.source));
        if std::ptr::eq(absent, node) && is_quantified(node) {
            format!("`{condition}` also leaves out everybody of whom it is unknown for an item")
        } else {
            let whom = self.left_out(absent);
            format!("`{condition}` also leaves out {whom} whose `{value}` is absent")
        }
    }

    /// How to keep them within a NOT over more than a test of the absent value: what stands there is
    /// FALSE, not unknown, of them.
    fn kept_within(&self, found: Diagnostic, node: &Node) -> Diagnostic {
        let text = node.span.text(self.source);
        let is_one_name = node.children().is_empty() || matches!(node.kind, NodeKind::Trait { .. });
        let mended = if is_one_name {
            format!("{text} IS TRUE")
        } else {
            format!("({text}) IS TRUE")
        };
        let help = format!("write `{}` to keep them", shortened(&mended));
        found.with_help(help).with_fix(node.span, mended)
    }

    /// How to keep them.
    fn kept(&self, found: Diagnostic, node: &Node, absent: &Node) -> Diagnostic {
        let span = found.span;
        let value = shortened(absent.span.text(self.source));
        match self.distinct(node) {
            Some((help, operator)) => found.with_help(help).with_fix(operator, "IS DISTINCT FROM"),
            None if node.children().is_empty() => {
                let text = format!("{} IS NOT TRUE", absent.span.text(self.source));
                found
                    .with_help(format!("write `{value} IS NOT TRUE` to keep them"))
                    .with_fix(span, text)
            }
            // Of an item's member that is absent there is no name out here, and beside an item that
            // is absent others decide too.
            None if is_quantified(node) || is_of_list(node, absent) => found
                .with_help("add `IS NOT FALSE` to keep them")
                .with_fix(span, format!("({}) IS NOT FALSE", span.text(self.source))),
            None => found
                .with_help(format!("add `OR {value} IS NULL` to keep them"))
                .with_fix(span, self.or_null(span, absent)),
        }
    }

    /// What `!=` should be instead, and where it stands.
    fn distinct(&self, node: &Node) -> Option<(String, Span)> {
        let NodeKind::Compare {
            op: CompareOp::NotEqual,
            left,
            right,
        } = &node.kind
        else {
            return None;
        };
        let operator = operator_span(self.source, left.span, right.span, &["!=", "<>"])?;
        let text = |node: &Node| shortened(node.span.text(self.source));
        let (left, right) = (text(left), text(right));
        let help = format!("write `{left} IS DISTINCT FROM {right}` to keep them");
        Some((help, operator))
    }

    /// The condition at `span`, or that the value is absent; in brackets where it stands beside others.
    fn or_null(&self, span: Span, absent: &Node) -> String {
        let condition = span.text(self.source);
        let value = absent.span.text(self.source);
        let is_one_name = absent.children().is_empty()
            || matches!(absent.kind, NodeKind::Call { .. } | NodeKind::Trait { .. });
        let value = if is_one_name {
            value.to_owned()
        } else {
            format!("({value})")
        };
        let text = format!("{condition} OR {value} IS NULL");
        let before = self
            .source
            .get(..span.start as usize)
            .unwrap_or("")
            .trim_end();
        let after = self
            .source
            .get(span.end as usize..)
            .unwrap_or("")
            .trim_start();
        if before.is_empty() && after.is_empty() || before.ends_with('(') && after.starts_with(')')
        {
            text
        } else {
            format!("({text})")
        }
    }

    /// Whether a value may be absent without the rule dealing with that.
    fn may_lack(&self, node: &Node) -> bool {
        self.is_nullable(node) && !self.handled.contains(&node)
    }

    /// Whether a value is NULL where a field, a property or an event is absent.
    fn is_nullable(&self, node: &Node) -> bool {
        use AggregateFunction::{Count, CountDistinct, Sum};
        match &node.kind {
            NodeKind::Field(_) | NodeKind::Property(_) => true,
            // Members of objects may be absent; items that are values are not.
            NodeKind::Item { depth, member } => {
                let mut around = self.quantifiers.iter();
                let member = around
                    .find(|it| it.depth == *depth)
                    .and_then(|it| it.members.get(*member));
                member.is_some_and(|member| member.name.is_some())
            }
            NodeKind::Aggregate(index) => self
                .aggregates
                .get(*index)
                .is_some_and(|it| !matches!(it.function, Count | CountDistinct | Sum)),
            NodeKind::Trait { body, .. } => self.is_nullable(body),
            NodeKind::Coalesce(values) => values.iter().all(|value| self.is_nullable(value)),
            NodeKind::Call { builtin, arguments } if builtin.nulls == Nulls::Skipped => {
                arguments.iter().all(|value| self.is_nullable(value))
            }
            NodeKind::Call { builtin, .. } if builtin.nulls == Nulls::Never => false,
            NodeKind::Quantified(it) if it.quantity == Quantity::CountIf => {
                self.is_nullable(&it.list)
            }
            NodeKind::Case {
                branches,
                otherwise,
            } => {
                let values = branches.iter().map(|(_, value)| value);
                values
                    .chain([&**otherwise])
                    .any(|value| self.is_nullable(value))
            }
            NodeKind::IsNull { .. } | NodeKind::IsTruth { .. } | NodeKind::Distinct { .. } => false,
            _ => node
                .children()
                .into_iter()
                .any(|node| self.is_nullable(node)),
        }
    }
}

fn is_quantified(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Quantified(_))
}

/// Whether it is a test that is NULL wherever its operand is.
fn is_strict(node: &Node) -> bool {
    matches!(
        node.kind,
        NodeKind::Compare { .. }
            | NodeKind::In { .. }
            | NodeKind::Between { .. }
            | NodeKind::Text { .. }
            | NodeKind::Time { .. }
            | NodeKind::ContainsItems { .. }
            | NodeKind::Trait { .. }
            | NodeKind::Quantified(_)
    )
}

/// Whether a value is one of those that another is looked for among.
fn is_of_list(node: &Node, value: &Node) -> bool {
    match &node.kind {
        NodeKind::In { operand, .. } | NodeKind::ContainsItems { operand, .. } => {
            !std::ptr::eq(operand.as_ref(), value)
        }
        _ => false,
    }
}

/// What a term asks to be NULL, or not to be.
fn asks_for_null(term: &Node, is_null: bool) -> Option<&Node> {
    match &term.kind {
        NodeKind::IsNull { operand, negated } if *negated != is_null => Some(operand),
        _ => None,
    }
}

/// Whether the operator says NOT.
fn is_negative(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Compare { op, .. } => *op == CompareOp::NotEqual,
        NodeKind::In { negated, .. }
        | NodeKind::Between { negated, .. }
        | NodeKind::Text { negated, .. }
        | NodeKind::Time { negated, .. } => *negated,
        NodeKind::ContainsItems {
            quantifier,
            negated,
            ..
        } => (*quantifier == Quantifier::None) != *negated,
        NodeKind::Quantified(it) => it.quantity == Quantity::None,
        _ => false,
    }
}
