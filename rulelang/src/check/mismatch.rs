//! Two operands of types that do not go together: what to say and how to mend it.

use crate::builtins::{self, Kind};
use crate::rule::{Node, NodeKind};
use crate::time::{format_date, parse_date, parse_timestamp};
use crate::{Code, Diagnostic, Span, Type, Value};

use super::context::{Checker, Ty, Typed};
use super::quantifiers::about_items;
use crate::span::shortened;

impl Checker<'_> {
    /// Reports that `a` and `b`, operands of what stands at `span`, have types that do not
    /// compare.
    pub(super) fn clash(&mut self, a: &Typed, b: &Typed, span: Span) {
        let message = format!("{}, but {}", self.describe(a), self.describe(b));
        let mut found = Diagnostic::error(Code::TypeMismatch, span, message);
        for operand in [a, b] {
            if let Ty::Known(ty) = operand.ty {
                let label = match self.declared_by(&operand.node) {
                    Some(by) => format!("{ty}, declared by {by}"),
                    None => ty.to_string(),
                };
                found = found.with_label(operand.span(), label);
            }
        }
        let (Ty::Known(left), Ty::Known(right)) = (a.ty, b.ty) else {
            return self.report(found);
        };
        let mended = self
            .mended(a, right)
            .map(|text| (a.span(), text))
            .or_else(|| self.mended(b, left).map(|text| (b.span(), text)));
        let found = match mended {
            Some((span, text)) => found
                .with_help(format!("write `{text}`"))
                .with_fix(span, text),
            None => found.with_help(self.advice(a, b)),
        };
        self.report(found);
    }

    /// The literal that was probably meant; none where it is not the rule that names the value.
    fn mended(&self, operand: &Typed, ty: Type) -> Option<String> {
        let is_written = !self.is_given(operand);
        mended(&operand.node, ty).filter(|_| is_written)
    }

    fn advice(&self, a: &Typed, b: &Typed) -> String {
        if let Some(given) = [a, b].into_iter().find(|one| self.is_given(one)) {
            let text = given.span().text(self.source);
            return format!("`{text}` has the type of the value given for it");
        }
        let is = |ty: fn(Type) -> bool| ty(a.node.ty) || ty(b.node.ty);
        if let Some(list) = [a, b].into_iter().find(|one| one.node.ty == Type::Objects) {
            return about_items(list.span().text(self.source));
        }
        if is(|ty| matches!(ty, Type::List(_))) {
            return "ask what a list holds: `x CONTAINS ANY ('a', 'b')`".to_owned();
        }
        for operand in [a, b] {
            if let Some(by) = self.declared_by(&operand.node) {
                let text = operand.span().text(self.source);
                return format!("`{text}` is declared {} by {by}", operand.node.ty);
            }
        }
        if is(|ty| matches!(ty, Type::Timestamp | Type::Date)) {
            return "instants are written `TIMESTAMP '2026-01-31T10:00:00Z'` or `DATE '2026-01-31'`; numbers never become instants".to_owned();
        }
        let converted = [(a, b), (b, a)]
            .into_iter()
            .find_map(|(from, to)| self.converted(from, to.node.ty));
        match converted {
            Some(text) => format!("types are not converted by themselves; `{text}` does it"),
            None => "write both sides as one type".to_owned(),
        }
    }

    /// The call that makes an operand a `ty`; `None` where no function does, or of a constant,
    /// which one writes as what it is.
    fn converted(&self, operand: &Typed, ty: Type) -> Option<String> {
        if matches!(operand.node.kind, NodeKind::Literal(_)) {
            return None;
        }
        let function = match ty {
            Type::Int => "TO_INT",
            Type::Float => "TO_FLOAT",
            Type::String => "TO_STRING",
            Type::Bool => "TO_BOOL",
            Type::Timestamp => "TO_TIMESTAMP",
            Type::Date => "TO_DATE",
            Type::Null | Type::Any | Type::Duration | Type::List(_) | Type::Objects => return None,
        };
        let mut signatures = builtins::find(function)?.signatures.iter();
        let from = Kind::Is(operand.node.ty);
        let takes =
            signatures.any(|signature| signature.parameter(0).map(|one| one.kind) == Some(from));
        let text = shortened(operand.span().text(self.source));
        takes.then(|| format!("{function}({text})"))
    }

    /// Who declared the field or property of a node; of an aggregate, the property it takes.
    pub(super) fn declared_by(&self, node: &Node) -> Option<&str> {
        match &node.kind {
            NodeKind::Field(index) => {
                let field = self.fields.get(*index)?;
                Some(&self.schema.fields.get(&*field.name)?.by)
            }
            NodeKind::Property(index) => {
                let scope = self.event.as_ref()?;
                let property = scope.properties.get(*index)?;
                let key = (scope.event.to_string(), property.name.to_string());
                Some(&self.schema.properties.get(&key)?.by)
            }
            NodeKind::Aggregate(index) => {
                let aggregate = self.aggregates.get(*index)?;
                let event = aggregate.event.as_deref().unwrap_or("*").to_owned();
                let property = aggregate.properties.get(aggregate.property?)?;
                let key = (event, property.name.to_string());
                Some(&self.schema.properties.get(&key)?.by)
            }
            _ => None,
        }
    }

    /// Reports that an operand is not of the type (or one of the types) that `wanted` names.
    pub(super) fn wrong_operand(&mut self, operand: &Typed, wanted: &str, ty: Type) -> Typed {
        let message = format!("{wanted} is wanted here, but {}", self.describe(operand));
        let mut found = Diagnostic::error(Code::TypeMismatch, operand.span(), message);
        if let Some(text) = self.mended(operand, ty) {
            found = found
                .with_help(format!("write `{text}`"))
                .with_fix(operand.span(), text);
        } else if operand.node.ty == Type::Objects {
            found = found.with_help(about_items(operand.span().text(self.source)));
        } else if self.is_given(operand) {
            let text = operand.span().text(self.source);
            found = found.with_help(format!("`{text}` has the type of the value given for it"));
        } else if let Some(by) = self.declared_by(&operand.node) {
            let text = operand.span().text(self.source);
            found = found.with_help(format!("`{text}` is declared {} by {by}", operand.node.ty));
        } else if let Some(text) = self.converted(operand, ty) {
            found = found.with_help(format!("`{text}` converts it"));
        }
        self.fail(found)
    }
}

