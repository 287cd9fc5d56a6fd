//! A language server for files that hold one rule each: what an editor asks while somebody writes.
//!
//! It speaks the Language Server Protocol over a reader and a writer, one message after the other;
//! <https://microsoft.github.io/language-server-protocol/>.

mod completion;
mod document;
mod findings;
mod hover;
mod json_parts;
mod requests;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Exit, Notification as _,
    PublishDiagnostics,
};
use lsp_types::request::{Initialize, Request as _, Shutdown};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    PublishDiagnosticsParams, Uri,
};
use rulelang::Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::document::Document;
pub(crate) use self::requests::has_comment;

/// Documents open at once; further ones are not looked at.
const DOCUMENTS_MAX: usize = 1_000;

/// The server: the open documents, and what rules may name.
#[derive(Debug)]
pub(crate) struct LanguageServer {
    schema: Schema,
    documents: BTreeMap<String, Document>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing but `initialize` is answered.
    New,
    Open,
    /// Nothing but `exit` is expected.
    ShutDown,
}

/// How the conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The editor said that it ends, and then that this ends.
    Agreed,
    /// It just went away.
    Abrupt,
}

impl LanguageServer {
    pub(crate) fn new(schema: Schema) -> Self {
        Self {
            schema,
            documents: BTreeMap::new(),
            phase: Phase::New,
        }
    }

    /// Answers messages until the editor ends the conversation.
    pub(crate) fn serve(
        &mut self,
        input: &mut impl BufRead,
        output: &mut impl Write,
    ) -> io::Result<End> {
        while let Some(message) = Message::read(input)? {
            match message {
                Message::Request(request) => {
                    Message::Response(self.answer(request)).write(output)?;
                }
                Message::Notification(note) if note.method == Exit::METHOD => {
                    return Ok(self.end());
                }
                Message::Notification(note) => {
                    for told in self.take(note) {
                        Message::Notification(told).write(output)?;
                    }
                }
                // Nothing was asked of the editor.
                Message::Response(_) => {}
            }
        }
        Ok(self.end())
    }

    fn end(&self) -> End {
        match self.phase {
            Phase::ShutDown => End::Agreed,
            Phase::New | Phase::Open => End::Abrupt,
        }
    }

    fn answer(&mut self, request: Request) -> Response {
        match (self.phase, request.method.as_str()) {
            (Phase::New, Initialize::METHOD) => {
                self.phase = Phase::Open;
                Response::new_ok(request.id, requests::initialized())
            }
            (Phase::New, _) => refused(
                request.id,
                ErrorCode::ServerNotInitialized,
                "`initialize` comes first",
            ),
            (Phase::ShutDown, _) => refused(
                request.id,
                ErrorCode::InvalidRequest,
                "the server was shut down",
            ),
            (Phase::Open, Shutdown::METHOD) => {
                self.phase = Phase::ShutDown;
                Response::new_ok(request.id, Value::Null)
            }
            (Phase::Open, _) => self.answer_about_document(request),
        }
    }

    /// Takes note of what became of a document; returns what the editor is told.
    fn take(&mut self, note: Notification) -> Vec<Notification> {
        if self.phase != Phase::Open {
            return vec![];
        }
        let told = match note.method.as_str() {
            DidOpenTextDocument::METHOD => read(note.params).and_then(|it| self.opened(it)),
            DidChangeTextDocument::METHOD => read(note.params).and_then(|it| self.changed(it)),
            DidCloseTextDocument::METHOD => read(note.params).map(|it| self.closed(it)),
            _ => None,
        };
        told.into_iter().collect()
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) -> Option<Notification> {
        let (uri, text) = (params.text_document.uri, params.text_document.text);
        self.look_at(uri, text, params.text_document.version)
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) -> Option<Notification> {
        // Each change is the whole text: that is what the server said it takes.
        let text = params.content_changes.into_iter().next_back()?.text;
        let document = params.text_document;
        self.look_at(document.uri, text, document.version)
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) -> Notification {
        let uri = params.text_document.uri;
        self.documents.remove(uri.as_str());
        published(PublishDiagnosticsParams::new(uri, vec![], None))
    }

    fn look_at(&mut self, uri: Uri, text: String, version: i32) -> Option<Notification> {
        let known = self.documents.remove(uri.as_str());
        if known.is_none() && self.documents.len() >= DOCUMENTS_MAX {
            return None;
        }
        let document = Document::new(text, &self.schema, known.and_then(Document::into_good));
        let found = findings::diagnostics(&document, &uri);
        self.documents.insert(uri.as_str().to_owned(), document);
        Some(published(PublishDiagnosticsParams::new(
            uri,
            found,
            Some(version),
        )))
    }
}

fn published(params: PublishDiagnosticsParams) -> Notification {
    Notification::new(PublishDiagnostics::METHOD.to_owned(), params)
}

fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

fn refused(id: RequestId, code: ErrorCode, message: impl Into<String>) -> Response {
    Response::new_err(id, code as i32, message.into())
}

fn answered(id: RequestId, answer: Option<impl Serialize>) -> Response {
    match answer {
        Some(answer) => Response::new_ok(id, answer),
        None => Response::new_ok(id, Value::Null),
    }
}
