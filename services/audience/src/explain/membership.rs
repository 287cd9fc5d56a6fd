//! A membership explained, as text.

use std::io::{self, Write};

use kit::explanation::Membership;

use super::print_tree;
use crate::output::Style;

/// Prints who is in what and why; `remark` goes beside the segment's name.
pub(crate) fn print_membership(
    membership: &Membership,
    user: &str,
    remark: &str,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let (user, id) = (style.bold(user), style.bold(&membership.segment_id));
    let is_in = if membership.is_member {
        style.green("is in")
    } else {
        style.yellow("is not in")
    };
    writeln!(
        out,
        "{indent}{user} {is_in} {id}{}",
        circumstances(membership)
    )?;
    let name = if membership.name == membership.segment_id {
        ""
    } else {
        &membership.name
    };
    let told = [name, remark].map(|text| text.trim_end_matches('.'));
    let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
    if !told.is_empty() {
        writeln!(
            out,
            "{indent}{}",
            style.dim(&format!("{}.", told.join(". ")))
        )?;
    }
    let below = format!("{indent}  ");
    print_tree(&membership.rule, &below, style, out)?;
    writeln!(out, "{below}{}.", membership.next_change)
}

fn circumstances(membership: &Membership) -> String {
    let since = membership
        .since
        .iter()
        .map(|since| format!(" since {since}"));
    let reason = match (&membership.reason, membership.manual) {
        (Some(reason), _) => Some(format!(" ({reason})")),
        (None, Some(_)) => Some(" (manual)".to_owned()),
        (None, None) if !membership.exists => Some(" (no such user yet)".to_owned()),
        (None, None) => None,
    };
    since.chain(reason).collect()
}
