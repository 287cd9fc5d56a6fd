//! Calls, and those that the language computes itself: `NOW()`, `COALESCE`, `NULLIF`, `IF`,
//! `PERCENT`; `CASE`.

use crate::ast::{Expr, Name};
use crate::builtins::{self, Builtin};
use crate::rule::{Node, NodeKind};
use crate::{Code, Diagnostic, Type};

use super::align::Aligned;
use super::context::{Checker, Ty, Typed};
use super::functions::signatures;
use super::quantifiers::about_items;

/// What looks like a function and takes an event instead.
const AGGREGATES: [&str; 8] = ["COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST", "LAST", "DID"];

impl Checker<'_> {
    pub(super) fn call(&mut self, function: &Name, arguments: &[Expr], expr: &Expr) -> Typed {
        let Some(builtin) = builtins::find(&function.text) else {
            let upper = function.text.to_uppercase();
            return self.unknown_function(&upper, function, arguments);
        };
        let count = arguments.len();
        if !builtin
            .signatures
            .iter()
            .any(|signature| signature.takes(count))
        {
            return self.wrong_arguments(builtin, arguments, expr);
        }
        match (builtin.name, arguments) {
            ("NOW", []) if self.is_apart_from_now() => self.depends_on_now(expr.span),
            ("NOW", []) => Typed::new(NodeKind::Now, Type::Timestamp, self.place(expr.span)),
            ("COALESCE", _) => self.coalesce(arguments, expr),
            ("NULLIF", [first, second]) => self.null_if(first, second, expr),
            ("IF", [condition, then, otherwise]) => {
                self.branches(&[(condition, then)], Some(otherwise), expr)
            }
            ("PERCENT", [share, salt]) => self.percent([share, salt], expr),
            _ => self.function(builtin, arguments, expr),
        }
    }

    fn wrong_arguments(&mut self, builtin: &Builtin, arguments: &[Expr], expr: &Expr) -> Typed {
        self.excuse_all(arguments);
        let message = match arguments.len() {
            1 => format!("`{}` does not take one argument", builtin.name),
            count => format!("`{}` does not take {count} arguments", builtin.name),
        };
        let found = Diagnostic::error(Code::WrongArguments, expr.span, message);
        self.fail(found.with_help(signatures(builtin)))
    }

    fn unknown_function(&mut self, upper: &str, function: &Name, arguments: &[Expr]) -> Typed {
        self.excuse_all(arguments);
        let name = &function.text;
        if AGGREGATES.contains(&upper) {
            let message = format!("`{name}` takes events, not values");
            let help = match upper {
                "DID" => "as in `DID(purchase WITHIN LAST 30 DAYS)`".to_owned(),
                "COUNT" => "as in `COUNT(purchase WITHIN LAST 30 DAYS)`".to_owned(),
                _ => format!("as in `{upper}(purchase.amount WITHIN LAST 30 DAYS)`"),
            };
            let found = Diagnostic::error(Code::UnknownFunction, function.span, message);
            return self.fail(found.with_help(help));
        }
        if upper == "ANNIVERSARY" {
            let message = "`ANNIVERSARY` takes one instant and a window after it";
            let found = Diagnostic::error(Code::UnknownFunction, function.span, message);
            let help = "as in `ANNIVERSARY(birthday) WITHIN NEXT 7 DAYS IN 'Europe/Berlin'`";
            return self.fail(found.with_help(help));
        }
        let names = builtins::all().flat_map(|one| one.aliases.iter().chain([&one.name]));
        let names = names.copied();
        let message = format!("there is no function `{name}`");
        let mut found = Diagnostic::error(Code::UnknownFunction, function.span, message);
        if matches!(upper, "TODAY" | "CURRENT_DATE" | "CURDATE") {
            let help = "a day is asked for with a window, as in `signup WITHIN LAST 1 CALENDAR DAY IN 'Europe/Berlin'`; `NOW()` is the instant";
            found = found.with_help(help);
        } else if let Some(nearest) = super::nearest(name, names.chain(AGGREGATES)) {
            let help = format!("did you mean `{nearest}`?");
            found = found.with_help(help).with_fix(function.span, nearest);
        }
        self.fail(found)
    }

    /// Looks at expressions that nothing can be said about, so that their names are not reported.
    pub(super) fn excuse_all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            let typed = self.expr(expr);
            self.excuse(&typed);
        }
    }

    fn coalesce(&mut self, arguments: &[Expr], expr: &Expr) -> Typed {
        let typed: Vec<Typed> = arguments.iter().map(|arg| self.expr(arg)).collect();
        match self.one_type(typed, expr) {
            Ok((values, ty)) => self.valued(NodeKind::Coalesce(values), ty, expr),
            Err(failed) => failed,
        }
    }

    fn null_if(&mut self, first: &Expr, second: &Expr, expr: &Expr) -> Typed {
        let typed = vec![self.expr(first), self.expr(second)];
        let (values, ty) = match self.one_type(typed, expr) {
            Ok(found) => found,
            Err(failed) => return failed,
        };
        let Ok([first, second]) = <[Node; 2]>::try_from(values) else {
            return Typed::error(self.place(expr.span));
        };
        self.valued(
            NodeKind::NullIf(Box::new(first), Box::new(second)),
            ty,
            expr,
        )
    }

    pub(super) fn case(
        &mut self,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        expr: &Expr,
    ) -> Typed {
        let branches: Vec<_> = branches.iter().map(|(when, then)| (when, then)).collect();
        self.branches(&branches, otherwise, expr)
    }

    fn branches(
        &mut self,
        branches: &[(&Expr, &Expr)],
        otherwise: Option<&Expr>,
        expr: &Expr,
    ) -> Typed {
        let mut conditions = vec![];
        let mut values = vec![];
        for (condition, value) in branches {
            conditions.push(self.condition(condition));
            values.push(self.expr(value));
        }
        let null = || Typed::placeholder(Ty::Known(Type::Null), self.place(expr.span));
        let otherwise = match otherwise {
            Some(otherwise) => self.expr(otherwise),
            None => null(),
        };
        values.push(otherwise);
        let (mut values, ty) = match self.one_type(values, expr) {
            Ok(found) => found,
            Err(failed) => return failed,
        };
        let Some(otherwise) = values.pop() else {
            return Typed::error(self.place(expr.span));
        };
        let kind = NodeKind::Case {
            branches: conditions.into_iter().zip(values).collect(),
            otherwise: Box::new(otherwise),
        };
        self.valued(kind, ty, expr)
    }

    /// Values of one type, and the type; else what stands for the mistake.
    pub(super) fn one_type(
        &mut self,
        mut values: Vec<Typed>,
        expr: &Expr,
    ) -> Result<(Vec<Node>, Ty), Typed> {
        match self.unify(&mut values) {
            Aligned::As(Ty::Error) => Err(Typed::error(self.place(expr.span))),
            Aligned::As(Ty::Known(Type::Objects)) => {
                let message = format!("a {} cannot stand here", Type::Objects);
                let help = about_items("items");
                let found = Diagnostic::error(Code::TypeMismatch, expr.span, message);
                Err(self.fail(found.with_help(help)))
            }
            Aligned::As(ty) => Ok((values.into_iter().map(|value| value.node).collect(), ty)),
            Aligned::Clash(a, b) => {
                if let (Some(a), Some(b)) = (values.get(a), values.get(b)) {
                    self.clash(a, b, expr.span);
                }
                Err(Typed::error(self.place(expr.span)))
            }
        }
    }

    fn valued(&self, kind: NodeKind, ty: Ty, expr: &Expr) -> Typed {
        let place = self.place(expr.span);
        match ty {
            Ty::Known(ty) => Typed::new(kind, ty, place),
            ty => Typed::placeholder(ty, place),
        }
    }
}
