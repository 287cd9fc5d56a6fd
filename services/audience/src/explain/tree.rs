//! The tree as text.

use std::io::{self, Write};

use kit::explanation::{Condition, Evidence, Kind, Operand, literal};
use serde_json::Value as Json;

use crate::output::{Style, grouped};

/// Beside `TRUE  `, `FALSE ` or `NULL  `.
const BELOW_TEXT: &str = "       ";

/// Prints the tree, each line after `indent`.
pub(crate) fn print_tree(
    root: &Condition,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "{indent}{}", line(root, style))?;
    print_below(root, indent, style, out)
}

fn print_below(
    condition: &Condition,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    for (index, child) in condition.conditions.iter().enumerate() {
        let is_last = index + 1 == condition.conditions.len();
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        writeln!(out, "{indent}{}{}", style.dim(branch), line(child, style))?;
        print_below(child, &format!("{indent}{}", style.dim(below)), style, out)?;
    }
    let indent = format!("{indent}{BELOW_TEXT}  ");
    for operand in &condition.operands {
        let says_nothing_new = operand.text == condition.text && is_bare(operand);
        if !says_nothing_new {
            print_operand(operand, &indent, style, out)?;
        }
    }
    Ok(())
}

fn print_operand(
    operand: &Operand,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let text = style.dim(&format!("{} =", operand.text));
    let value = style.cyan(&literal(&operand.value));
    let why = operand.why_null.as_ref();
    let why = why.map(|why| format!(": {why}"));
    writeln!(out, "{indent}{text} {value}{}", why.unwrap_or_default())?;
    let indent = format!("{indent}  ");
    if let Some(evidence) = &operand.evidence {
        print_evidence(evidence, &indent, style, out)?;
    }
    let mut operands = operand.operands.iter();
    operands.try_for_each(|operand| print_operand(operand, &indent, style, out))
}

fn print_evidence(
    evidence: &Evidence,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    for event in &evidence.latest {
        let value = match &event.value {
            Json::Null => String::new(),
            value => format!("{}  ", style.cyan(&literal(value))),
        };
        let id = style.dim(&event.event_id);
        writeln!(out, "{indent}{}  {value}{id}", event.timestamp)?;
    }
    let earlier = evidence.total.saturating_sub(evidence.latest.len());
    if earlier > 0 {
        let (earlier, total) = (grouped(earlier as u64), grouped(evidence.total as u64));
        writeln!(out, "{indent}… and {earlier} earlier, {total} in all")?;
    }
    if evidence.misfits > 0 {
        let misfits = grouped(evidence.misfits as u64);
        writeln!(
            out,
            "{indent}{misfits} left out for a value of a wrong type"
        )?;
    }
    Ok(())
}

/// Whether there is nothing to say but the value.
fn is_bare(operand: &Operand) -> bool {
    let evidence = operand.evidence.as_ref();
    let has_events = evidence.is_some_and(|found| found.total + found.misfits > 0);
    operand.why_null.is_none() && !has_events && operand.operands.is_empty()
}

fn line(condition: &Condition, style: Style) -> String {
    let value = match &condition.value {
        Json::Bool(true) => style.green("TRUE "),
        Json::Bool(false) => style.yellow("FALSE"),
        Json::Null => style.dim("NULL "),
        other => style.cyan(&literal(other)),
    };
    let text = match condition.kind {
        Kind::All => "all of",
        Kind::Any => "any of",
        Kind::Not => "not",
        Kind::Trait | Kind::Condition => &condition.text,
    };
    format!("{value}  {text}")
}
