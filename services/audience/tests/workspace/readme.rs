//! What the README shows happens.

use std::process::Command;

use crate::documents::{block, blocks, quoted, read, root, section};

fn audience(args: &[&str], folder: &std::path::Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    let output = command.args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?} {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_code_is_that_of_the_example() {
    let trimmed = |text: &str| {
        let lines = text.lines().map(str::trim);
        lines.collect::<Vec<_>>().join("\n")
    };
    let example = trimmed(&read("examples/01_compile_a_rule.rs"));
    let code = trimmed(&block(&read("README.md"), "rust"));
    let mut rest = example.as_str();
    // Blank lines part the pieces; what the example has between them is left out.
    for piece in code.split("\n\n") {
        let Some((_, after)) = rest.split_once(piece) else {
            panic!("not in the example:\n{piece}");
        };
        rest = after;
    }
}

#[test]
fn the_replay_gives_what_is_shown() {
    let readme = read("README.md");
    let text = section(&readme, "## Replay your own events");
    let files = tempfile::tempdir().unwrap();
    for name in ["segments.json", "events.ndjson"] {
        let contents = block(text, &format!("json {name}"));
        std::fs::write(files.path().join(name), contents).unwrap();
    }
    let command = block(text, "sh");
    let args = command.trim().strip_prefix("cargo run --release -- ");
    let args: Vec<&str> = args.unwrap().split(' ').collect();
    let stdout = audience(&args, files.path());
    for line in block(text, "text").lines() {
        assert!(stdout.lines().any(|told| told == line), "{line}\n{stdout}");
    }
    let changes = std::fs::read_to_string(files.path().join("changes.ndjson")).unwrap();
    let shown = block(text, "json changes.ndjson");
    assert!(changes.starts_with(&shown), "{changes}");
    let left = changes.lines().skip(2);
    assert!(
        left.clone().count() == 2
            && left
                .clone()
                .all(|line| line.contains("2026-03-31T10:00:00Z"))
    );
    let replay = read("docs/replay.md");
    assert!(replay.contains(shown.lines().next().unwrap()));
}

#[test]
fn the_demo_prints_the_rows_that_are_shown() {
    let readme = read("README.md");
    let text = section(&readme, "## See it run");
    let files = tempfile::tempdir().unwrap();
    let stdout = audience(&["demo", "--exit"], files.path());
    let shown = block(text, "text");
    // What remains depends on the machine and the day.
    let is_steady = |line: &&str| line.contains("members") || line.contains('█');
    let rows: Vec<&str> = shown.lines().filter(is_steady).collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(stdout.lines().any(|line| line == row), "{row}\n{stdout}");
    }
    assert!(stdout.contains("69,659 purchases of 23,570 customers"));
}

#[test]
fn the_commands_of_the_table_exist() {
    let readme = read("README.md");
    let rows = section(&readme, "## Commands").lines();
    let rows = rows.filter(|line| line.starts_with("| `audience "));
    let mut count = 0;
    for row in rows {
        let command = quoted(row).swap_remove(0);
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        audience(&[&words, &["--help"][..]].concat(), &root());
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn the_steps_of_the_test_command_are_named() {
    let script = read("test");
    let readme = read("README.md");
    for step in script.lines().filter_map(|line| line.strip_prefix("step_")) {
        let name = step.split('(').next().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
    assert!(
        blocks(&readme)
            .iter()
            .any(|block| block.text == "cargo run --release\n")
    );
}
