//! What the README shows happens.

use std::process::Command;

use crate::documents::{block, blocks, quoted, read, root, section};

fn audience(args: &[&str], folder: &std::path::Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    // Other tests run platforms too, so each listens where there is room.
    let services = [
        "SEGMENT_API",
        "INGESTION_API",
        "COMMUNICATION_API",
        "RULE_ENGINE",
        "STREAM_PROCESSOR",
    ];
    command.envs(services.map(|name| (format!("AUDIENCE_LISTEN_{name}_PORT"), "0")));
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
    let shown = blocks(text);
    let pairs = shown.windows(2).filter(|pair| pair[0].info == "sh");
    let mut count = 0;
    for pair in pairs {
        let args = pair[0].text.trim().strip_prefix("cargo run --release -- ");
        let args: Vec<&str> = args.unwrap().split(' ').collect();
        let stdout = audience(&args, files.path());
        for line in pair[1].text.lines() {
            assert!(stdout.lines().any(|told| told == line), "{line}\n{stdout}");
        }
        count += 1;
    }
    assert_eq!(count, 2);
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
    let is_row = |line: &&str| line.contains("members") || line.contains('█');
    let rows: Vec<&str> = shown.lines().filter(is_row).collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let has_row = stdout.lines().any(|line| form(line) == form(row));
        assert!(has_row, "{row}\n{stdout}");
    }
    assert!(stdout.contains("69,659 purchases accepted over HTTP"));
    assert!(stdout.contains("23,570 customers in their segments"));
}

/// A row of the demo's table without what depends on the day and the hour: how many are members, who
/// left, the chart. Windows end at ten o'clock, and months where the calendar has them.
fn form(row: &str) -> Vec<String> {
    let is_bar = |letter: char| ('▁'..='█').contains(&letter);
    let words = row.split_whitespace().map(|word| {
        let is_count = word.contains(|letter: char| letter.is_ascii_digit());
        match word {
            _ if is_count => "<count>".to_owned(),
            _ if word.contains(is_bar) => "<chart>".to_owned(),
            _ => word.to_owned(),
        }
    });
    words.collect()
}

#[test]
fn the_table_has_every_command() {
    let readme = read("README.md");
    let rows = section(&readme, "## Commands").lines();
    let rows = rows.filter(|line| line.starts_with("| `audience "));
    let mut shown: Vec<String> = rows.map(|row| quoted(row).swap_remove(0)).collect();
    let mut known = vec![];
    for command in subcommands(&[]) {
        let nested = match command.as_str() {
            "key" | "rule" | "segment" | "topics" => subcommands(&[&command]),
            _ => vec![],
        };
        if nested.is_empty() {
            known.push(format!("audience {command}"));
        }
        known.extend(nested.iter().map(|it| format!("audience {command} {it}")));
    }
    shown.sort();
    known.sort();
    assert_eq!(shown, known);
}

/// The commands that `--help` lists.
fn subcommands(command: &[&str]) -> Vec<String> {
    let help = audience(&[command, &["--help"]].concat(), &root());
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next());
    let names = names.filter(|name| *name != "help");
    names.map(str::to_owned).collect()
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
