//! Replays the corpora of the fuzz targets, and what is near to them. What a fuzzer finds is added:
//! `fuzz/corpus-seed/TARGET/`.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by panicking, and reads its corpus")]

#[path = "../../../fuzz/properties/protocol/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the fuzz targets share it")]
mod properties;
#[path = "../../../fuzz/properties/replay.rs"]
#[expect(unreachable_pub, reason = "the tests of other crates share it")]
mod replay;

use properties::{display, exchange, files, frames, hex, layouts, session};
use replay::replay;

#[test]
fn layout_compile_holds() {
    replay("layout_compile", 20_000, layouts::layout_compile);
}

#[test]
fn layout_decode_holds() {
    replay("layout_decode", 20_000, layouts::layout_decode);
}

#[test]
fn frames_hold() {
    replay("frames", 30_000, frames::frames);
}

#[test]
fn protocol_files_hold() {
    replay("protocol_file", 3_000, files::protocol_file);
}

#[test]
fn exchanges_hold() {
    replay("exchange", 40_000, exchange::exchange);
}

#[test]
fn sessions_hold() {
    replay("session", 8_000, session::session);
}

#[test]
fn pasted_hex_holds() {
    replay("pasted_hex", 40_000, hex::pasted_hex);
}

#[test]
fn display_holds() {
    replay("display", 40_000, display::display);
}
