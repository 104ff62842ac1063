#![no_main]

#[path = "../properties/device/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::agent::agent_config(data));
