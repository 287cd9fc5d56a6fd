//! Inputs that once broke something, and a few that could: `fuzz/regressions`, on the properties that
//! the fuzzer holds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop and speak"
)]

#[path = "../../fuzz/properties/engines.rs"]
mod engines;

#[path = "../../fuzz/properties/regressions.rs"]
mod regressions;

#[test]
fn engines_agree_where_they_once_did_not() {
    regressions::replay("engines", engines::holds);
}
