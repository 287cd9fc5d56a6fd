//! Entries of a list of completions, and what an accepted one replaces.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionTextEdit,
    Documentation, Range, TextEdit,
};
use rulelang::builtins::Builtin;

/// What an accepted entry replaces.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) range: Range,
    /// The quotes of the string that is begun; `None` outside of one.
    pub(super) quote: Option<char>,
}

impl Edit {
    pub(super) fn item(
        &self,
        text: &str,
        kind: CompletionItemKind,
        detail: Option<String>,
    ) -> CompletionItem {
        let edit = TextEdit::new(self.range, text.to_owned());
        CompletionItem {
            label: text.to_owned(),
            kind: Some(kind),
            detail,
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            ..CompletionItem::default()
        }
    }

    pub(super) fn word(&self, word: &str) -> CompletionItem {
        self.item(word, CompletionItemKind::KEYWORD, None)
    }

    /// A string, in quotes where none are begun.
    pub(super) fn string(&self, text: &str, detail: &str) -> CompletionItem {
        let quote = self.quote.unwrap_or('\'');
        let mut written = text.replace('\\', "\\\\");
        written = written.replace(quote, &format!("\\{quote}"));
        if self.quote.is_none() {
            written = format!("'{written}'");
        }
        let detail = Some(detail.to_owned());
        self.item(&written, CompletionItemKind::REFERENCE, detail)
    }

    /// A constant as it is written somewhere; `None` where it does not go with the quotes.
    pub(super) fn constant(&self, written: &str) -> Option<CompletionItem> {
        let text = match self.quote {
            Some(quote) => written.strip_prefix(quote)?.strip_suffix(quote)?,
            None => written,
        };
        Some(self.item(text, CompletionItemKind::VALUE, None))
    }

    pub(super) fn aggregate(&self, name: &str) -> CompletionItem {
        let arguments = match name {
            "COUNT" | "DID" => "(event [window] [WHERE condition])",
            "SEQUENCE" => "(event [window] THEN event [WITHIN duration] [THEN NOT event …])",
            _ => "(event.property [window] [WHERE condition])",
        };
        self.call(name, arguments.to_owned(), None)
    }

    pub(super) fn quantifier(&self, name: &str) -> CompletionItem {
        self.call(name, "(list, item => condition)".to_owned(), None)
    }

    pub(super) fn function(&self, builtin: &Builtin) -> CompletionItem {
        let signatures = builtin.signatures.iter();
        let mut arguments = signatures.map(|it| it.text(""));
        let doc = Documentation::String(builtin.doc.to_owned());
        self.call(
            builtin.name,
            arguments.next().unwrap_or_default(),
            Some(doc),
        )
    }

    fn call(&self, name: &str, arguments: String, doc: Option<Documentation>) -> CompletionItem {
        let details = CompletionItemLabelDetails {
            detail: Some(arguments),
            description: None,
        };
        CompletionItem {
            label_details: Some(details),
            documentation: doc,
            ..self.item(name, CompletionItemKind::FUNCTION, None)
        }
    }
}
