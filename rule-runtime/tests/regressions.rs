//! Inputs that once broke something, and a few that could: `fuzz/regressions`, on the properties that
//! the fuzzer holds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop and speak"
)]

#[path = "../../fuzz/properties/state_format.rs"]
mod state_format;

#[path = "../../fuzz/properties/regressions.rs"]
mod regressions;

#[test]
fn stored_states_that_broke_something_hold() {
    regressions::replay("state_format", state_format::holds);
}
