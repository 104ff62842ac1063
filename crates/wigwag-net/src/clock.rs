//! Tokio's clock, as moments.

use std::time::Duration;

use tokio::time::Instant;
use wigwag_protocol::Moment;

/// The moments of one process: its origin is the instant at which it was made.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose origin is now.
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// The present moment.
    pub fn now(self) -> Moment {
        Moment::after_origin(self.origin.elapsed())
    }

    /// When a moment will be, for Tokio's timers.
    pub fn instant(self, moment: Moment) -> Instant {
        // Farther than any time-out; it keeps the sum inside what an instant can say.
        const FARTHEST: Duration = Duration::from_secs(60 * 60 * 24 * 365);
        self.origin + moment.since_origin().min(FARTHEST)
    }
}
