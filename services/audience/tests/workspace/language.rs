//! The rules, codes, limits and operators of docs/language.md are those of the language.

use rulelang::{Code, Diagnostics, Schema, check, json, limits, live_reasons};
use serde_json::json;

use crate::documents::{Block, block, blocks, quoted, read, section};

const REFERENCE: &str = "docs/language.md";

fn all_blocks() -> impl Iterator<Item = Block> {
    let documents = [REFERENCE, "README.md"];
    documents.into_iter().flat_map(|path| blocks(&read(path)))
}

/// What is found about a rule: its errors, else its warnings.
fn findings(rule: &str) -> Diagnostics {
    match check(rule, &Schema::default()) {
        Ok(checked) => checked.warnings,
        Err(errors) => errors,
    }
}

fn codes(found: &Diagnostics) -> Vec<&'static str> {
    found.iter().map(|item| item.code.as_str()).collect()
}

#[test]
fn rules_check_without_a_finding() {
    let mut count = 0;
    for block in all_blocks().filter(|block| block.info == "rule") {
        for rule in block.rules() {
            let found = findings(rule);
            assert!(found.is_empty(), "{rule}\n{found}");
            let rule = check(rule, &Schema::default()).unwrap().rule;
            assert!(live_reasons(&rule).is_empty(), "{}", rule.source);
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

/// The lesson's people are kept in files and asked by the command that the lesson shows.
#[test]
fn rules_name_whom_the_lesson_says() {
    let text = read(REFERENCE);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(
            &path,
            block(&text, &format!("ndjson {}", name.replace(".ndjson", ""))),
        )
        .unwrap();
        path.display().to_string()
    };
    let (traits, events) = (file("traits.ndjson"), file("events.ndjson"));
    let mut count = 0;
    for block in blocks(&text) {
        let Some(names) = block.info.strip_prefix("rule-names ") else {
            continue;
        };
        let rule = block.text.trim();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_audience"));
        command.args([
            "segment", "query", rule, "--traits", &traits, "--events", &events,
        ]);
        command.args(["--until", "2026-01-31T12:00:00Z", "--list"]);
        let ran = command.output().unwrap();
        let named = String::from_utf8(ran.stdout).unwrap();
        let named: Vec<&str> = named.lines().collect();
        assert_eq!(named.join(" "), names, "{rule}");
        count += 1;
    }
    assert!(count >= 15, "{count}");
    assert!(text.contains("--until 2026-01-31T12:00:00Z --list"));
}

/// What stands behind a `$` is run, as a shell would, and the lines after it are what is printed.
#[test]
fn rules_are_tried_on_one_person_as_the_lesson_shows() {
    let block = block(&read(REFERENCE), "sh rule-tries");
    let mut tries = block.split("$ audience ").skip(1).peekable();
    assert!(tries.peek().is_some());
    for tried in tries {
        let (arguments, printed) = tried.split_once('\n').unwrap();
        let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_audience"));
        let mut shell = std::process::Command::new("sh");
        let ran = shell.args(["-c", &command]).output().unwrap();
        assert_eq!(
            String::from_utf8(ran.stdout).unwrap(),
            printed,
            "{arguments}"
        );
    }
}

#[test]
fn wrong_rules_are_told_the_code_that_the_document_says() {
    let mut count = 0;
    for block in all_blocks() {
        let Some(("rule-error" | "rule-warning", code)) = block.info.split_once(' ') else {
            continue;
        };
        for rule in block.rules() {
            let found = codes(&findings(rule));
            assert!(found.contains(&code), "{rule}: {found:?}");
            let is_error = check(rule, &Schema::default()).is_err();
            assert_eq!(is_error, block.info.starts_with("rule-error"), "{rule}");
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn rules_that_are_not_live_check_but_are_not_live() {
    let mut count = 0;
    for block in all_blocks().filter(|block| block.info == "rule-not-live") {
        for rule in block.rules() {
            let checked = check(rule, &Schema::default()).unwrap();
            assert!(
                codes(&live_reasons(&checked.rule)).contains(&"E0501"),
                "{rule}"
            );
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn rules_in_json_check_and_convert_back() {
    for block in all_blocks().filter(|block| block.info == "rule-json") {
        let form = serde_json::from_str(&block.text).unwrap();
        let rule = json::from_json(&form).unwrap();
        let schema = Schema {
            parameters: rule.parameters.clone(),
            ..Schema::default()
        };
        let warnings = check(&rule.text, &schema).map(|checked| checked.warnings);
        let found = warnings.unwrap_or_else(|errors| errors);
        assert!(found.is_empty(), "{}\n{found}", rule.text);
        let ast = rulelang::parse(&rule.text).unwrap();
        let again = json::from_json(&json::to_json(&ast)).unwrap();
        assert_eq!(again.text, rule.text);
    }
}

#[test]
fn every_code_has_its_row_and_no_other() {
    let text = read(REFERENCE);
    let rows = section(&text, "## Codes").lines();
    let rows = rows.filter_map(|line| line.strip_prefix("| [")?.split(" | ").next());
    let known = Code::ALL
        .iter()
        .map(|code| format!("`{code}`](../rulelang/codes/{code}.md)"));
    assert!(rows.eq(known));
}

#[test]
fn every_limit_has_its_value() {
    let limits = [
        ("SOURCE_BYTES_MAX", limits::SOURCE_BYTES_MAX),
        ("JSON_BYTES_MAX", limits::JSON_BYTES_MAX),
        ("NESTING_DEPTH_MAX", limits::NESTING_DEPTH_MAX),
        ("NODES_MAX", limits::NODES_MAX),
        ("LIST_ITEMS_MAX", limits::LIST_ITEMS_MAX),
        ("GIVEN_ITEMS_MAX", limits::GIVEN_ITEMS_MAX),
        ("STRING_BYTES_MAX", limits::STRING_BYTES_MAX),
        ("MADE_STRING_BYTES_MAX", limits::MADE_STRING_BYTES_MAX),
        ("MADE_LIST_ITEMS_MAX", limits::MADE_LIST_ITEMS_MAX),
        ("FOLDED_BYTES_MAX", limits::FOLDED_BYTES_MAX),
        ("CHECKED_NODES_MAX", limits::CHECKED_NODES_MAX),
        ("REGEXES_MAX", limits::REGEXES_MAX),
        ("REGEX_SIZE_MAX", limits::REGEX_SIZE_MAX),
        ("AGGREGATES_MAX", limits::AGGREGATES_MAX),
        ("SEQUENCE_STEPS_MAX", limits::SEQUENCE_STEPS_MAX),
        ("SEGMENT_DEPTH_MAX", limits::SEGMENT_DEPTH_MAX),
        ("CALENDAR_UNITS_MAX", limits::CALENDAR_UNITS_MAX),
        ("QUANTIFIER_DEPTH_MAX", limits::QUANTIFIER_DEPTH_MAX),
        ("QUANTIFIED_ITEMS_MAX", limits::QUANTIFIED_ITEMS_MAX),
        ("LABELS_MAX", limits::LABELS_MAX),
        ("DIAGNOSTICS_MAX", limits::DIAGNOSTICS_MAX),
    ];
    let text = read(REFERENCE);
    let table = section(&text, "## Limits");
    for (name, value) in limits {
        assert!(table.contains(&format!("| `{name}` | {value} |")), "{name}");
    }
    let tests = read("rulelang/tests/limits.rs") + &read("rule-runtime/tests/limits.rs");
    for (name, _) in limits {
        let test = format!("fn {}()", name.to_lowercase());
        assert!(tests.contains(&test), "{name} has no test");
    }
    let source = read("rulelang/src/limits.rs");
    assert_eq!(source.matches("pub const").count(), limits.len());
}

#[test]
fn the_json_form_knows_every_operator_of_the_table() {
    let text = read(REFERENCE);
    let table = section(&text, "## JSON form").split("| operator |").nth(1);
    let rows = table
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| `"));
    let names = rows.flat_map(quoted);
    let mut count = 0;
    for name in names {
        let leaf = json!({"field": "x", "operator": name, "value": 1});
        if let Err(found) = json::from_json(&leaf) {
            let is_known = !codes(&found).contains(&Code::JsonUnknownOperator.as_str());
            assert!(is_known, "{name}");
        }
        count += 1;
    }
    assert!(count > 60, "{count}");
}

#[test]
fn the_default_traits_are_those_of_the_table() {
    let text = read(REFERENCE);
    for (name, rule) in &Schema::default().traits {
        assert!(text.contains(&format!("| `{name}` | `{rule}` |")), "{name}");
    }
}
