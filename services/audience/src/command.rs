//! One file a command: its arguments and what it does.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod replay;
pub(crate) mod rule;
pub(crate) mod segment;
