//! Calls of functions, by their data sheets: which signature is meant, what that says of undeclared
//! names, and what the call's type is.

use crate::ast::Expr;
use crate::builtins::{Builtin, Kind, Signature};
use crate::calendar::Zone;
use crate::limits::FOLDED_BYTES_MAX;
use crate::rule::NodeKind;
use crate::{Code, Diagnostic, Scalar, Type, Value};

use super::align::{Aligned, adapt_literal, widen};
use super::context::{Checker, Ty, Typed};

/// Whether a parameter takes a type.
type Takes = fn(Kind, Type) -> bool;

impl Checker<'_> {
    /// A call with a number of arguments that some signature takes.
    pub(super) fn function(
        &mut self,
        builtin: &'static Builtin,
        arguments: &[Expr],
        expr: &Expr,
    ) -> Typed {
        let mut typed: Vec<Typed> = arguments
            .iter()
            .map(|argument| self.expr(argument))
            .collect();
        let is_spoilt = typed.iter().any(Typed::is_error);
        let fitting = self.signature(builtin, &typed);
        // What is wrong with one argument is not so with the names beside it.
        let mut callable = callable(builtin, typed.len());
        let Some(signature) = fitting.or_else(|| callable.next()) else {
            return Typed::error(self.place(expr.span));
        };
        for (index, argument) in typed.iter_mut().enumerate() {
            self.settle_argument(builtin, signature, index, argument);
        }
        if is_spoilt || fitting.is_none() {
            for argument in &typed {
                self.excuse(argument);
            }
        }
        if fitting.is_none() {
            return self.misfit(builtin, &typed, expr);
        }
        let common = self.settle_alike(signature, &mut typed, expr);
        let Some(common) = common.filter(|_| !is_spoilt) else {
            return Typed::error(self.place(expr.span));
        };
        if !self.names_are_constant(signature, &typed) {
            return Typed::error(self.place(expr.span));
        }
        match self.result(signature, &typed, common) {
            Ty::Known(ty) => self.called(builtin, typed, ty, expr),
            ty => Typed::placeholder(ty, self.place(expr.span)),
        }
    }

    /// The first signature whose types are those of the arguments, else the first to whose types
    /// they can be widened. What has no type yet fits anywhere.
    fn signature(&self, builtin: &'static Builtin, typed: &[Typed]) -> Option<&'static Signature> {
        let fitting = |takes: Takes| {
            let mut callable = callable(builtin, typed.len());
            callable.find(|signature| self.first_misfit(signature, typed, takes).is_none())
        };
        fitting(takes_exactly).or_else(|| fitting(takes))
    }

    /// The first argument that a signature does not take, and what it wants there.
    fn first_misfit<'t>(
        &self,
        signature: &Signature,
        typed: &'t [Typed],
        takes: Takes,
    ) -> Option<(&'t Typed, Kind)> {
        typed.iter().enumerate().find_map(|(index, argument)| {
            let kind = signature.parameter(index)?.kind;
            let fits = match self.known(argument) {
                None | Some(Type::Null) => true,
                Some(ty) => takes(kind, ty),
            };
            (!fits).then_some((argument, kind))
        })
    }

    fn misfit(&mut self, builtin: &'static Builtin, typed: &[Typed], expr: &Expr) -> Typed {
        let mut candidates = callable(builtin, typed.len());
        if let (Some(only), None) = (candidates.next(), candidates.next())
            && let Some((argument, kind)) = self.first_misfit(only, typed, takes)
        {
            let ty = match kind {
                Kind::Is(ty) => ty,
                Kind::Word(_) | Kind::Zone => Type::String,
                _ => Type::Float,
            };
            return self.wrong_operand(argument, &wanted(kind), ty);
        }
        let types: Vec<String> = typed
            .iter()
            .map(|argument| self.describe(argument))
            .collect();
        let message = format!(
            "`{}` does not take these: {}",
            builtin.name,
            types.join(", ")
        );
        let found = Diagnostic::error(Code::TypeMismatch, expr.span, message);
        self.fail(found.with_help(signatures(builtin)))
    }

    /// Gives an argument of a fixed type that type, and says of a name what the parameter says.
    fn settle_argument(
        &mut self,
        builtin: &'static Builtin,
        signature: &Signature,
        index: usize,
        argument: &mut Typed,
    ) {
        let kind_of = |signature: &Signature| signature.parameter(index).map(|one| one.kind);
        let Some(kind) = kind_of(signature) else {
            return;
        };
        let mut kinds = builtin.signatures.iter().filter_map(kind_of);
        let is_only = kinds.all(|other| other == kind);
        let mut kinds = builtin.signatures.iter().filter_map(kind_of);
        let takes_lists = kinds.any(|other| matches!(other, Kind::List | Kind::Numbers));
        let span = argument.span();
        match (argument.ty, usual(kind)) {
            (Ty::Slot(slot), Some(Type::Timestamp)) if is_only => {
                self.slots.suppose(slot, Type::Timestamp, span);
            }
            (Ty::Slot(slot), Some(ty @ Type::List(_))) => self.slots.prefer(slot, ty, span),
            (Ty::Slot(slot), Some(ty)) if !is_only => {
                self.slots.prefer(slot, ty, span);
                if takes_lists {
                    self.slots.text_or_list(slot, span);
                }
            }
            (Ty::Slot(slot), Some(ty)) => self.slots.bind(slot, ty, span),
            (Ty::Known(Type::Null), Some(ty)) => argument.become_null(ty),
            (Ty::Known(_), _) => {
                if let Kind::Is(ty @ (Type::Float | Type::Timestamp)) = kind {
                    adapt_literal(argument, ty);
                    widen(argument, ty);
                }
            }
            _ => {}
        }
    }

    /// Makes the arguments that are to be alike of one type, which is the answer; [`Ty::Error`]
    /// where there are none. `None` after a mistake.
    fn settle_alike(
        &mut self,
        signature: &Signature,
        typed: &mut [Typed],
        expr: &Expr,
    ) -> Option<Ty> {
        let kind_of = |index| signature.parameter(index).map(|one| one.kind);
        let of = |wanted: &[Kind]| -> Vec<usize> {
            let is_alike = |index: &usize| kind_of(*index).is_some_and(|it| wanted.contains(&it));
            (0..typed.len()).filter(is_alike).collect()
        };
        let mut places = of(&[Kind::Number, Kind::Scalar]);
        if places.is_empty() {
            places = of(&[Kind::List]);
            if places.len() < 2 {
                return Some(Ty::Error);
            }
        }
        let place = self.place(expr.span);
        let mut alike: Vec<Typed> = vec![];
        for index in &places {
            let argument = typed.get_mut(*index)?;
            alike.push(std::mem::replace(argument, Typed::error(place)));
        }
        let aligned = self.unify(&mut alike);
        if let Aligned::Clash(a, b) = aligned {
            self.clash(alike.get(a)?, alike.get(b)?, expr.span);
        }
        for (index, argument) in places.iter().zip(alike) {
            *typed.get_mut(*index)? = argument;
        }
        match aligned {
            Aligned::As(Ty::Error) | Aligned::Clash(..) => None,
            Aligned::As(ty) => Some(ty),
        }
    }

    /// A unit and a zone are known when the rule is saved, so a wrong one is told then.
    fn names_are_constant(&mut self, signature: &Signature, typed: &[Typed]) -> bool {
        if self.is_learning() {
            return true;
        }
        for (index, argument) in typed.iter().enumerate() {
            let kind = signature.parameter(index).map(|parameter| parameter.kind);
            let Some(kind) = kind.filter(|kind| kind.is_named()) else {
                continue;
            };
            let text = match &argument.node.kind {
                NodeKind::Literal(Value::String(text)) => Some(&**text),
                _ => None,
            };
            if !text.is_some_and(|text| kind.has_name(text)) {
                let message = match kind {
                    Kind::Zone => "the name of a time zone is wanted here",
                    _ => "one of a few constants is wanted here",
                };
                let found = Diagnostic::error(Code::NotConstant, argument.span(), message);
                self.report(found.with_help(names(kind, text)));
                return false;
            }
        }
        true
    }

    fn result(&self, signature: &Signature, typed: &[Typed], common: Ty) -> Ty {
        let list = || {
            let is_list = |index: usize| {
                let kind = signature.parameter(index).map(|one| one.kind);
                matches!(kind, Some(Kind::List | Kind::Numbers))
            };
            let place = (0..typed.len()).find(|index| is_list(*index));
            place.and_then(|index| self.known(typed.get(index)?))
        };
        match signature.result {
            Kind::Is(ty) => Ty::Known(ty),
            Kind::Scalar => common,
            // A number whatever else is said of the names in it.
            Kind::Number => match common {
                Ty::Slot(slot) => Ty::Known(self.slots.known(slot).unwrap_or(Type::Float)),
                common => common,
            },
            Kind::List | Kind::Numbers => Ty::Known(list().unwrap_or(Type::List(Scalar::String))),
            Kind::Item => match list() {
                Some(Type::List(item)) => Ty::Known(item.as_type()),
                _ => Ty::Known(Type::String),
            },
            Kind::Word(_) | Kind::Zone => Ty::Known(Type::String),
        }
    }

    /// The node of a call; of constants, what it comes to, as long as that does not grow too large.
    fn called(
        &mut self,
        builtin: &'static Builtin,
        typed: Vec<Typed>,
        ty: Type,
        expr: &Expr,
    ) -> Typed {
        let kind = self.folded(builtin, &typed, ty);
        let kind = kind.unwrap_or_else(|| NodeKind::Call {
            builtin,
            arguments: typed.into_iter().map(|argument| argument.node).collect(),
        });
        Typed::new(kind, ty, self.place(expr.span))
    }

    fn folded(&mut self, builtin: &Builtin, typed: &[Typed], ty: Type) -> Option<NodeKind> {
        if self.is_learning() || self.folded > FOLDED_BYTES_MAX {
            return None;
        }
        let constant = |argument: &Typed| match &argument.node.kind {
            NodeKind::Literal(value) => Some(value.clone()),
            _ => None,
        };
        let constants: Vec<Value> = typed.iter().map(constant).collect::<Option<_>>()?;
        let value = builtin.call(&constants, ty);
        self.folded += bytes(&value);
        Some(NodeKind::Literal(value))
    }
}

