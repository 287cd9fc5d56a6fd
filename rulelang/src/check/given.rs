//! What a rule only names: its parameters, and lists that are kept elsewhere.
//!
//! Both are written into a copy of the tree before it is checked, each in the place of its name. So a
//! rule with values given is the rule that has them as constants, for whoever reads it after that.
//! INVARIANT: where such a constant stands, the span's text is the name, which begins with `:`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ast::{Duration, DurationUnit, Expr, ExprKind, Literal, Name, NamedList};
use crate::format::format_string;
use crate::limits::GIVEN_ITEMS_MAX;
use crate::rule::NodeKind;
use crate::time::{parse_date, parse_timestamp};
use crate::{Code, Diagnostic, Diagnostics, Schema, Span, Type, Value};

use super::context::{Checker, Ty, Typed};
use super::nearest;

/// Values by the names of the parameters that they are given for.
type Parameters = BTreeMap<String, Value>;
/// Items by the names of lists.
type Lists = BTreeMap<String, Arc<[Value]>>;

/// Puts the values of parameters in the place of their names. Those that have none stay, and are
/// reported.
pub(super) fn bind_parameters(expr: &mut Expr, schema: &Schema) -> Diagnostics {
    Binder::bind_all(expr, Some(&schema.parameters), None)
}

/// Puts the items of lists in the place of their names, as [`bind_parameters`].
pub(super) fn bind_lists(expr: &mut Expr, schema: &Schema) -> Diagnostics {
    Binder::bind_all(expr, None, Some(&schema.lists))
}

/// Writes strings as the instants that they were found to stand for; `at` is where.
pub(super) fn write_instants(expr: &mut Expr, at: &BTreeSet<Span>) {
    for child in expr.children_mut() {
        write_instants(child, at);
    }
    if let ExprKind::Literal(Literal::String(text)) = &expr.kind
        && at.contains(&expr.span)
        && let Some(value) = instant(text)
    {
        expr.kind = constant(&value, expr.span);
    }
}

/// What is not there is not bound.
struct Binder<'a> {
    parameters: Option<&'a Parameters>,
    lists: Option<&'a Lists>,
    /// Items that were put into the tree so far; more than [`GIVEN_ITEMS_MAX`] once that is reported.
    items: usize,
    errors: Diagnostics,
}

impl<'a> Binder<'a> {
    fn bind_all(
        expr: &mut Expr,
        parameters: Option<&'a Parameters>,
        lists: Option<&'a Lists>,
    ) -> Diagnostics {
        let mut binder = Self {
            parameters,
            lists,
            items: 0,
            errors: Diagnostics::default(),
        };
        binder.bind(expr);
        binder.errors
    }

    fn bind(&mut self, expr: &mut Expr) {
        if let ExprKind::In { items, .. } | ExprKind::ContainsItems { items, .. } = &mut expr.kind {
            self.splice(items);
        }
        for child in expr.children_mut() {
            self.bind(child);
        }
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Parameter(name) => {
                if let Some(value) = self.parameter(name, span)
                    && self.takes(items_of(&value), span)
                {
                    expr.kind = constant(&value, span);
                }
            }
            ExprKind::InNamed {
                operand,
                list,
                negated,
            } => {
                if let Some(items) = self.items(list) {
                    let absent = Expr {
                        kind: ExprKind::Literal(Literal::Null),
                        span,
                    };
                    expr.kind = ExprKind::In {
                        operand: Box::new(std::mem::replace(operand, absent)),
                        items,
                        negated: *negated,
                    };
                }
            }
            _ => {}
        }
    }

    /// A list that is given for an item stands for its items.
    fn splice(&mut self, items: &mut Vec<Expr>) {
        let parameters = self.parameters;
        let given = |item: &Expr| match &item.kind {
            ExprKind::Parameter(name) => match parameters?.get(name)? {
                Value::List(values) => Some(Arc::clone(values)),
                _ => None,
            },
            _ => None,
        };
        if !items.iter().any(|item| given(item).is_some()) {
            return;
        }
        for item in std::mem::take(items) {
            match given(&item) {
                Some(values) if self.takes(values.len(), item.span) => {
                    items.extend(constants(&values, item.span));
                }
                Some(_) => {}
                None => items.push(item),
            }
        }
    }

    /// Whether there is room for so many items more; that there is not is reported, once.
    fn takes(&mut self, more: usize, span: Span) -> bool {
        let was_full = self.items > GIVEN_ITEMS_MAX;
        self.items = self.items.saturating_add(more);
        if self.items > GIVEN_ITEMS_MAX && !was_full {
            let message = format!(
                "the lists named up to here have more than {GIVEN_ITEMS_MAX} items altogether; each counts every time"
            );
            let found = Diagnostic::error(Code::TooLarge, span, message);
            self.errors
                .push(found.with_help("split the rule into segments, and name those"));
        }
        self.items <= GIVEN_ITEMS_MAX
    }

    fn parameter(&mut self, name: &str, span: Span) -> Option<Value> {
        let parameters = self.parameters?;
        let value = parameters.get(name).cloned();
        if value.is_none() {
            let message = format!("the parameter `:{name}` has no value");
            let help = match nearest(name, parameters.keys().map(String::as_str)) {
                Some(nearest) => format!("did you mean `:{nearest}`?"),
                None => format!(
                    "give it one: `--param {name}=…` on the command line, \"parameters\": {{\"{name}\": …}} in JSON"
                ),
            };
            let found = Diagnostic::error(Code::UnboundParameter, span, message);
            self.errors.push(found.with_help(help));
        }
        value
    }

    /// The items of a list as constants in the place of its name.
    fn items(&mut self, list: &NamedList) -> Option<Vec<Expr>> {
        let (name, items) = match list {
            NamedList::Stored(name) => (name, self.stored(name)?),
            NamedList::Parameter(name) => match self.parameter(&name.text, name.span)? {
                Value::List(items) => (name, items),
                value => {
                    let (text, ty) = (&name.text, value.type_of());
                    let message =
                        format!("a list is wanted after IN, but `:{text}` is given as {ty}");
                    let found = Diagnostic::error(Code::TypeMismatch, name.span, message);
                    let help = format!("write `IN (:{text})`, or give it a list");
                    self.errors.push(found.with_help(help));
                    return None;
                }
            },
        };
        self.one_type(name, &items)?;
        self.takes(items.len(), name.span)
            .then(|| constants(&items, name.span).collect())
    }

    fn stored(&mut self, name: &Name) -> Option<Arc<[Value]>> {
        let lists = self.lists?;
        let items = lists.get(&name.text).cloned();
        if items.is_none() {
            let message = format!("there is no list `{}`", name.text);
            let mut found = Diagnostic::error(Code::UnknownList, name.span, message);
            let names = lists.keys().map(String::as_str);
            if let Some(nearest) = nearest(&name.text, names) {
                found = found
                    .with_help(format!("did you mean `{nearest}`?"))
                    .with_fix(name.span, format_string(nearest));
            }
            self.errors.push(found);
        }
        items
    }

    /// Reports a list whose items do not compare with each other.
    fn one_type(&mut self, name: &Name, items: &[Value]) -> Option<()> {
        let kind = |value: &Value| match value.type_of() {
            Type::Int => Type::Float,
            ty => ty,
        };
        let is_other = |(a, b): &(&Value, &Value)| kind(a) != kind(b);
        let mut pairs = items.iter().zip(items.iter().skip(1));
        let Some((a, b)) = pairs.find(is_other) else {
            return Some(());
        };
        let (a, b) = (a.type_of(), b.type_of());
        let message = format!(
            "the items of a list have one type, and those of `{}` are {a} and {b}",
            name.text
        );
        self.errors
            .push(Diagnostic::error(Code::TypeMismatch, name.span, message));
        None
    }
}

