//! What an operand may begin with: names, constants, functions and forms.

use lsp_types::{CompletionItem, CompletionItemKind};
use rulelang::builtins;
use rulelang::tokens::Token;
use rulelang::{Type, format_event, format_field, format_property};

use super::entries::Entries;
use super::names::TIMESTAMP;
use super::operand::said;
use super::scope::Subject;
use super::types::{fits, kind_fits, type_of};

/// What begins a condition, outside of a WHERE too.
const CONDITIONS: &[&str] = &[
    "DID",
    "DID NOT",
    "IN SEGMENT",
    "NOT IN SEGMENT",
    "ANNIVERSARY",
];
/// What takes events, and the type of its value where that is always the same.
const AGGREGATES: &[(&str, Option<Type>)] = &[
    ("COUNT", Some(Type::Int)),
    ("COUNT DISTINCT", Some(Type::Int)),
    ("SUM", Some(Type::Float)),
    ("AVG", Some(Type::Float)),
    ("MIN", None),
    ("MAX", None),
    ("FIRST", None),
    ("LAST", None),
];
/// What takes a list, and asks a condition of its items.
const QUANTIFIERS: &[(&str, Option<Type>)] = &[
    ("ANY", Some(Type::Bool)),
    ("ALL", Some(Type::Bool)),
    ("NONE", Some(Type::Bool)),
    ("COUNT_IF", Some(Type::Int)),
];

