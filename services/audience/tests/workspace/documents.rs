//! The documents as text: code blocks, names in backticks, rows of tables.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A file of the workspace.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// What follows the backticks that open it.
    pub(crate) info: String,
    /// Its lines.
    pub(crate) text: String,
}

impl Block {
    /// The rules of a block: one a line.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| !line.is_empty())
    }
}

/// The fenced blocks of a document, in order.
pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![];
    let mut is_open = false;
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(info) => {
                is_open = true;
                let info = info.to_owned();
                let text = String::new();
                blocks.push(Block { info, text });
            }
            None if is_open => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!is_open, "a block is never closed");
    blocks
}

/// The block of that info.
pub(crate) fn block(document: &str, info: &str) -> String {
    let found = blocks(document)
        .into_iter()
        .find(|block| block.info == info);
    found.unwrap_or_else(|| panic!("no block `{info}`")).text
}

/// What stands in backticks outside fenced blocks.
pub(crate) fn quoted(document: &str) -> Vec<String> {
    let mut is_open = false;
    let mut names = vec![];
    for line in document.lines() {
        if line.starts_with("```") {
            is_open = !is_open;
        } else if !is_open {
            names.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

/// What stands between a heading and the next one of its level.
pub(crate) fn section<'d>(document: &'d str, heading: &str) -> &'d str {
    let start = document
        .find(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no heading `{heading}`"));
    let text = &document[start + heading.len() + 2..];
    let marks = heading.split(' ').next().unwrap();
    let end = text.find(&format!("\n{marks} ")).unwrap_or(text.len());
    &text[..end]
}