/// How many items a list has.
fn items_of(value: &Value) -> usize {
    match value {
        Value::List(items) => items.len(),
        _ => 0,
    }
}

/// Values in the place of one name.
fn constants(values: &[Value], span: Span) -> impl Iterator<Item = Expr> {
    values.iter().map(move |value| Expr {
        kind: constant(value, span),
        span,
    })
}

/// A value as it would be written in the place of a name.
fn constant(value: &Value, span: Span) -> ExprKind {
    ExprKind::Literal(match value {
        // Nobody can give an object.
        Value::Null | Value::Object(_) => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(*value),
        Value::String(text) => Literal::String(text.to_string()),
        Value::Timestamp(millis) => Literal::Timestamp(*millis),
        Value::Date(days) => Literal::Date(*days),
        Value::Duration(count) => Literal::Duration(Duration {
            count: *count,
            unit: DurationUnit::Milliseconds,
        }),
        Value::List(items) => return ExprKind::List(constants(items, span).collect()),
    })
}

impl Checker<'_> {
    /// Whether a constant was given for a parameter.
    pub(super) fn is_given(&self, typed: &Typed) -> bool {
        matches!(typed.node.kind, NodeKind::Literal(_))
            && typed.span().text(self.source).starts_with(':')
    }

    /// A string that was given for a parameter, and stands where an instant has to, is one.
    pub(super) fn given_instant(&mut self, typed: &mut Typed) {
        let NodeKind::Literal(Value::String(text)) = &typed.node.kind else {
            return;
        };
        if let Some(value) = instant(text).filter(|_| self.is_given(typed)) {
            let (ty, span) = (value.type_of(), typed.span());
            *typed = Typed::new(NodeKind::Literal(value), ty, span);
            self.given_instants.insert(span);
        }
    }

    /// As [`Checker::given_instant`], for operands beside an instant.
    pub(super) fn given_beside_instants(&mut self, operands: &mut [Typed]) {
        let is_instant = |operand: &Typed| {
            let ty = self.known(operand);
            matches!(ty, Some(Type::Timestamp | Type::Date))
        };
        if operands.iter().any(is_instant) {
            for operand in operands.iter_mut() {
                self.given_instant(operand);
            }
        }
    }

    /// A name without a value, which is reported already; but those in a computed trait.
    pub(super) fn unbound(&mut self, operand: Option<&Expr>, span: Span) -> Typed {
        self.excuse_all(operand);
        if self.traits.stack.is_empty() {
            return Typed::placeholder(Ty::Error, span);
        }
        let message = "a computed trait takes no parameters";
        self.fail(Diagnostic::error(Code::UnboundParameter, span, message))
    }
}

/// The day or the instant that a string names.
fn instant(text: &str) -> Option<Value> {
    let date = parse_date(text).map(Value::Date);
    date.or_else(|| parse_timestamp(text).map(Value::Timestamp))
}
