//! The frames in a stream are the same however it was split, lose no byte, and mean the same when written again.
#![no_main]

#[path = "../properties/protocol/mod.rs"]
#[allow(dead_code)]
mod properties;

use std::sync::LazyLock;
use wigwag_protocol::layout::Layout;

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(properties::layouts::layouts);

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::layouts::layout_decode(&LAYOUTS, data));
