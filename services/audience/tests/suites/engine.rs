//! The built binary, asked by `rule eval --cases`.

use std::collections::HashMap;
use std::io::Write;
use std::process::Command;

use serde_json::{Value, json};

use crate::case::Question;

/// The engines that answer single rules.
pub(crate) const ENGINES: [&str; 3] = ["interpreter", "jit", "batch"];

/// The instant at which all cases are asked.
const NOW: &str = "2026-01-31T10:00:00Z";

/// The code with which an engine says that it does not run a rule.
const NOT_COMPILED: &str = "not_compiled";

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Value(Value),
    NotCompiled(String),
    /// A finding's code and text: the rule is none.
    Refused(String, String),
}

/// What an engine says to each question, by the id of its case.
pub(crate) fn answers(engine: &str, questions: &[(&str, &Question)]) -> HashMap<String, Answer> {
    let mut cases = tempfile::NamedTempFile::new().unwrap();
    for (id, question) in questions {
        let form = match &question.rule {
            Value::String(_) => "expr",
            _ => "rules",
        };
        let case =
            json!({"id": id, form: question.rule, "bindings": question.bindings, "now": NOW});
        writeln!(cases, "{case}").unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_audience"))
        .args(["rule", "eval", "--engine", engine, "--cases"])
        .arg(cases.path())
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{engine}: {problem}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(answer).collect()
}

fn answer(line: &str) -> (String, Answer) {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let id = line["id"].as_str().unwrap().to_owned();
    let Some(error) = line.get("error") else {
        return (id, Answer::Value(line["value"].take()));
    };
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let answer = match text("code") {
        code if code == NOT_COMPILED => Answer::NotCompiled(text("message")),
        code => Answer::Refused(code, text("message")),
    };
    (id, answer)
}
