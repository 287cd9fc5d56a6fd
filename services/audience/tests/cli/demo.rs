//! `audience demo` and what stands beside it.

use crate::support::{Files, audience};

#[test]
fn the_demo_shows_segments_and_people_within_80_columns() {
    let files = Files::new();
    let data = files.path("demo");
    let ran = audience(&["demo", "--exit", "--data", &data]).code(0);
    for expected in [
        "69,659",
        "23,570",
        "big-spenders",
        "win-back",
        "█",
        "TRUE",
        "Leaves by itself",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains('\u{1b}'),
        "no colours where nobody sees them"
    );
    let state = std::fs::read_to_string(format!("{data}/demo.json")).unwrap();
    assert!(state.contains("shiftDays"));
    let again = audience(&["demo", "--exit", "--data", &data]).code(0);
    assert!(
        again.stdout.contains("were loaded before"),
        "{}",
        again.stdout
    );
    let replayed = audience(&["replay", "--data", &data, "--format", "json"])
        .code(0)
        .json();
    assert_eq!(replayed["users"], 23_570);
    assert_eq!(replayed["deadLetters"], 0);
}

#[test]
fn a_later_start_keeps_the_shift_until_it_is_made_fresh() {
    let files = Files::new();
    std::fs::create_dir(files.path("demo")).unwrap();
    files.write("demo/demo.json", r#"{"shiftDays":7}"#);
    let data = files.path("demo");
    let ran = audience(&["demo", "--exit", "--data", &data]).code(0);
    assert!(ran.stdout.contains("moved by\n  7 days"), "{}", ran.stdout);
    files.write("demo/demo.json", "torn");
    audience(&["demo", "--exit", "--data", &data]).code(1);
    let ran = audience(&["demo", "--exit", "--data", &data, "--fresh"]).code(0);
    assert!(!ran.stdout.contains(" 7 days"));
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = audience(&["completions", shell]).code(0);
        assert!(ran.stdout.contains("audience"));
    }
    audience(&["completions", "tcsh"]).code(2);
}
