#![no_main]

#[path = "../properties/parse_text.rs"]
mod parse_text;

libfuzzer_sys::fuzz_target!(|data: &[u8]| parse_text::holds(data));
