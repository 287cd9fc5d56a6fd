//! Pest pairs to syntax tree: operators, precedence, names, calls. Tests after an operand are in
//! `conditions.rs`, literals in `literals.rs`.
//!
//! Functions answer `None` only where grammar and builder disagree, which is a bug of ours; what
//! is wrong with the source goes to `errors`, and a placeholder stands in for it. `depth` is the
//! number of operators around an expression.

use pest::iterators::Pairs;

use super::guard::too_deep;
use super::{Pair, Rule};
use crate::ast::{
    Aggregate, AggregateFunction, ArithmeticOp, CompareOp, EventSelector, Expr, ExprKind, Literal,
    Name, Window,
};
use crate::limits::{LIST_ITEMS_MAX, NESTING_DEPTH_MAX, NODES_MAX};
use crate::{Code, Diagnostic, Diagnostics, Span};

/// An expression and all it covers, brackets included.
pub(super) struct Operand {
    pub(super) expr: Expr,
    pub(super) outer: Span,
}

impl From<Expr> for Operand {
    fn from(expr: Expr) -> Self {
        let outer = expr.span;
        Self { expr, outer }
    }
}

pub(super) struct Builder<'s> {
    pub(super) source: &'s str,
    pub(super) errors: Diagnostics,
    nodes: usize,
    is_too_deep: bool,
}

/// Builds the tree of what the grammar's first rule matched.
pub(super) fn build<'s>(source: &'s str, mut pairs: Pairs<'s, Rule>) -> Result<Expr, Diagnostics> {
    let mut builder = Builder {
        source,
        errors: Diagnostics::default(),
        nodes: 0,
        is_too_deep: false,
    };
    let built = pairs.next().and_then(|pair| builder.expr(pair, 0));
    if builder.nodes > NODES_MAX {
        let message = format!(
            "the rule has {} nodes; the limit (nodes) is {NODES_MAX}",
            builder.nodes
        );
        let help = "test one field against many values with `IN (…)`: its values do not count";
        let error = Diagnostic::error(Code::TooLarge, Span::new(0, source.len()), message);
        builder.errors.push(error.with_help(help));
    }
    match built {
        Some(built) if builder.errors.is_empty() => Ok(built.expr),
        Some(_) => {
            builder.errors.sort();
            Err(builder.errors)
        }
        None => {
            let span = Span::new(0, source.len());
            let message = "internal error: the parser does not know its own grammar";
            Err(Diagnostic::error(Code::Syntax, span, message).into())
        }
    }
}

/// Where a token stands.
pub(super) fn span_of(pair: &Pair) -> Span {
    Span::new(pair.as_span().start(), end_of(pair))
}

/// The end of a pair's last token: a pair itself may take in the blanks before what is optional.
fn end_of(pair: &Pair) -> usize {
    let mut last = pair.clone();
    while let Some(inner) = last.clone().into_inner().next_back() {
        last = inner;
    }
    last.as_span().end()
}

