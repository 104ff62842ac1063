//! Replays the corpora of the fuzz targets, and what is near to them. What a fuzzer finds is added:
//! `fuzz/corpus-seed/TARGET/`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/properties/device/mod.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets share it")]
mod properties;
#[path = "../../../fuzz/properties/replay.rs"]
#[expect(unreachable_pub, reason = "the tests of other crates share it")]
mod replay;

use properties::{agent, scenarios};
use replay::replay;

#[test]
fn agent_configurations_hold() {
    replay("agent_config", 8_000, agent::agent_config);
}

#[test]
fn scenarios_hold() {
    replay("scenario", 15_000, scenarios::scenario);
}
