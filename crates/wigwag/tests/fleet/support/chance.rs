//! Numbers that nobody can foresee.

use std::time::{SystemTime, UNIX_EPOCH};

/// xorshift64*: any numbers will do that differ from run to run. The seed is printed, so that a failure can be had again.
pub(crate) struct Chance(u64);

impl Chance {
    /// From `WIGWAG_SEED`, or from the clock.
    #[expect(clippy::print_stderr, reason = "a test that fails shows it")]
    pub(crate) fn new() -> Self {
        let drawn = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = std::env::var("WIGWAG_SEED").map_or(drawn, |seed| seed.parse().expect("WIGWAG_SEED is a number"));
        eprintln!("WIGWAG_SEED={seed}");
        Self(seed | 1)
    }

    /// From 0 up to, but not, `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end.max(1)
    }
}
