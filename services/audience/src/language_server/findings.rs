//! What is wrong with a document, and the changes that mend it.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, Location, NumberOrString, Range, TextEdit, Uri, WorkspaceEdit,
};
use rulelang::{Diagnostic as Finding, Fix, Severity};

use super::document::Document;

/// All that was found.
pub(super) fn diagnostics(document: &Document, uri: &Uri) -> Vec<Diagnostic> {
    let found = document.found.iter();
    found.map(|it| diagnostic(document, uri, it)).collect()
}

/// The changes that mend what was found in a range.
pub(super) fn fixes(document: &Document, uri: &Uri, range: Range) -> Vec<CodeActionOrCommand> {
    // In the JSON form nothing is mended: a fix is a change of the text that the JSON stands for.
    let found = document.found.iter().filter(|_| document.is_text());
    let fixes = found.filter_map(|it| Some((diagnostic(document, uri, it), it.fix.as_ref()?)));
    let touched =
        fixes.filter(|(it, _)| it.range.start <= range.end && range.start <= it.range.end);
    let actions = touched.map(|(found, fix)| action(document, uri, found, fix));
    actions.map(CodeActionOrCommand::from).collect()
}

fn diagnostic(document: &Document, uri: &Uri, found: &Finding) -> Diagnostic {
    let mut message = found.message.clone();
    if let Some(help) = &found.help {
        message = format!("{message}\nhelp: {help}");
    }
    let labels = found.labels.iter().map(|(span, text)| {
        let location = Location::new(uri.clone(), document.range(document.written(*span)));
        DiagnosticRelatedInformation {
            location,
            message: text.clone(),
        }
    });
    Diagnostic {
        range: document.range(document.place(found)),
        severity: Some(match found.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.to_string())),
        source: Some("audience".to_owned()),
        message,
        related_information: (!found.labels.is_empty()).then(|| labels.collect()),
        ..Diagnostic::default()
    }
}

#[expect(clippy::mutable_key_type, reason = "the protocol's types have it so")]
fn action(document: &Document, uri: &Uri, found: Diagnostic, fix: &Fix) -> CodeAction {
    let title = match (fix.span.text(&document.text), fix.replacement.as_str()) {
        ("", replacement) => format!("insert `{replacement}`"),
        (text, "") => format!("remove `{text}`"),
        (text, replacement) => format!("replace `{text}` by `{replacement}`"),
    };
    let edit = TextEdit::new(document.range(fix.span), fix.replacement.clone());
    let changes = HashMap::from([(uri.clone(), vec![edit])]);
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![found]),
        edit: Some(WorkspaceEdit::new(changes)),
        is_preferred: Some(true),
        ..CodeAction::default()
    }
}
