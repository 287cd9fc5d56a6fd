//! Diagnostics for people: the source line, carets, help.
//!
//! INVARIANT: nothing of the source reaches the output but printable characters, so a rule cannot
//! play tricks on the terminal that shows its errors.

use crate::{Diagnostic, Diagnostics, Severity, Span};

/// Columns of source shown of a long line.
const LINE_COLUMNS_MAX: usize = 100;
/// Columns shown before a span in a long line.
const LEAD_COLUMNS: usize = 30;

/// Renders diagnostics with their source, as rustc does; `color` adds ANSI colours.
///
/// Columns count characters, and a tab is shown as four. Each diagnostic ends with a newline.
pub fn render(diagnostics: &Diagnostics, source: &str, color: bool) -> String {
    let mut out = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        Renderer {
            source,
            paint: Paint { color },
            out: &mut out,
        }
        .diagnostic(diagnostic);
    }
    out
}

const BOLD: &str = "1";
const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn text(self, style: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A span with what is said of it.
struct Mark<'d> {
    span: Span,
    text: &'d str,
    is_primary: bool,
}

struct Renderer<'r> {
    source: &'r str,
    paint: Paint,
    out: &'r mut String,
}

impl Renderer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let (word, style) = match diagnostic.severity {
            Severity::Error => ("error", RED),
            Severity::Warning => ("warning", YELLOW),
        };
        let title = self
            .paint
            .text(style, &format!("{word}[{}]", diagnostic.code));
        let message = self
            .paint
            .text(BOLD, &format!(": {}", printable(&diagnostic.message)));
        self.line(&format!("{title}{message}"));
        let mut marks = vec![Mark {
            span: diagnostic.span,
            text: "",
            is_primary: true,
        }];
        marks.extend(diagnostic.labels.iter().map(|(span, text)| Mark {
            span: *span,
            text,
            is_primary: false,
        }));
        let last_line = marks
            .iter()
            .map(|mark| mark.span.line_column(self.source).0)
            .max();
        let gutter = last_line.unwrap_or(1).to_string().len();
        let (line, column) = diagnostic.span.line_column(self.source);
        let arrow = self.paint.text(BLUE, "-->");
        self.line(&format!("{:gutter$}{arrow} rule:{line}:{column}", ""));
        self.excerpt(&marks, gutter, style);
        self.advice(diagnostic, gutter);
    }

    /// The marked lines in their order, each with its marks below it.
    fn excerpt(&mut self, marks: &[Mark], gutter: usize, style: &str) {
        let bar = self.paint.text(BLUE, "|");
        self.line(&format!("{:gutter$} {bar}", ""));
        let line_of = |mark: &Mark| mark.span.line_column(self.source).0;
        let mut numbers: Vec<usize> = marks.iter().map(line_of).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let on_line: Vec<&Mark> = marks
                .iter()
                .filter(|mark| mark.span.line_column(self.source).0 == number)
                .collect();
            let Some(first) = on_line.first() else {
                continue;
            };
            let view = View::new(self.source, number, first.span);
            let shown = self.paint.text(BLUE, &format!("{number:gutter$} |"));
            self.line(&format!("{shown} {}", view.text));
            for mark in on_line {
                let (sign, style) = if mark.is_primary {
                    ("^", style)
                } else {
                    ("-", BLUE)
                };
                let (start, width) = view.columns(mark.span);
                let signs = sign.repeat(width);
                let underline = if mark.text.is_empty() {
                    signs
                } else {
                    format!("{signs} {}", printable(mark.text))
                };
                let underline = self.paint.text(style, &underline);
                self.line(&format!("{:gutter$} {bar} {:start$}{underline}", "", ""));
            }
        }
    }

    fn advice(&mut self, diagnostic: &Diagnostic, gutter: usize) {
        let equals = self.paint.text(BLUE, "=");
        if let Some(help) = &diagnostic.help {
            let help = printable(help);
            self.line(&format!("{:gutter$} {equals} help: {help}", ""));
        }
        if let Some(fix) = &diagnostic.fix {
            let old = printable(fix.span.text(self.source));
            let new = printable(&fix.replacement);
            let text = match (old.is_empty(), new.is_empty()) {
                (true, _) => format!("insert `{new}`"),
                (false, true) => format!("remove `{}`", clipped(&old)),
                (false, false) => format!("replace `{}` by `{}`", clipped(&old), clipped(&new)),
            };
            self.line(&format!("{:gutter$} {equals} fix: {text}", ""));
        }
    }
}

/// One line of the source as shown: tabs widened, and of a long line a window around a span.
struct View<'s> {
    text: String,
    line: &'s str,
    line_start: usize,
    first_column: usize,
    lead: usize,
}

