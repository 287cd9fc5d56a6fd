//! Conditions: NOT, the tests before an operand (`EXISTS`, `DID`, `IN SEGMENT`) and after one.

use super::build::{Builder, Operand, parameter_name, span_of};
use super::{Pair, Rule, hints};
use crate::ast::{
    CompareOp, Duration, Expr, ExprKind, Name, NamedList, Quantifier, TextOp, TimeOp, Window,
};
use crate::limits::DIAGNOSTICS_MAX;
use crate::{Code, Diagnostic, Span};

impl Builder<'_> {
    /// `term`: NOTs before a test or an operand with its tests.
    pub(super) fn term(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let whole = span_of(&pair);
        let mut nots = vec![];
        let mut rest = pair.into_inner();
        let core = loop {
            let child = rest.next()?;
            if child.as_rule() != Rule::not_op {
                break child;
            }
            nots.push(child);
        };
        let tails: Vec<Pair> = rest.collect();
        if !self.is_deep_enough(depth + nots.len(), whole) {
            return Some(self.placeholder(whole));
        }
        let depth = depth + nots.len();
        self.check_bang(nots.last(), &core, &tails);
        let mut operand = match core.as_rule() {
            Rule::in_segment => self.in_segment(core, &mut nots)?,
            Rule::exists => self.exists(core, depth + 1)?,
            Rule::did => self.did(core, depth + 1)?,
            _ => self.tested(core, tails, depth, !nots.is_empty())?,
        };
        for not in nots.into_iter().rev() {
            let span = span_of(&not).to(operand.outer);
            operand = self.node(ExprKind::Not(Box::new(operand.expr)), span);
        }
        Some(operand)
    }

    /// `!` binds tighter than a comparison elsewhere and looser here: it stands where both agree.
    fn check_bang(&mut self, not: Option<&Pair>, core: &Pair, tails: &[Pair]) {
        let Some(not) = not.filter(|not| not.as_str() == "!") else {
            return;
        };
        let is_sum = core.as_rule() == Rule::arithmetic && core.clone().into_inner().count() > 1;
        if is_sum || !tails.is_empty() {
            let message = "`!` stands before brackets or a single boolean only";
            let error = Diagnostic::error(Code::Syntax, span_of(not), message)
                .with_help("write `NOT`, which negates the whole comparison")
                .with_fix(span_of(not), "NOT ");
            self.errors.push(error);
        }
    }

    fn in_segment(&mut self, pair: Pair, nots: &mut Vec<Pair>) -> Option<Operand> {
        let mut span = span_of(&pair);
        let name = pair.into_inner().next_back()?;
        let segment = Name {
            text: self.string(&name),
            span: span_of(&name),
        };
        let not = nots.pop();
        if let Some(not) = &not {
            span = span_of(not).to(span);
        }
        let negated = not.is_some();
        Some(self.node(ExprKind::InSegment { segment, negated }, span))
    }

    fn exists(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let span = span_of(&pair);
        if !self.is_deep_enough(depth, span) {
            return Some(self.placeholder(span));
        }
        let operand = self.primary(pair.into_inner().next_back()?, depth)?;
        let span = span.to(operand.outer);
        Some(self.node(ExprKind::Exists(Box::new(operand.expr)), span))
    }

    fn did(&mut self, pair: Pair, depth: usize) -> Option<Operand> {
        let span = span_of(&pair);
        let negated = pair
            .clone()
            .into_inner()
            .any(|part| part.as_rule() == Rule::kw_not);
        let events = self.events(pair.into_inner(), depth)?;
        if let Some(property) = &events.property {
            let error = Diagnostic::error(
                Code::Syntax,
                property.span,
                "DID takes an event, not a property of one",
            );
            let help = "an event's name with a dot is written in backticks";
            self.errors.push(error.with_help(help));
        }
        let kind = ExprKind::Did {
            event: events.event,
            window: events.window,
            filter: events.filter,
            negated,
        };
        Some(self.node(kind, span))
    }

    /// An operand with the tests after it: none or one.
    fn tested(
        &mut self,
        operand: Pair,
        tails: Vec<Pair>,
        depth: usize,
        negated: bool,
    ) -> Option<Operand> {
        let start = span_of(&operand);
        if let Some(last) = tails.get(1..).and_then(<[Pair]>::last) {
            let whole = start.to(span_of(last));
            let error = self.chained(start, &tails, whole, negated);
            self.errors.push(error);
            return Some(self.placeholder(whole));
        }
        let Some(tail) = tails.into_iter().next() else {
            return self.arithmetic(operand, depth);
        };
        let whole = start.to(span_of(&tail));
        if !self.is_deep_enough(depth + 1, whole) {
            return Some(self.placeholder(whole));
        }
        let operand = self.arithmetic(operand, depth + 1)?;
        let kind = self.tail(operand.expr, tail, depth + 1)?;
        Some(self.node(kind, whole))
    }

    fn chained(&self, first: Span, tails: &[Pair], whole: Span, negated: bool) -> Diagnostic {
        // One look only, and none for errors that are not shown: it reads the whole source.
        let window = tails.iter().find(|tail| is_window(tail));
        let window = window.filter(|_| self.errors.len() < DIAGNOSTICS_MAX);
        if let Some(error) = window
            .and_then(|window| hints::misplaced_window(self.source, span_of(window).start as usize))
        {
            return error;
        }
        let error = Diagnostic::error(Code::ChainedComparison, whole, "comparisons do not chain");
        if tails.iter().any(|tail| tail.as_rule() != Rule::compare) {
            return error.with_help("put brackets around one of them, or join them with `AND`");
        }
        let is_truth = |text: &str| {
            ["true", "false"]
                .iter()
                .any(|it| text.eq_ignore_ascii_case(it))
        };
        let mut left = first.text(self.source).trim();
        let mut has_truth = is_truth(left);
        let mut parts = vec![];
        for tail in tails {
            let mut sides = tail.clone().into_inner();
            let op = sides.next().map_or("", |op| op.as_str());
            let right = sides
                .next()
                .map_or("", |side| span_of(&side).text(self.source));
            parts.push(format!("{left} {op} {right}"));
            has_truth |= is_truth(right);
            left = right;
        }
        if has_truth {
            let help = "a comparison is a condition by itself: leave TRUE or FALSE out, with NOT before it";
            return error.with_help(help);
        }
        let mut fixed = parts.join(" AND ");
        if negated {
            fixed = format!("({fixed})");
        }
        error
            .with_help(format!("write `{fixed}`"))
            .with_fix(whole, fixed)
    }

    fn tail(&mut self, operand: Expr, tail: Pair, depth: usize) -> Option<ExprKind> {
        let operand = Box::new(operand);
        match tail.as_rule() {
            Rule::compare => {
                let mut parts = tail.into_inner();
                let op = compare_op(parts.next()?.as_str())?;
                let right = self.arithmetic(parts.next()?, depth)?.expr;
                Some(ExprKind::Compare(op, operand, Box::new(right)))
            }
            Rule::is => self.is(operand, tail, depth),
            _ => {
                let mut parts = tail.into_inner();
                let first = parts.next()?;
                let negated = first.as_rule() == Rule::kw_not;
                let test = if negated { parts.next()? } else { first };
                self.test(operand, test, negated, depth)
            }
        }
    }

    fn is(&mut self, operand: Box<Expr>, tail: Pair, depth: usize) -> Option<ExprKind> {
        let mut negated = false;
        let mut what = None;
        for part in tail.into_inner() {
            match part.as_rule() {
                Rule::kw_is => {}
                Rule::kw_not => negated = true,
                _ => what = Some(part),
            }
        }
        let what = what?;
        Some(match what.as_rule() {
            Rule::kw_null => ExprKind::IsNull { operand, negated },
            Rule::kw_empty => ExprKind::IsEmpty { operand, negated },
            Rule::distinct => {
                let right = self.arithmetic(what.into_inner().next_back()?, depth)?.expr;
                ExprKind::Distinct {
                    left: operand,
                    right: Box::new(right),
                    negated,
                }
            }
            rule => ExprKind::IsTruth {
                operand,
                truth: rule == Rule::kw_true,
                negated,
            },
        })
    }

    fn test(
        &mut self,
        operand: Box<Expr>,
        test: Pair,
        negated: bool,
        depth: usize,
    ) -> Option<ExprKind> {
        Some(match test.as_rule() {
            Rule::r#in => {
                let list = test.into_inner().next_back()?;
                let list = match list.as_rule() {
                    Rule::string => NamedList::Stored(Name {
                        text: self.string(&list),
                        span: span_of(&list),
                    }),
                    Rule::parameter => NamedList::Parameter(parameter_name(&list)),
                    _ => {
                        let items = self.list(list, depth)?;
                        return Some(ExprKind::In {
                            operand,
                            items,
                            negated,
                        });
                    }
                };
                ExprKind::InNamed {
                    operand,
                    list,
                    negated,
                }
            }
            Rule::between => {
                let mut bounds = self.operands(test, depth)?.into_iter();
                ExprKind::Between {
                    operand,
                    low: Box::new(bounds.next()?),
                    high: Box::new(bounds.next()?),
                    negated,
                }
            }
            Rule::contains => return self.contains(operand, test, negated, depth),
            Rule::like | Rule::matches | Rule::starts | Rule::ends => {
                return self.text(operand, test, negated, depth);
            }
            Rule::within => return self.within(operand, test, negated, depth),
            _ => ExprKind::Time {
                test: self.time(test, depth)?,
                operand,
                negated,
            },
        })
    }

    /// The arithmetic operands of a test, in their order.
    fn operands(&mut self, test: Pair, depth: usize) -> Option<Vec<Expr>> {
        test.into_inner()
            .filter(|part| part.as_rule() == Rule::arithmetic)
            .map(|part| Some(self.arithmetic(part, depth)?.expr))
            .collect()
    }

    fn contains(
        &mut self,
        operand: Box<Expr>,
        test: Pair,
        negated: bool,
        depth: usize,
    ) -> Option<ExprKind> {
        let quantifier = test.clone().into_inner().nth(1)?;
        if quantifier.as_rule() != Rule::quantifier {
            return self.text(operand, test, negated, depth);
        }
        let quantifier = match quantifier.into_inner().next()?.as_rule() {
            Rule::kw_any => Quantifier::Any,
            Rule::kw_all => Quantifier::All,
            _ => Quantifier::None,
        };
        Some(ExprKind::ContainsItems {
            quantifier,
            operand,
            items: self.list(test.into_inner().next_back()?, depth)?,
            negated,
        })
    }

    fn text(
        &mut self,
        operand: Box<Expr>,
        pair: Pair,
        negated: bool,
        depth: usize,
    ) -> Option<ExprKind> {
        let test = match (pair.as_rule(), pair.clone().into_inner().next()?.as_rule()) {
            (Rule::matches, _) => TextOp::Matches,
            (Rule::contains, _) => TextOp::Contains,
            (Rule::starts, _) => TextOp::StartsWith,
            (Rule::ends, _) => TextOp::EndsWith,
            (_, Rule::kw_ilike) => TextOp::ILike,
            _ => TextOp::Like,
        };
        let escape = pair
            .clone()
            .into_inner()
            .find(|part| part.as_rule() == Rule::string);
        let escape = escape.and_then(|escape| self.escape(&escape));
        let pattern = self.operands(pair, depth)?.pop()?;
        Some(ExprKind::Text {
            test,
            operand,
            pattern: Box::new(pattern),
            escape,
            negated,
        })
    }

    fn escape(&mut self, pair: &Pair) -> Option<char> {
        let text = self.string(pair);
        let mut characters = text.chars();
        let escape = characters.next();
        if escape.is_none() || characters.next().is_some() {
            let message = "an escape is exactly one character";
            self.error(Code::BadLiteral, span_of(pair), message);
        }
        escape
    }

    pub(super) fn time(&mut self, test: Pair, depth: usize) -> Option<TimeOp> {
        let rule = test.as_rule();
        if matches!(rule, Rule::before | Rule::after) {
            let instant = Box::new(self.operands(test, depth)?.pop()?);
            return Some(if rule == Rule::before {
                TimeOp::Before(instant)
            } else {
                TimeOp::After(instant)
            });
        }
        if rule == Rule::during {
            let (from, to) = self.instants(test, depth)?;
            return Some(TimeOp::During(from, to));
        }
        self.refuse_zone(&test);
        self.moving(test)
    }

    /// A test whose window moves with now.
    pub(super) fn moving(&mut self, test: Pair) -> Option<TimeOp> {
        let rule = test.as_rule();
        let is_next = test.clone().into_inner().nth(1)?.as_rule() == Rule::kw_next;
        if let (Rule::within, false, Some(calendar)) = (rule, is_next, calendar_of(&test)) {
            return Some(TimeOp::WithinLastCalendar(self.calendar(calendar)?));
        }
        let (first, second) = self.durations(test)?;
        Some(match (rule, second) {
            (Rule::from_to, Some(second)) => TimeOp::FromToAgo(first, second),
            (Rule::within, _) if is_next => TimeOp::WithinNext(first),
            (Rule::within, _) => TimeOp::WithinLast(first),
            (Rule::older, _) => TimeOp::OlderThan(first),
            _ => return None,
        })
    }

    /// `within`, `from_to` or `during` as the window of an aggregate.
    pub(super) fn window(&mut self, pair: Pair, depth: usize) -> Option<Window> {
        let span = span_of(&pair);
        Some(match self.time(pair, depth)? {
            TimeOp::WithinLast(last) => Window::WithinLast(last),
            TimeOp::WithinLastCalendar(span) => Window::WithinLastCalendar(span),
            TimeOp::FromToAgo(from, to) => Window::FromToAgo(from, to),
            TimeOp::During(from, to) => Window::During(from, to),
            _ => {
                let message = "events lie in the past; their window cannot be the future";
                self.errors.push(
                    Diagnostic::error(Code::Syntax, span, message).with_help("write `WITHIN LAST`"),
                );
                Window::AllTime
            }
        })
    }

    fn instants(&mut self, pair: Pair, depth: usize) -> Option<(Box<Expr>, Box<Expr>)> {
        let mut operands = self.operands(pair, depth)?.into_iter();
        Some((Box::new(operands.next()?), Box::new(operands.next()?)))
    }

    fn durations(&mut self, pair: Pair) -> Option<(Duration, Option<Duration>)> {
        let numbers: Vec<Pair> = pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::number)
            .collect();
        let mut durations = vec![];
        for number in numbers {
            durations.push(self.duration(number)?);
        }
        let mut durations = durations.into_iter();
        Some((durations.next()?, durations.next()))
    }
}

fn compare_op(text: &str) -> Option<CompareOp> {
    Some(match text {
        "==" | "=" => CompareOp::Equal,
        "!=" | "<>" => CompareOp::NotEqual,
        "<" => CompareOp::Less,
        "<=" => CompareOp::LessOrEqual,
        ">" => CompareOp::Greater,
        ">=" => CompareOp::GreaterOrEqual,
        _ => return None,
    })
}

/// Whether a test after an operand is `WITHIN …`.
fn is_window(tail: &Pair) -> bool {
    let first = tail.clone().into_inner().next();
    tail.as_rule() == Rule::test && first.is_some_and(|first| first.as_rule() == Rule::within)
}

/// The number of a window, if it counts units of a calendar.
fn calendar_of<'s>(within: &Pair<'s>) -> Option<Pair<'s>> {
    let mut parts = within.clone().into_inner();
    let number = parts.find(|part| part.as_rule() == Rule::number)?;
    let mut parts = number.clone().into_inner();
    parts
        .any(|part| part.as_rule() == Rule::calendar)
        .then_some(number)
}