/// About the memory that a value takes.
fn bytes(value: &Value) -> usize {
    let owned = match value {
        Value::String(text) => text.len(),
        Value::List(items) => items.iter().map(bytes).sum(),
        _ => 0,
    };
    size_of::<Value>() + owned
}

/// The signatures that take so many arguments.
fn callable(
    builtin: &'static Builtin,
    arguments: usize,
) -> impl Iterator<Item = &'static Signature> {
    let signatures = builtin.signatures.iter();
    signatures.filter(move |signature| signature.takes(arguments))
}

/// All ways to call a function, for a message.
pub(super) fn signatures(builtin: &Builtin) -> String {
    let texts = builtin
        .signatures
        .iter()
        .map(|signature| signature.text(builtin.name));
    let texts: Vec<String> = texts.map(|text| format!("`{text}`")).collect();
    format!("it is {}", texts.join(" or "))
}

fn takes_exactly(kind: Kind, ty: Type) -> bool {
    match kind {
        Kind::Is(wanted) => wanted == ty,
        Kind::Number => ty.is_numeric(),
        Kind::Scalar => ty.as_scalar().is_some(),
        Kind::List => matches!(ty, Type::List(_)),
        Kind::Numbers => matches!(ty, Type::List(Scalar::Int | Scalar::Float)),
        Kind::Word(_) | Kind::Zone => ty == Type::String,
        Kind::Item => false,
    }
}