impl<'s> View<'s> {
    fn new(source: &'s str, number: usize, around: Span) -> Self {
        let mut line_start = 0;
        let mut line = "";
        for (index, text) in source.split('\n').enumerate() {
            line = text;
            if index + 1 >= number {
                break;
            }
            line_start += text.len() + 1;
        }
        let mut view = Self {
            text: String::new(),
            line,
            line_start,
            first_column: 0,
            lead: 0,
        };
        let all = printable(line);
        let columns = all.chars().count();
        let start = view.column(around.start as usize);
        if columns > LINE_COLUMNS_MAX && start > LEAD_COLUMNS {
            let latest = columns - LINE_COLUMNS_MAX;
            view.first_column = (start - LEAD_COLUMNS).min(latest);
            view.lead = usize::from(view.first_column > 0);
        }
        if view.lead > 0 {
            view.text.push('…');
        }
        let shown = all.chars().skip(view.first_column).take(LINE_COLUMNS_MAX);
        view.text.extend(shown);
        if view.first_column + LINE_COLUMNS_MAX < columns {
            view.text.push('…');
        }
        view
    }

    /// The column, from zero, of a byte of the source; beyond the line's end the column after it.
    fn column(&self, offset: usize) -> usize {
        let within = offset.saturating_sub(self.line_start);
        let before = self.line.get(..within).unwrap_or(self.line);
        printable(before).chars().count()
    }

    /// Where the marks of `span` start below the shown text, and how many there are: at least one.
    fn columns(&self, span: Span) -> (usize, usize) {
        let last = self.first_column + LINE_COLUMNS_MAX;
        let start = self
            .column(span.start as usize)
            .clamp(self.first_column, last);
        let end = self.column(span.end as usize).min(last);
        let width = end.saturating_sub(start).max(1);
        (start - self.first_column + self.lead, width)
    }
}

/// `text` with tabs as four blanks and anything else that is not printable as `\u{FFFD}`.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push_str("    "),
            '\r' | '\n' => out.push(' '),
            // Marks that turn the direction of text would show another rule than is meant.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            _ if character.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

fn clipped(text: &str) -> String {
    const SHOWN_MAX: usize = 80;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn shown(source: &str, diagnostic: Diagnostic) -> String {
        render(&diagnostic.into(), source, false)
    }

    #[test]
    fn an_error_shows_its_line_labels_help_and_fix() {
        let source = "age > 30\nAND age == 'x'";
        let error = Diagnostic::error(Code::TypeMismatch, Span::new(20, 23), "`age` is a number")
            .with_label(Span::new(0, 3), "compared with a number here")
            .with_help("write a number")
            .with_fix(Span::new(20, 23), "5");
        let expected = "\
error[E0201]: `age` is a number
 --> rule:2:12
  |
1 | age > 30
  | --- compared with a number here
2 | AND age == 'x'
  |            ^^^
  = help: write a number
  = fix: replace `'x'` by `5`
";
        assert_eq!(shown(source, error), expected);
    }

    #[test]
    fn carets_count_characters_and_widen_tabs() {
        let source = "\t'größe' == x";
        let error = Diagnostic::warning(Code::ConstantCondition, Span::new(1, 10), "odd");
        let expected = "\
warning[W0802]: odd
 --> rule:1:2
  |
1 |     'größe' == x
  |     ^^^^^^^
";
        assert_eq!(shown(source, error), expected);
    }

    #[test]
    fn the_end_of_the_source_has_a_caret() {
        let error = Diagnostic::error(Code::Syntax, Span::new(3, 3), "more");
        assert_eq!(
            shown("a ==", error.clone()),
            "error[E0001]: more\n --> rule:1:4\n  |\n1 | a ==\n  |    ^\n"
        );
        let empty = Diagnostic::error(Code::Syntax, Span::new(0, 0), "more");
        assert_eq!(
            shown("", empty),
            "error[E0001]: more\n --> rule:1:1\n  |\n1 |\n  | ^\n"
        );
    }

    #[test]
    fn a_long_line_is_clipped_around_the_span() {
        let source = format!("{}HERE{}", "x".repeat(500), "y".repeat(500));
        let error = Diagnostic::error(Code::Syntax, Span::new(500, 504), "there");
        let text = shown(&source, error);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines[3].find("HERE").unwrap();
        let caret = lines[4].find("^^^^").unwrap();
        assert_eq!(lines[3][..at].chars().count(), caret);
        assert!(lines.iter().all(|line| line.chars().count() < 120));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let error = Diagnostic::error(Code::Syntax, Span::new(0, 1), "no `\x1b[2J`");
        assert!(!shown("\x1b[2J\u{202e}", error).contains(['\x1b', '\u{202e}']));
    }

    #[test]
    fn colours_are_asked_for() {
        let error = Diagnostics::from(Diagnostic::error(Code::Syntax, Span::new(0, 1), "no"));
        assert!(render(&error, "x", true).contains("\x1b[1;31merror[E0001]\x1b[0m"));
        assert!(!render(&error, "x", false).contains('\x1b'));
    }

    #[test]
    fn spans_that_do_not_fit_the_source_do_no_harm() {
        let error = Diagnostic::error(Code::Syntax, Span::new(7, 90), "far");
        assert!(shown("ü", error.clone()).contains("far"));
        assert!(shown("", error).contains("far"));
    }
}