impl Entries<'_> {
    pub(super) fn condition(&self) -> Vec<CompletionItem> {
        let mut items = self.operands(None);
        items.extend(self.words(&["NOT", "EXISTS"]));
        if self.scope.event.is_none() {
            items.extend(self.words(CONDITIONS));
            items.push(self.word.aggregate("SEQUENCE"));
        }
        items
    }

    pub(super) fn value(&self, operand: &[Token<'_>]) -> Vec<CompletionItem> {
        let ty = type_of(operand, &self.scope, &self.names);
        let expected = match ty {
            // What is asked of a list is asked of its items.
            Some(Type::List(item)) => Some(item.as_type()),
            ty => ty,
        };
        let mut items = self.constants(operand);
        items.extend(self.operands(expected));
        if let [name] = operand {
            items.retain(|it| it.label != name.text);
        }
        if said(self.tokens, 0) == "CONTAINS" && ty != Some(Type::String) {
            items.extend(self.words(&["ANY", "ALL", "NONE"]));
        }
        items
    }

    /// What an operand may begin with, of a type that fits.
    fn operands(&self, expected: Option<Type>) -> Vec<CompletionItem> {
        let mut items = self.named(expected);
        let parameters = self.schema.parameters.keys();
        items.extend(parameters.map(|it| {
            self.word
                .item(&format!(":{it}"), CompletionItemKind::CONSTANT, None)
        }));
        if fits(expected, Some(Type::Bool)) {
            items.extend(self.words(&["TRUE", "FALSE"]));
        }
        if fits(expected, Some(Type::Timestamp)) {
            items.extend(self.words(&["TIMESTAMP", "DATE"]));
        }
        items.extend(self.words(&["CASE"]));
        let fitting = |forms: &'static [(&'static str, Option<Type>)]| {
            forms.iter().filter(move |it| fits(expected, it.1))
        };
        if self.scope.event.is_none() {
            items.extend(fitting(AGGREGATES).map(|it| self.word.aggregate(it.0)));
        }
        items.extend(fitting(QUANTIFIERS).map(|it| self.word.quantifier(it.0)));
        let functions = builtins::all().filter(|it| {
            let mut signatures = it.signatures.iter();
            signatures.any(|one| kind_fits(expected, one.result))
        });
        items.extend(functions.map(|it| self.word.function(it)));
        items
    }

    /// The names that hold here, of a type that fits.
    pub(super) fn named(&self, expected: Option<Type>) -> Vec<CompletionItem> {
        let fitting = self
            .names
            .typed
            .iter()
            .filter(|(_, ty)| fits(expected, **ty));
        let mut items: Vec<_> = fitting
            .filter_map(|(subject, ty)| match (subject, &self.scope.event) {
                (Subject::Field(name), None) => Some(self.field(name, *ty)),
                (Subject::Property(event, name), Some(of)) if event == of && name != TIMESTAMP => {
                    let (name, detail) = (format_field(name), detail(*ty, "property"));
                    let kind = CompletionItemKind::PROPERTY;
                    Some(self.word.item(&name, kind, Some(detail)))
                }
                _ => None,
            })
            .collect();
        let of_items = self.scope.items.iter().map(|(item, list)| {
            let detail = format!("item of {list}");
            self.word
                .item(item, CompletionItemKind::VARIABLE, Some(detail))
        });
        items.extend(of_items);
        if self.scope.event.is_some() && fits(expected, Some(Type::Timestamp)) {
            let (kind, ty) = (CompletionItemKind::PROPERTY, Type::Timestamp.to_string());
            items.push(self.word.item(TIMESTAMP, kind, Some(ty)));
        }
        items
    }

    fn field(&self, name: &str, ty: Option<Type>) -> CompletionItem {
        let (kind, detail) = match self.schema.traits.get(name) {
            Some(body) => (CompletionItemKind::CONSTANT, format!("= {body}")),
            None => (CompletionItemKind::FIELD, detail(ty, "field")),
        };
        self.word.item(&format_field(name), kind, Some(detail))
    }

    pub(super) fn members(&self, list: &str) -> Vec<CompletionItem> {
        let members = self.names.typed.iter();
        members
            .filter_map(|(subject, ty)| match subject {
                Subject::Member(of, name) if of == list => {
                    let detail = detail(*ty, "member");
                    let name = behind_dot(name);
                    Some(
                        self.step
                            .item(&name, CompletionItemKind::PROPERTY, Some(detail)),
                    )
                }
                _ => None,
            })
            .collect()
    }

    /// The properties of an event, behind its dot.
    pub(super) fn properties(&self, event: &str) -> Vec<CompletionItem> {
        let known = self.names.typed.iter();
        let known = known.filter_map(|(subject, ty)| match subject {
            Subject::Property(of, name) if of == event && name != TIMESTAMP => {
                Some((behind_dot(name), *ty))
            }
            _ => None,
        });
        let timestamp = (TIMESTAMP.to_owned(), Some(Type::Timestamp));
        let all = known.chain([timestamp]);
        all.map(|(name, ty)| {
            let detail = Some(detail(ty, "property"));
            self.step.item(&name, CompletionItemKind::PROPERTY, detail)
        })
        .collect()
    }

    pub(super) fn events(&self) -> Vec<CompletionItem> {
        let kind = CompletionItemKind::EVENT;
        let any = self.word.item("*", kind, Some("any event".to_owned()));
        let events = self.names.events.iter();
        let events = events.map(|it| {
            self.word
                .item(&format_event(it), kind, Some("event".to_owned()))
        });
        let mut items: Vec<_> = events.chain([any]).collect();
        let may_be_absent = matches!(&*said(self.tokens, 0), "DID" | "THEN");
        items.extend(self.words(if may_be_absent { &["NOT"] } else { &[] }));
        items
    }

    /// The constants that an operand is compared with elsewhere.
    pub(super) fn constants(&self, operand: &[Token<'_>]) -> Vec<CompletionItem> {
        let path = match operand {
            [path] => self.scope.subject(path.text),
            _ => None,
        };
        let constants = path.and_then(|it| self.names.constants.get(&it));
        let constants = constants.into_iter().flatten();
        constants.filter_map(|it| self.word.constant(it)).collect()
    }
}

/// A path as it is written behind the dot of another.
fn behind_dot(name: &str) -> String {
    let path = format_property("_", name);
    path.strip_prefix("_.").unwrap_or(&path).to_owned()
}

fn detail(ty: Option<Type>, what: &str) -> String {
    ty.map_or_else(|| what.to_owned(), |it| it.to_string())
}
