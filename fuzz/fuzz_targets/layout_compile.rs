//! Any text is a layout or an error with a place; any layout reads any bytes without harm.
#![no_main]

#[path = "../properties/mod.rs"]
#[allow(dead_code)]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::layout_compile(data));