impl Builder<'_> {
    /// A node of the tree.
    pub(super) fn node(&mut self, kind: ExprKind, span: Span) -> Operand {
        self.nodes += 1;
        Expr { kind, span }.into()
    }

    /// What stands in for an expression with an error.
    pub(super) fn placeholder(&mut self, span: Span) -> Operand {
        self.node(ExprKind::Literal(Literal::Null), span)
    }

    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::error(code, span, message));
    }

    /// Whether `depth` operators may nest; the first that may not is reported.
    pub(super) fn is_deep_enough(&mut self, depth: usize, span: Span) -> bool {
        let fits = depth <= NESTING_DEPTH_MAX;
        if !fits && !self.is_too_deep {
            self.is_too_deep = true;
            self.errors.push(too_deep(span));
        }
        fits
    }

    /// `expr`: terms between AND and OR.
    pub(super) fn expr(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let whole = span_of(&pair);
        let mut groups: Vec<Vec<Pair>> = vec![vec![]];
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::or_op => groups.push(vec![]),
                Rule::and_op => {}
                _ => groups.last_mut()?.push(child),
            }
        }
        let is_or = groups.len() > 1;
        if !self.is_deep_enough(depth + usize::from(is_or), whole) {
            return Some(self.placeholder(whole));
        }
        let mut alternatives = vec![];
        for group in groups {
            alternatives.push(self.all_of(group, depth + usize::from(is_or), whole)?);
        }
        self.join(alternatives, ExprKind::Or)
    }

    fn all_of(&mut self, terms: Vec<Pair>, depth: usize, whole: Span) -> Option<Operand> {
        let depth = depth + usize::from(terms.len() > 1);
        if !self.is_deep_enough(depth, whole) {
            return Some(self.placeholder(whole));
        }
        let mut operands = Vec::with_capacity(terms.len());
        for term in terms {
            operands.push(self.term(term, depth)?);
        }
        self.join(operands, ExprKind::And)
    }

    fn join(
        &mut self,
        mut operands: Vec<Operand>,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Option<Operand> {
        if operands.len() == 1 {
            return operands.pop();
        }
        let span = operands.first()?.outer.to(operands.last()?.outer);
        let operands = operands.into_iter().map(|operand| operand.expr).collect();
        Some(self.node(kind(operands), span))
    }

    /// `arithmetic`: signed primaries between operators, `* / % DIV` before `+ -`.
    pub(super) fn arithmetic(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let whole = span_of(&pair);
        let mut sum = vec![vec![Factor::default()]];
        let mut sum_ops = vec![];
        for child in pair.into_inner() {
            let product = sum.last_mut()?;
            match (child.as_rule(), arithmetic_op(child.as_str())) {
                (Rule::arith_op, Some(op @ (ArithmeticOp::Add | ArithmeticOp::Subtract))) => {
                    sum_ops.push(op);
                    sum.push(vec![Factor::default()]);
                }
                (Rule::arith_op, op) => product.push(Factor {
                    op,
                    ..Factor::default()
                }),
                (Rule::sign, _) => product.last_mut()?.signs.push(child.as_span().start()),
                _ => product.last_mut()?.primary = Some(child),
            }
        }
        if !self.is_deep_enough(depth + sum_ops.len(), whole) {
            return Some(self.placeholder(whole));
        }
        let count = sum_ops.len();
        let mut left: Option<Operand> = None;
        let ops = std::iter::once(None).chain(sum_ops.into_iter().map(Some));
        for (index, (op, product)) in ops.zip(sum).enumerate() {
            let right = self.product(product, chain_depth(depth, count, index), whole)?;
            left = Some(self.apply(left, op, right));
        }
        left
    }

    fn product(&mut self, factors: Vec<Factor>, depth: usize, whole: Span) -> Option<Operand> {
        let count = factors.len() - 1;
        if !self.is_deep_enough(depth + count, whole) {
            return Some(self.placeholder(whole));
        }
        let mut left: Option<Operand> = None;
        for (index, factor) in factors.into_iter().enumerate() {
            let op = factor.op;
            let right = self.signed(factor, chain_depth(depth, count, index))?;
            left = Some(self.apply(left, op, right));
        }
        left
    }

    fn apply(
        &mut self,
        left: Option<Operand>,
        op: Option<ArithmeticOp>,
        right: Operand,
    ) -> Operand {
        let (Some(left), Some(op)) = (left, op) else {
            return right;
        };
        let span = left.outer.to(right.outer);
        let kind = ExprKind::Arithmetic(op, Box::new(left.expr), Box::new(right.expr));
        self.node(kind, span)
    }

    /// A primary with its signs. The sign of a number belongs to the number: `-5` is a literal.
    fn signed(&mut self, factor: Factor, depth: usize) -> Option<Operand> {
        let Factor {
            mut signs, primary, ..
        } = factor;
        let primary = primary?;
        let whole = span_of(&primary);
        if !self.is_deep_enough(depth + signs.len(), whole) {
            return Some(self.placeholder(whole));
        }
        let depth = depth + signs.len();
        let mut operand = if primary.as_rule() == Rule::number {
            let (literal, span) = self.number(primary, signs.last().copied())?;
            if matches!(literal, Literal::Int(_) | Literal::Float(_)) {
                signs.pop();
            }
            self.node(ExprKind::Literal(literal), span)
        } else {
            self.primary(primary, depth)?
        };
        for start in signs.into_iter().rev() {
            let span = Span::new(start, operand.outer.end as usize);
            operand = self.node(ExprKind::Negate(Box::new(operand.expr)), span);
        }
        Some(operand)
    }

    pub(super) fn primary(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let span = span_of(&pair);
        let kind = match pair.as_rule() {
            Rule::brackets => {
                let inner = pair
                    .into_inner()
                    .find(|inner| inner.as_rule() == Rule::expr)?;
                let expr = self.expr(inner, depth)?.expr;
                return Some(Operand { expr, outer: span });
            }
            Rule::number => ExprKind::Literal(self.number(pair, None)?.0),
            Rule::string => ExprKind::Literal(Literal::String(self.string(&pair))),
            Rule::constant => ExprKind::Literal(constant(pair.as_str())),
            Rule::dated => ExprKind::Literal(self.dated(pair)?),
            Rule::field => ExprKind::Field(self.path(pair.as_str(), span)),
            Rule::call => self.call(pair, depth + 1)?,
            Rule::array => ExprKind::List(self.list(pair, depth + 1)?),
            Rule::case => self.case(pair, depth + 1)?,
            Rule::parameter => ExprKind::Parameter(parameter_name(&pair).text),
            Rule::aggregate => self.aggregate(pair, depth + 1)?,
            Rule::sequence => self.sequence(pair, depth + 1)?,
            Rule::quantified => self.quantified(pair, depth + 1)?,
            _ => return None,
        };
        Some(self.node(kind, span))
    }

    fn call(&mut self, pair: Pair, depth: usize) -> Option<ExprKind> {
        let mut children = pair.into_inner();
        let function = children.next()?.into_inner().next()?;
        let arguments = self.list(children.next()?, depth)?;
        Some(ExprKind::Call {
            function: Name {
                text: function.as_str().to_ascii_uppercase(),
                span: span_of(&function),
            },
            arguments,
        })
    }

    fn case(&mut self, pair: Pair, depth: usize) -> Option<ExprKind> {
        if !self.is_deep_enough(depth, span_of(&pair)) {
            return Some(ExprKind::Literal(Literal::Null));
        }
        let mut compared = None;
        let mut branches = vec![];
        let mut otherwise = None;
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::when => {
                    let mut parts = child
                        .into_inner()
                        .filter(|part| part.as_rule() == Rule::expr);
                    let condition = self.expr(parts.next()?, depth)?.expr;
                    let condition = match &compared {
                        Some((operand, nodes)) => self.equality(operand, *nodes, condition),
                        None => condition,
                    };
                    branches.push((condition, self.expr(parts.next()?, depth)?.expr));
                }
                Rule::expr if branches.is_empty() => {
                    let before = self.nodes;
                    let operand = self.expr(child, depth)?.expr;
                    compared = Some((operand, self.nodes - before));
                }
                Rule::expr => otherwise = Some(Box::new(self.expr(child, depth)?.expr)),
                _ => {}
            }
        }
        Some(ExprKind::Case {
            branches,
            otherwise,
        })
    }

    /// `CASE x WHEN 1 THEN …` stands for `CASE WHEN x == 1 THEN …`; `nodes` is how many `x` has.
    fn equality(&mut self, operand: &Expr, nodes: usize, value: Expr) -> Expr {
        self.nodes += nodes;
        let span = value.span;
        // Beyond the limit the whole is refused: no more copies.
        let kind = if self.nodes > NODES_MAX {
            ExprKind::Literal(Literal::Null)
        } else {
            let (operand, value) = (Box::new(operand.clone()), Box::new(value));
            ExprKind::Compare(CompareOp::Equal, operand, value)
        };
        self.node(kind, span).expr
    }

    /// `list`, `array`: their items. Literals in it do not count as nodes: [`LIST_ITEMS_MAX`] bounds them.
    pub(super) fn list(&mut self, pair: Pair, depth: usize) -> Option<Vec<Expr>> {
        let span = span_of(&pair);
        if !self.is_deep_enough(depth, span) {
            return Some(vec![]);
        }
        let mut items = vec![];
        for item in pair
            .into_inner()
            .filter(|item| item.as_rule() == Rule::expr)
        {
            let item = self.expr(item, depth)?.expr;
            if matches!(item.kind, ExprKind::Literal(_)) {
                self.nodes -= 1;
            }
            items.push(item);
        }
        if items.len() > LIST_ITEMS_MAX {
            let message = format!(
                "the list has {} items; the limit (inline list) is {LIST_ITEMS_MAX}",
                items.len()
            );
            self.error(Code::TooLarge, span, message);
        }
        Some(items)
    }

    fn aggregate(&mut self, pair: Pair, depth: usize) -> Option<ExprKind> {
        let span = span_of(&pair);
        let mut children = pair.into_inner();
        let name = children.next()?.into_inner().next()?;
        let function = aggregate_function(&name)?;
        let event = children
            .clone()
            .find(|part| part.as_rule() == Rule::event)?;
        let events = self.events(children, depth)?;
        let title = name.as_str().to_ascii_uppercase();
        let is_count = function == AggregateFunction::Count;
        if let (true, Some(property)) = (is_count, &events.property) {
            let error = Diagnostic::error(
                Code::Syntax,
                property.span,
                "COUNT counts events, not the values of a property",
            );
            let help = "write `COUNT(event)`, or `COUNT DISTINCT(event.property)`; \
                        an event's name with a dot is written in backticks";
            self.errors.push(error.with_help(help));
        } else if !is_count && events.property.is_none() {
            let message = format!("{title} needs a property of an event");
            let event = span_of(&event).text(self.source);
            let help = match function {
                AggregateFunction::First | AggregateFunction::Last => format!(
                    "write `{title}({event}.timestamp)` for when it happened, or name what is asked of it, as `{title}({event}.amount)`"
                ),
                _ => format!("write `{title}({event}.amount)`"),
            };
            self.errors
                .push(Diagnostic::error(Code::Syntax, span, message).with_help(help));
        }
        Some(ExprKind::Aggregate(Aggregate {
            function,
            event: events.event,
            property: events.property,
            window: events.window,
            filter: events.filter,
        }))
    }

    /// `event window? where?`, brackets around them passed over.
    pub(super) fn events<'p>(
        &mut self,
        parts: impl Iterator<Item = Pair<'p>>,
        depth: usize,
    ) -> Option<Events> {
        let mut events = Events {
            event: EventSelector::Any,
            property: None,
            window: Window::AllTime,
            filter: None,
        };
        for part in parts {
            if !self.is_deep_enough(depth, span_of(&part)) {
                break;
            }
            match part.as_rule() {
                Rule::event => self.event(part, &mut events)?,
                Rule::window => events.window = self.window(part.into_inner().next()?, depth)?,
                Rule::r#where => {
                    let condition = part.into_inner().next_back()?;
                    events.filter = Some(Box::new(self.expr(condition, depth)?.expr));
                }
                _ => {}
            }
        }
        Some(events)
    }

    fn event(&mut self, pair: Pair, events: &mut Events) -> Option<()> {
        for part in pair.into_inner() {
            let span = span_of(&part);
            let name = Name {
                text: self.path(part.as_str(), span),
                span,
            };
            match part.as_rule() {
                Rule::segment => events.event = EventSelector::Named(name),
                Rule::property => events.property = Some(name),
                _ => return None,
            }
        }
        Some(())
    }
}

