//! Points in time, told from outside.

use std::ops::Add;
use std::time::Duration;

/// A point in time: how long after an origin that the driver chose once.
///
/// This crate never reads a clock. Whoever drives an exchange passes the moment with everything that happens, and a
/// test moves it by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(Duration);

impl Moment {
    /// The origin itself.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// The moment `after` the origin.
    pub const fn after_origin(after: Duration) -> Self {
        Self(after)
    }

    /// How long after the origin this is.
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; nothing if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}
