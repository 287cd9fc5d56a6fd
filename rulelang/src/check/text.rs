//! Tests of strings and of lists: `LIKE`, `MATCHES`, `CONTAINS`, `IS EMPTY` and the like.

use crate::ast::{Expr, ExprKind, TextOp};
use crate::limits::{REGEX_SIZE_MAX, REGEXES_MAX};
use crate::rule::{NodeKind, Quantifier, TextTest};
use crate::text::{LikeError, LikePattern};
use crate::{Code, Diagnostic, Span, Type, Value};

use super::align::{Aligned, adapt_literal, inferred};
use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    pub(super) fn text(&mut self, expr: &Expr) -> Typed {
        let ExprKind::Text {
            test,
            operand,
            pattern,
            escape,
            negated,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        let pattern_span = pattern.span;
        let operand = self.expr(operand);
        let pattern = self.expr(pattern);
        if *test == TextOp::Contains {
            return self.contains(operand, pattern, *negated, expr);
        }
        let (operand, pattern) = (self.string(operand), self.string(pattern));
        if operand.is_error() || pattern.is_error() {
            return Typed::error(self.place(expr.span));
        }
        if self.is_learning() {
            return Typed::placeholder(Ty::Known(Type::Bool), self.place(expr.span));
        }
        let Some(test) = self.text_test(*test, *escape, &pattern, pattern_span) else {
            return Typed::error(self.place(expr.span));
        };
        let kind = NodeKind::Text {
            test,
            operand: Box::new(operand.node),
            pattern: Box::new(pattern.node),
            negated: *negated,
        };
        self.boolean(kind, expr)
    }

    /// An operand that must be a string.
    fn string(&mut self, mut operand: Typed) -> Typed {
        if self.fits(&mut operand, Type::String) {
            operand
        } else {
            self.wrong_operand(&operand, "a string", Type::String)
        }
    }

    fn text_test(
        &mut self,
        test: TextOp,
        escape: Option<char>,
        pattern: &Typed,
        span: Span,
    ) -> Option<TextTest> {
        let constant = match &pattern.node.kind {
            NodeKind::Literal(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        match (test, constant) {
            (TextOp::Contains, _) => Some(TextTest::Contains),
            (TextOp::StartsWith, _) => Some(TextTest::StartsWith),
            (TextOp::EndsWith, _) => Some(TextTest::EndsWith),
            (TextOp::Like, Some(text)) => self.like(&text, escape, false, span),
            (TextOp::ILike, Some(text)) => self.like(&text, escape, true, span),
            (TextOp::Matches, Some(text)) => self.regex(&text, span),
            (TextOp::Like | TextOp::ILike | TextOp::Matches, None) => {
                let message = "a pattern must be a constant string";
                let help = "`CONTAINS`, `STARTS WITH` and `ENDS WITH` take any string";
                self.report(Diagnostic::error(Code::NotConstant, span, message).with_help(help));
                None
            }
        }
    }

    fn like(
        &mut self,
        text: &str,
        escape: Option<char>,
        folded: bool,
        span: Span,
    ) -> Option<TextTest> {
        let found = match LikePattern::new(text, escape, folded) {
            Ok(pattern) => return Some(TextTest::Like(pattern)),
            Err(LikeError::DanglingEscape) => {
                let message = "the pattern ends with its escape character";
                Diagnostic::error(Code::NotConstant, span, message)
            }
            Err(LikeError::TooLarge) => too_large(span),
        };
        self.report(found);
        None
    }

    fn regex(&mut self, text: &str, span: Span) -> Option<TextTest> {
        self.regexes += 1;
        if self.regexes > REGEXES_MAX {
            let message = format!("a rule has at most {REGEXES_MAX} regular expressions");
            self.report(Diagnostic::error(Code::TooLarge, span, message));
            return None;
        }
        let mut builder = regex::RegexBuilder::new(text);
        let found = match builder.size_limit(REGEX_SIZE_MAX).build() {
            Ok(regex) => return Some(TextTest::Matches(regex)),
            Err(regex::Error::CompiledTooBig(_)) => too_large(span),
            Err(error) => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default().trim();
                let why = last.strip_prefix("error: ").unwrap_or(last);
                let message = format!("the regular expression is malformed: {why}");
                Diagnostic::error(Code::NotConstant, span, message)
            }
        };
        self.report(found);
        None
    }

    /// `CONTAINS`: a substring of a string, an item of a list.
    fn contains(
        &mut self,
        operand: Typed,
        mut pattern: Typed,
        negated: bool,
        expr: &Expr,
    ) -> Typed {
        if self.is_learning() {
            return self.learn_contains(&operand, &pattern, expr);
        }
        if operand.is_error() || pattern.is_error() {
            return Typed::error(self.place(expr.span));
        }
        if let Ty::Known(Type::List(item)) = operand.ty {
            let item = item.as_type();
            adapt_literal(&mut pattern, item);
            if !self.fits(&mut pattern, item) {
                return self.wrong_operand(&pattern, &format!("an item of type {item}"), item);
            }
            let kind = NodeKind::ContainsItems {
                quantifier: Quantifier::Any,
                operand: Box::new(operand.node),
                items: vec![pattern.node],
                negated,
            };
            return self.boolean(kind, expr);
        }
        let (operand, pattern) = (self.string(operand), self.string(pattern));
        if operand.is_error() || pattern.is_error() {
            return Typed::error(self.place(expr.span));
        }
        let kind = NodeKind::Text {
            test: TextTest::Contains,
            operand: Box::new(operand.node),
            pattern: Box::new(pattern.node),
            negated,
        };
        self.boolean(kind, expr)
    }

    /// What CONTAINS says of undeclared names: a pattern that is not text makes a list; text is
    /// looked for in text, unless another use makes the operand a list.
    fn learn_contains(&mut self, operand: &Typed, pattern: &Typed, expr: &Expr) -> Typed {
        if operand.is_error() || pattern.is_error() {
            self.excuse(operand);
            self.excuse(pattern);
        }
        match (operand.ty, self.known(operand), self.known(pattern)) {
            (Ty::Slot(slot), _, Some(Type::String) | None) => {
                self.slots.suppose(slot, Type::String, operand.span());
                self.slots.text_or_list(slot, operand.span());
            }
            (Ty::Slot(slot), _, Some(ty)) => {
                let ty = inferred(ty, std::slice::from_ref(pattern));
                if let Some(list) = list_of(ty) {
                    self.slots.bind(slot, list, operand.span());
                }
            }
            _ => {}
        }
        if let Ty::Slot(slot) = pattern.ty {
            let item = match self.known(operand) {
                Some(Type::List(item)) => item.as_type(),
                _ => Type::String,
            };
            self.slots.suppose(slot, item, pattern.span());
        }
        Typed::placeholder(Ty::Known(Type::Bool), self.place(expr.span))
    }

    pub(super) fn contains_items(&mut self, expr: &Expr) -> Typed {
        let ExprKind::ContainsItems {
            quantifier,
            operand: list,
            items,
            negated,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        let nulls = self.null_items(items, list, *negated);
        let mut operand = self.expr(list);
        let mut items: Vec<Typed> = items.iter().map(|item| self.expr(item)).collect();
        if self.is_learning() {
            if nulls {
                self.excuse(&operand);
            }
            return self.learn_contains_items(&operand, &mut items, expr);
        }
        if let Aligned::Clash(a, b) = self.align(&mut items) {
            if let (Some(a), Some(b)) = (items.get(a), items.get(b)) {
                self.clash(a, b, expr.span);
            }
            return Typed::error(self.place(expr.span));
        }
        if nulls || operand.is_error() || items.iter().any(Typed::is_error) {
            return Typed::error(self.place(expr.span));
        }
        let Ty::Known(Type::List(item)) = operand.ty else {
            let wanted = items.first().and_then(|item| item.node.ty.as_scalar());
            let list = wanted.map_or(Type::Null, Type::List);
            if self.fits(&mut operand, list) {
                return Typed::placeholder(Ty::Known(Type::Null), self.place(expr.span));
            }
            return self.wrong_operand(&operand, "a list of single values", list);
        };
        let item = item.as_type();
        for typed in &mut items {
            adapt_literal(typed, item);
            if !self.fits(typed, item) {
                return self.wrong_operand(typed, &format!("an item of type {item}"), item);
            }
        }
        let kind = NodeKind::ContainsItems {
            quantifier: *quantifier,
            operand: Box::new(operand.node),
            items: items.into_iter().map(|item| item.node).collect(),
            negated: *negated,
        };
        self.boolean(kind, expr)
    }

    fn learn_contains_items(&mut self, operand: &Typed, items: &mut [Typed], expr: &Expr) -> Typed {
        let known = match self.known(operand) {
            Some(Type::List(item)) => Some(item.as_type()),
            _ => None,
        };
        let aligned = self.align(items);
        let item = match aligned {
            Aligned::As(Ty::Known(ty)) => Some(inferred(ty, items)),
            Aligned::As(Ty::Slot(slot)) => self.slots.known(slot),
            Aligned::As(Ty::Error) | Aligned::Clash(..) => {
                self.excuse(operand);
                None
            }
        };
        for typed in items.iter_mut() {
            if let (Ty::Slot(_), Some(item)) = (typed.ty, known) {
                self.fits(typed, item);
            }
        }
        if let (Ty::Slot(slot), Some(list)) = (operand.ty, item.and_then(list_of)) {
            self.slots.bind(slot, list, operand.span());
        }
        Typed::placeholder(Ty::Known(Type::Bool), self.place(expr.span))
    }

    pub(super) fn is_empty(&mut self, operand: &Expr, negated: bool, expr: &Expr) -> Typed {
        let mut operand = self.expr(operand);
        let list = match operand.ty {
            Ty::Known(ty) => ty.is_list(),
            Ty::Slot(_) => true,
            Ty::Error => false,
        };
        if !list && !self.fits(&mut operand, Type::String) {
            return self.wrong_operand(&operand, "a string or a list", Type::String);
        }
        let operand = Box::new(operand.node);
        self.boolean(NodeKind::IsEmpty { operand, negated }, expr)
    }
}

fn list_of(item: Type) -> Option<Type> {
    item.as_scalar().map(Type::List)
}

fn too_large(span: Span) -> Diagnostic {
    let message = format!("the pattern compiles to more than {REGEX_SIZE_MAX} bytes");
    Diagnostic::error(Code::TooLarge, span, message)
}
