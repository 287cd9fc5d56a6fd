//! What stands under the pointer: its type, and what it means.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use rulelang::builtins::Builtin;
use rulelang::rule::{Aggregate, AggregateFunction, Node, NodeKind};
use rulelang::{Rule, Schema, Type, english_of};

use super::document::Document;

/// What is known of what stands at a place; `None` where nothing is, or the text is no rule.
pub(super) fn at(document: &Document, schema: &Schema, at: usize) -> Option<Hover> {
    let rule = document.rule()?;
    let part = innermost(document, rule, at)?;
    let contents = HoverContents::Markup(MarkupContent {
        kind: MarkupKind::Markdown,
        value: part.told(schema),
    });
    Some(Hover {
        contents,
        range: Some(document.range(document.written(part.node.span))),
    })
}

/// An expression of a rule.
struct Part<'r> {
    rule: &'r Rule,
    node: &'r Node,
    /// In whose WHERE it stands.
    events: Option<&'r Aggregate>,
}

/// The smallest expression that a place lies in.
fn innermost<'r>(document: &Document, rule: &'r Rule, at: usize) -> Option<Part<'r>> {
    let (mut found, mut size) = (None, u32::MAX);
    let filters = rule.events().map(|it| (it.filter.as_ref(), Some(it)));
    for (root, events) in std::iter::once((Some(&rule.root), None)).chain(filters) {
        let Some(root) = root else { continue };
        root.walk(&mut |node| {
            let span = document.written(node.span);
            let is_within = (span.start as usize..=span.end as usize).contains(&at);
            // Of the same size the outer one: a computed trait's body stands where it is named.
            if is_within && span.end - span.start < size {
                found = Some(Part { rule, node, events });
                size = span.end - span.start;
            }
        });
    }
    found
}

impl Part<'_> {
    fn told(&self, schema: &Schema) -> String {
        let ty = self.node.ty;
        match &self.node.kind {
            NodeKind::Literal(_) => format!("{ty}"),
            NodeKind::Field(field) => self.field(*field, schema),
            NodeKind::Property(_) => self.named("Of the event. NULL where it is absent."),
            NodeKind::Item { .. } => {
                self.named("Of one item of the list. NULL where it is absent.")
            }
            NodeKind::Trait { name, .. } => {
                let body = schema.traits.get(&**name).map_or("", String::as_str);
                format!("`{name}`: {ty}\n\nA computed trait: `{body}`")
            }
            NodeKind::Aggregate(index) => {
                let aggregate = self.rule.aggregates.get(*index);
                aggregate.map_or_else(String::new, |it| self.aggregate(it))
            }
            NodeKind::Call { builtin, .. } => called(builtin),
            NodeKind::Quantified(it) => {
                let keyword = it.quantity.keyword();
                let form = format!("{keyword}(list, item => condition)");
                self.read(&form, "NULL where there is no list")
            }
            NodeKind::InSegment(_) => self.read("IN SEGMENT", "never NULL"),
            NodeKind::Sequence(_) => self.read("SEQUENCE", "never NULL"),
            NodeKind::Percent(_) => self.read("PERCENT", "NULL where no user's id is known"),
            NodeKind::Now => "The instant of the evaluation: timestamp".to_owned(),
            _ => format!("{ty}\n\n{}", self.reading()),
        }
    }

    /// The expression in plain English; of a condition, when it is TRUE.
    fn reading(&self) -> String {
        let reading = english_of(self.rule, self.node, self.events);
        if self.node.ty == Type::Bool {
            format!("TRUE where: {reading}")
        } else {
            reading
        }
    }

    fn read(&self, form: &str, absent: &str) -> String {
        let (ty, reading) = (self.node.ty, self.reading());
        format!("`{form}`: {ty}, {absent}\n\n{reading}")
    }

    fn field(&self, index: usize, schema: &Schema) -> String {
        let ty = self.node.ty;
        let name = self.rule.fields.get(index).map_or("", |it| &it.name);
        let by = match schema.fields.get(name) {
            Some(declared) => format!("Declared by {}.", declared.by),
            None => "Inferred from its uses.".to_owned(),
        };
        format!("`{name}`: {ty}\n\n{by} NULL where it is absent.")
    }

    fn named(&self, what: &str) -> String {
        let name = self.node.span.text(&self.rule.source);
        format!("`{name}`: {}\n\n{what}", self.node.ty)
    }

    fn aggregate(&self, aggregate: &Aggregate) -> String {
        use AggregateFunction::{Count, CountDistinct, Sum};
        let absent = match aggregate.function {
            Count | CountDistinct => "never NULL",
            Sum => "0 where there is nothing to add",
            _ => "NULL where there is no such event",
        };
        self.read(&aggregate.text, absent)
    }
}

/// The ways to call a function, and what it answers.
fn called(builtin: &Builtin) -> String {
    let signatures = builtin.signatures.iter();
    let written: Vec<_> = signatures.map(|it| it.text(builtin.name)).collect();
    format!("```\n{}\n```\n\n{}", written.join("\n"), builtin.doc)
}