/// The literal that was probably meant where a `ty` is wanted.
fn mended(node: &Node, ty: Type) -> Option<String> {
    let NodeKind::Literal(value) = &node.kind else {
        return None;
    };
    match (value, ty) {
        (Value::String(text), Type::Int | Type::Float) => {
            let number: f64 = text.trim().parse().ok()?;
            number.is_finite().then(|| text.trim().to_owned())
        }
        (Value::String(text), Type::Bool) => match text.to_lowercase().as_str() {
            "true" => Some("TRUE".to_owned()),
            "false" => Some("FALSE".to_owned()),
            _ => None,
        },
        (Value::String(text), Type::Timestamp | Type::Date) => {
            if parse_date(text).is_some() {
                Some(format!("DATE '{text}'"))
            } else {
                let is_instant = parse_timestamp(text).is_some();
                is_instant.then(|| format!("TIMESTAMP '{text}'"))
            }
        }
        (Value::Int(number), Type::String) => Some(format!("'{number}'")),
        (Value::Float(number), Type::String) => Some(format!("'{number}'")),
        (Value::Bool(value), Type::String) => Some(format!("'{value}'")),
        (Value::Date(days), Type::String) => Some(format!("'{}'", format_date(*days))),
        (Value::Int(1), Type::Bool) => Some("TRUE".to_owned()),
        (Value::Int(0), Type::Bool) => Some("FALSE".to_owned()),
        _ => None,
    }
}
