#![no_main]

#[path = "../properties/state_format.rs"]
mod state_format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| state_format::holds(data));