/// What stands within the brackets of an aggregate.
pub(super) struct Events {
    pub(super) event: EventSelector,
    pub(super) property: Option<Name>,
    pub(super) window: Window,
    pub(super) filter: Option<Box<Expr>>,
}

/// A primary of a product, the operator before it and the places of its signs.
#[derive(Default)]
struct Factor<'p> {
    op: Option<ArithmeticOp>,
    signs: Vec<usize>,
    primary: Option<Pair<'p>>,
}

/// How deep the operand at `index` of a left-associative chain of `ops` operators stands.
fn chain_depth(depth: usize, ops: usize, index: usize) -> usize {
    if ops == 0 {
        depth
    } else {
        depth + ops + 1 - index.max(1)
    }
}

fn arithmetic_op(text: &str) -> Option<ArithmeticOp> {
    Some(match text {
        "+" => ArithmeticOp::Add,
        "-" => ArithmeticOp::Subtract,
        "*" => ArithmeticOp::Multiply,
        "/" => ArithmeticOp::Divide,
        "%" => ArithmeticOp::Remainder,
        _ if text.eq_ignore_ascii_case("div") => ArithmeticOp::IntDivide,
        _ => return None,
    })
}

fn constant(text: &str) -> Literal {
    if text.eq_ignore_ascii_case("null") {
        Literal::Null
    } else {
        Literal::Bool(text.eq_ignore_ascii_case("true"))
    }
}

fn aggregate_function(name: &Pair) -> Option<AggregateFunction> {
    if name.as_rule() == Rule::count_distinct {
        return Some(AggregateFunction::CountDistinct);
    }
    Some(match name.as_str().to_ascii_lowercase().as_str() {
        "count" => AggregateFunction::Count,
        "sum" => AggregateFunction::Sum,
        "avg" => AggregateFunction::Avg,
        "min" => AggregateFunction::Min,
        "max" => AggregateFunction::Max,
        "first" => AggregateFunction::First,
        "last" => AggregateFunction::Last,
        _ => return None,
    })
}

/// `:name`
pub(super) fn parameter_name(pair: &Pair) -> Name {
    let text = pair.as_str();
    Name {
        text: text.strip_prefix(':').unwrap_or(text).to_owned(),
        span: span_of(pair),
    }
}
