//! What may be asked of an open document.

use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{CodeActionRequest, Completion, Formatting, HoverRequest, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability,
    CompletionOptions, CompletionParams, DocumentFormattingParams, HoverParams,
    HoverProviderCapability, InitializeResult, OneOf, ServerCapabilities, ServerInfo,
    TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextEdit, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::document::Document;
use super::{LanguageServer, answered, completion, findings, hover, refused};

/// What the server can do.
pub(super) fn initialized() -> InitializeResult {
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
        ..CodeActionOptions::default()
    };
    let completion = CompletionOptions {
        // Within the name of a field or a segment.
        trigger_characters: Some([".", "'", "\"", "`"].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let capabilities = ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        completion_provider: Some(completion),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        ..ServerCapabilities::default()
    };
    let server_info = ServerInfo {
        name: "audience".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    };
    InitializeResult {
        capabilities,
        server_info: Some(server_info),
    }
}

impl LanguageServer {
    pub(super) fn answer_about_document(&self, request: Request) -> Response {
        match request.method.as_str() {
            Completion::METHOD => about(request, |it: CompletionParams| {
                let (document, at) = self.place(&it.text_document_position)?;
                Some(completion::items(document, &self.schema, at))
            }),
            HoverRequest::METHOD => about(request, |it: HoverParams| {
                let (document, at) = self.place(&it.text_document_position_params)?;
                hover::at(document, &self.schema, at)
            }),
            Formatting::METHOD => about(request, |it: DocumentFormattingParams| {
                formatted(self.document(&it.text_document.uri)?)
            }),
            CodeActionRequest::METHOD => about(request, |it: CodeActionParams| {
                let uri = &it.text_document.uri;
                Some(findings::fixes(self.document(uri)?, uri, it.range))
            }),
            method => {
                let message = format!("`{method}` is nothing that this server answers");
                refused(request.id, ErrorCode::MethodNotFound, message)
            }
        }
    }

    fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(uri.as_str())
    }

    fn place(&self, place: &TextDocumentPositionParams) -> Option<(&Document, usize)> {
        let document = self.document(&place.text_document.uri)?;
        Some((document, document.offset(place.position)))
    }
}

/// Answers one kind of question; `null` where there is nothing to say.
fn about<P: DeserializeOwned, A: Serialize>(
    request: Request,
    answer: impl FnOnce(P) -> Option<A>,
) -> Response {
    match serde_json::from_value(request.params) {
        Ok(params) => answered(request.id, answer(params)),
        Err(error) => refused(request.id, ErrorCode::InvalidParams, error.to_string()),
    }
}

/// The edit that gives the canonical text: none for what is no rule, and for a rule with comments,
/// which a syntax tree does not keep.
fn formatted(document: &Document) -> Option<Vec<TextEdit>> {
    let text = &document.text;
    let expr = rulelang::parse(text).ok()?;
    if has_comment(text) {
        return None;
    }
    let mut canonical = rulelang::format(&expr);
    if text.ends_with('\n') {
        canonical.push('\n');
    }
    let edit = TextEdit::new(document.whole(), canonical);
    Some(if edit.new_text == *text {
        vec![]
    } else {
        vec![edit]
    })
}

/// Whether a rule has a comment.
pub(crate) fn has_comment(text: &str) -> bool {
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            // What is escaped ends no string; backticks have no escapes.
            (Some('\'' | '"'), '\\') => drop(characters.next()),
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '/') if matches!(characters.peek(), Some('/' | '*')) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_strings_and_quotients() {
        for text in ["a > 1 // why", "/* who */ a > 1", "'it''s' == a // x"] {
            assert!(has_comment(text), "{text}");
        }
        for text in [
            "a == 'http://x'",
            "a / b > 1",
            r"a == '\'//'",
            "`a//b` > 1",
            r#"a == "/*""#,
        ] {
            assert!(!has_comment(text), "{text}");
        }
    }
}