fn takes(kind: Kind, ty: Type) -> bool {
    let widens = matches!(
        (kind, ty),
        (Kind::Is(Type::Float), Type::Int) | (Kind::Is(Type::Timestamp), Type::Date)
    );
    widens || takes_exactly(kind, ty)
}

/// The type of an undeclared name, or of NULL, where such an argument stands.
fn usual(kind: Kind) -> Option<Type> {
    match kind {
        Kind::Is(ty) => Some(ty),
        Kind::Number => Some(Type::Float),
        Kind::List => Some(Type::List(Scalar::String)),
        Kind::Numbers => Some(Type::List(Scalar::Float)),
        Kind::Word(_) | Kind::Zone => Some(Type::String),
        Kind::Scalar | Kind::Item => None,
    }
}

/// What to write where a constant is wanted.
fn names(kind: Kind, text: Option<&str>) -> String {
    match kind {
        Kind::Word(words) => format!("write `'{}'`", words.join("'`, `'")),
        _ => match super::nearest(text.unwrap_or_default(), Zone::names()) {
            Some(nearest) => format!("did you mean `'{nearest}'`?"),
            None => "zones have names such as `'Europe/Berlin'`".to_owned(),
        },
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Is(ty @ Type::Int) => format!("an {ty}"),
        Kind::Is(ty) => format!("a {ty}"),
        Kind::Number => "a number".to_owned(),
        Kind::Scalar => "a single value".to_owned(),
        Kind::List => "a list".to_owned(),
        Kind::Numbers => "a list of numbers".to_owned(),
        Kind::Word(_) | Kind::Zone | Kind::Item => "a constant string".to_owned(),
    }
}
