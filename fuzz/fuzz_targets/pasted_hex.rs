#![no_main]

#[path = "../properties/protocol/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::hex::pasted_hex(data));
