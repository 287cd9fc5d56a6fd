#![no_main]

#[path = "../properties/parse_json.rs"]
mod parse_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| parse_json::holds(data));
