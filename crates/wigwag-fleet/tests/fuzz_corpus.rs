//! Replays the corpora of the fuzz targets, and what is near to them. What a fuzzer finds is added:
//! `fuzz/corpus-seed/TARGET/`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/properties/fleet/mod.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets share it")]
mod properties;
#[path = "../../../fuzz/properties/replay.rs"]
#[expect(unreachable_pub, reason = "the tests of other crates share it")]
mod replay;

use properties::{conditions, inventories, targets};
use replay::replay;

#[test]
fn inventories_hold() {
    replay("inventory", 1_500, inventories::inventory);
}

#[test]
fn targets_hold() {
    replay("targets", 10_000, targets::targets);
}

#[test]
fn conditions_hold() {
    replay("condition", 10_000, conditions::condition);
}
