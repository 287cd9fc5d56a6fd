//! Inputs that once broke something, and a few that could: `fuzz/regressions`, on the properties that
//! the fuzzer holds.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop and speak"
)]

#[path = "../../fuzz/properties/parse_text.rs"]
mod parse_text;

#[path = "../../fuzz/properties/parse_json.rs"]
mod parse_json;

#[path = "../../fuzz/properties/round_trip.rs"]
mod round_trip;

#[path = "../../fuzz/properties/regressions.rs"]
mod regressions;

#[test]
fn texts_that_broke_something_hold() {
    regressions::replay("parse_text", parse_text::holds);
}

#[test]
fn json_that_broke_something_holds() {
    regressions::replay("parse_json", parse_json::holds);
}

#[test]
fn generated_rules_that_broke_something_hold() {
    regressions::replay("round_trip", round_trip::holds);
}
