//! Names: a computed trait, else a declared field, else (in an open schema) an undeclared one.
//! Within a WHERE a name is a property of the event and nothing else.

use std::rc::Rc;
use std::sync::Arc;

use crate::ast::Expr;
use crate::format::format_field;
use crate::rule::{Field, NodeKind, Property};
use crate::schema::Untyped;
use crate::{Code, Diagnostic, Span, Type};

use super::context::{Checker, Ty, Typed};
use super::slots::{Resolved, SlotKey};

/// The event's own timestamp, whatever its properties say.
const TIMESTAMP: &str = "timestamp";

impl Checker<'_> {
    /// The value that a name stands for.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Typed {
        if let Some(item) = self.item(name, span) {
            return item;
        }
        if self.event.is_some() {
            let place = self.place(span);
            return match self.property(name, span, Some(place)) {
                (Ty::Known(ty), index) => Typed::new(NodeKind::Property(index), ty, place),
                (ty, _) => Typed::placeholder(ty, place),
            };
        }
        if self.schema.traits.contains_key(name) {
            return self.computed_trait(name, span);
        }
        let place = self.place(span);
        if let Some(declared) = self.schema.fields.get(name) {
            return self.field(name, declared.ty, place);
        }
        if let Some(refused) = self.broadcast(name, span, Self::field_type) {
            return refused;
        }
        if !self.schema.open {
            return self.unknown_field(name, span);
        }
        let key = SlotKey::Field(name.into());
        if self.is_learning() {
            let slot = self.slots.intern(key, Some(place));
            return Typed::placeholder(Ty::Slot(slot), place);
        }
        match self.slots.resolved(&key) {
            Resolved::Known(ty) => {
                if !self.field_index.contains_key(name) {
                    self.warn_of_letter_case(name, place);
                }
                self.field(name, ty, place)
            }
            Resolved::AlwaysNull => Typed::placeholder(Ty::Known(Type::Null), place),
            Resolved::Error => Typed::error(place),
        }
    }

    /// The type of a field that is declared or was learnt.
    fn field_type(&self, name: &str) -> Option<Type> {
        match self.schema.fields.get(name) {
            Some(declared) => Some(declared.ty),
            None => self.slots.learnt(&SlotKey::Field(name.into())),
        }
    }

    /// The type of a property of the event in scope that is declared or was learnt.
    fn property_type(&self, name: &str) -> Option<Type> {
        let event = &self.event.as_ref()?.event;
        let key = (event.to_string(), name.to_owned());
        match self.schema.properties.get(&key) {
            Some(declared) => Some(declared.ty),
            None => self
                .slots
                .learnt(&SlotKey::Property(event.clone(), name.into())),
        }
    }

    fn field(&mut self, name: &str, ty: Type, place: Span) -> Typed {
        if self.is_learning() {
            return Typed::new(NodeKind::Field(0), ty, place);
        }
        let known = self.field_index.get(name).copied();
        let index = known.unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            self.field_index.insert(name.clone(), self.fields.len());
            self.fields.push(Field { name, ty });
            self.fields.len() - 1
        });
        Typed::new(NodeKind::Field(index), ty, place)
    }

    /// Warns of a name, nowhere declared and read for the first time, that is a declared one but for
    /// letter case.
    fn warn_of_letter_case(&mut self, name: &str, place: Span) {
        let is_bound = matches!(&self.schema.untyped, Untyped::FromBindings(known) if known.contains_key(name));
        let mut known = self.schema.fields.keys().chain(self.schema.traits.keys());
        let same = known.find(|known| known.eq_ignore_ascii_case(name));
        let Some(same) = same.filter(|_| !is_bound) else {
            return;
        };
        let message = format!("nobody declared `{name}`, but there is `{same}`");
        let mut found = Diagnostic::warning(Code::LetterCase, place, message)
            .with_help(format!("did you mean `{same}`?"));
        if self.traits.stack.is_empty() {
            found = found.with_fix(place, format_field(same));
        }
        self.warnings.push(found);
    }

    fn unknown_field(&mut self, name: &str, span: Span) -> Typed {
        let known = self.schema.fields.keys().chain(self.schema.traits.keys());
        let nearest = super::nearest(name, known.map(String::as_str));
        let message = format!("there is no field `{name}`");
        let mut found = Diagnostic::error(Code::UnknownField, span, message);
        if let Some(nearest) = nearest {
            found = found
                .with_help(format!("did you mean `{nearest}`?"))
                .with_fix(span, format_field(nearest));
        }
        self.fail(found)
    }

    /// The type of a property of the event in scope and its index there; `needed_at` is where its
    /// type is needed.
    pub(super) fn property(
        &mut self,
        name: &str,
        span: Span,
        needed_at: Option<Span>,
    ) -> (Ty, usize) {
        let Some(scope) = &self.event else {
            return (Ty::Error, 0);
        };
        let event = scope.event.clone();
        let key = (event.to_string(), name.to_owned());
        let ty = if name == TIMESTAMP {
            Ty::Known(Type::Timestamp)
        } else if let Some(declared) = self.schema.properties.get(&key) {
            Ty::Known(declared.ty)
        } else if self.broadcast(name, span, Self::property_type).is_some() {
            Ty::Error
        } else if !self.schema.open {
            self.unknown_property(name, &event, span);
            Ty::Error
        } else {
            let key = SlotKey::Property(event, name.into());
            if self.is_learning() {
                Ty::Slot(self.slots.intern(key, needed_at))
            } else {
                match self.slots.resolved(&key) {
                    Resolved::Known(ty) => Ty::Known(ty),
                    Resolved::AlwaysNull | Resolved::Error => Ty::Error,
                }
            }
        };
        let index = match (ty, &mut self.event) {
            (Ty::Known(ty), Some(scope)) => {
                let known = &mut scope.properties;
                let position = known.iter().position(|property| &*property.name == name);
                position.unwrap_or_else(|| {
                    let name = name.into();
                    known.push(Property { name, ty });
                    known.len() - 1
                })
            }
            _ => 0,
        };
        (ty, index)
    }

    fn unknown_property(&mut self, name: &str, event: &str, span: Span) {
        let known = self.schema.properties.keys();
        let known = known.filter_map(|(of, name)| (of == event).then_some(name.as_str()));
        let nearest = super::nearest(name, known);
        let message = format!("the event `{event}` has no property `{name}`");
        let mut found = Diagnostic::error(Code::UnknownField, span, message);
        if let Some(nearest) = nearest {
            found = found.with_help(format!("did you mean `{nearest}`?"));
        }
        self.report(found);
    }

    /// A computed trait: its body, checked where it is named.
    fn computed_trait(&mut self, name: &str, span: Span) -> Typed {
        let outermost = self.traits.stack.is_empty();
        if self.traits.stack.iter().any(|open| open == name) {
            let mut cycle = self.traits.stack.join("` → `");
            if let Some(start) = self.traits.stack.iter().position(|open| open == name) {
                cycle = self.traits.stack.get(start..).unwrap_or(&[]).join("` → `");
            }
            let message = format!("it refers to itself: `{cycle}` → `{name}`");
            return self.fail(Diagnostic::error(Code::BadTrait, span, message));
        }
        let body = match self.trait_body(name) {
            Ok(body) => body,
            Err(why) if outermost => return self.bad_trait(name, span, &why),
            Err(why) => {
                let message = format!("`{name}` does not parse: {why}");
                return self.fail(Diagnostic::error(Code::BadTrait, span, message));
            }
        };
        let place = self.place(span);
        self.traits.stack.push(name.to_owned());
        self.traits.place = Some(place);
        let hidden = self.quantifiers.hide();
        let body = self.expr(&body);
        self.quantifiers.show(hidden);
        self.traits.stack.pop();
        if outermost {
            self.traits.place = None;
            if let Some(why) = self.traits.broken.take() {
                return self.bad_trait(name, span, &why);
            }
        }
        let Ty::Known(ty) = body.ty else {
            return body;
        };
        let kind = NodeKind::Trait {
            name: name.into(),
            body: Box::new(body.node),
        };
        Typed::new(kind, ty, place)
    }

    fn trait_body(&mut self, name: &str) -> Result<Rc<Expr>, String> {
        if let Some(parsed) = self.traits.parsed.get(name) {
            return parsed.clone();
        }
        let text = self.schema.traits.get(name).map_or("", String::as_str);
        let parsed = crate::parse(text).and_then(|mut body| {
            let found = super::given::bind_lists(&mut body, self.schema);
            if found.is_empty() {
                Ok(Rc::new(body))
            } else {
                Err(found)
            }
        });
        let parsed = parsed.map_err(|found| {
            let first = found.iter().next();
            first.map_or_else(String::new, |first| first.message.clone())
        });
        self.traits.parsed.insert(name.to_owned(), parsed.clone());
        parsed
    }

    fn bad_trait(&mut self, name: &str, span: Span, why: &str) -> Typed {
        if !self.is_learning() && !self.traits.reported.insert(name.to_owned()) {
            return Typed::error(span);
        }
        let message = format!("the computed trait `{name}` is broken: {why}");
        self.fail(Diagnostic::error(Code::BadTrait, span, message))
    }
}
