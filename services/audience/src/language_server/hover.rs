//! What stands under the pointer: its type, and what it comes to.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use rulelang::rule::{Node, NodeKind};
use rulelang::{Rule, Schema};

use super::document::Document;

/// What is known of what stands at a place; `None` where nothing is, or the text is no rule.
pub(super) fn at(document: &Document, schema: &Schema, at: usize) -> Option<Hover> {
    let rule = document.rule()?;
    let node = innermost(&rule.root, at)?;
    let contents = HoverContents::Markup(MarkupContent {
        kind: MarkupKind::Markdown,
        value: told(rule, node, schema),
    });
    Some(Hover {
        contents,
        range: Some(document.range(node.span)),
    })
}

/// The smallest node that a place lies in.
fn innermost(root: &Node, at: usize) -> Option<&Node> {
    let (mut found, mut size) = (None, u32::MAX);
    root.walk(&mut |node| {
        let (start, end) = (node.span.start, node.span.end);
        let is_within = (start as usize..=end as usize).contains(&at);
        // Of the same size the outer one: a computed trait's body stands where it is named.
        if is_within && end - start < size {
            (found, size) = (Some(node), end - start);
        }
    });
    found
}

fn told(rule: &Rule, node: &Node, schema: &Schema) -> String {
    let ty = node.ty;
    match &node.kind {
        NodeKind::Field(field) => {
            let name = rule.fields.get(*field).map_or("", |it| &it.name);
            let by = schema
                .fields
                .get(name)
                .map(|it| format!("\n\nDeclared by {}.", it.by));
            let by = by.unwrap_or_else(|| "\n\nInferred from its uses.".to_owned());
            format!("`{name}`: {ty}{by} NULL where it is absent.")
        }
        NodeKind::Trait { name, .. } => {
            let body = schema.traits.get(&**name).map_or("", String::as_str);
            format!("`{name}`: {ty}\n\nA computed trait: `{body}`")
        }
        NodeKind::Aggregate(aggregate) => {
            let aggregate = rule.aggregates.get(*aggregate);
            format!("`{}`: {ty}", aggregate.map_or("", |it| &it.text))
        }
        NodeKind::Sequence(sequence) => {
            let sequence = rule.sequences.get(*sequence);
            let text = sequence.map_or("", |it| &it.text);
            format!("`{text}`: {ty}, never NULL")
        }
        NodeKind::InSegment(segment) => {
            let name = rule.segments.get(*segment).map_or("", String::as_str);
            format!("Whether the user is a member of segment `{name}`: {ty}, never NULL")
        }
        NodeKind::Call { builtin, .. } => {
            let signatures = builtin.signatures.iter();
            let written: Vec<_> = signatures.map(|it| it.text(builtin.name)).collect();
            format!("```\n{}\n```\n\n{}", written.join("\n"), builtin.doc)
        }
        NodeKind::Item { .. } => {
            let name = node.span.text(&rule.source);
            format!("`{name}`: {ty}\n\nOf one item of the list. NULL where it is absent.")
        }
        NodeKind::Quantified(it) => {
            let keyword = it.quantity.keyword();
            format!("`{keyword}(list, item => condition)`: {ty}, NULL where there is no list")
        }
        NodeKind::Now => "The instant of the evaluation: timestamp".to_owned(),
        _ => format!("{ty}"),
    }
}
