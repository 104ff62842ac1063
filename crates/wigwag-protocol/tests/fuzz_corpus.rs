//! Replays the checked-in corpus of the fuzz targets. What a fuzzer finds is added to it: `fuzz/corpus-seed/TARGET/`.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by panicking, and reads its corpus")]

use std::path::Path;

#[path = "../../../fuzz/properties/protocol/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "the fuzz targets share it")]
mod properties;

fn replay(target: &str, property: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus-seed").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        property(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 10, "{count} inputs of {target}");
}

#[test]
fn layout_compile_holds_for_its_corpus() {
    replay("layout_compile", properties::layouts::layout_compile);
}

#[test]
fn layout_decode_holds_for_its_corpus() {
    let layouts = properties::layouts::layouts();
    replay("layout_decode", |data| properties::layouts::layout_decode(&layouts, data));
}
