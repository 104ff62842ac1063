//! Numbers that nobody can foresee, and that a test can.

/// Xorshift (Marsaglia, 2003): good enough to spread waits.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        // It never leaves zero.
        Self(seed | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to 1.
    pub(super) fn fraction(&mut self) -> f64 {
        self.next() as f64 / u64::MAX as f64
    }
}
