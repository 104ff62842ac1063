#![no_main]

#[path = "../properties/fleet/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::targets::targets(data));
