#![no_main]

#[path = "../properties/engines.rs"]
mod engines;

libfuzzer_sys::fuzz_target!(|data: &[u8]| engines::holds(data));
