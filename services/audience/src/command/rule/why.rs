//! `audience rule why`.

use std::io::Write;

use rulelang::{Code, nearest};

use crate::failure::Failure;
use crate::output::{Output, Style};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code, as a finding shows it: E0201; without one, all of them
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let style = out.style();
    let Some(name) = &args.code else {
        for code in Code::ALL {
            writeln!(out, "{}", style.bold(title(*code)))?;
        }
        return Ok(());
    };
    let code = Code::find(name).ok_or_else(|| unknown(name))?;
    Ok(write!(out, "{}", shown(code.page(), style))?)
}

fn title(code: Code) -> &'static str {
    let first = code.page().lines().next().unwrap_or_default();
    first.trim_start_matches("# ")
}

fn unknown(name: &str) -> Failure {
    let known = Code::ALL.iter().map(|code| code.as_str());
    let near = nearest(&name.to_uppercase(), known);
    let hint = near.map_or_else(
        || "`audience rule why` lists them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::message(format!("there is no code `{name}`: {hint}"))
}

/// A page for a terminal: its blocks indented, without their fences.
fn shown(page: &str, style: Style) -> String {
    let mut text = String::new();
    let mut is_rule = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_rule = !is_rule;
        } else if let Some(title) = line.strip_prefix("# ") {
            text.extend([&style.bold(title), "\n"]);
        } else if is_rule {
            text.extend(["    ", &style.green(line), "\n"]);
        } else {
            text.extend([line, "\n"]);
        }
    }
    text
}
