//! How large a crowd, and for how long.

use std::time::Duration;

use crate::hostile::{Crowd, Kind};

/// The crowd of a test run.
pub(crate) struct Form {
    pub(crate) lasts: Duration,
    /// `limits.connections` that nobody fills, and who comes then.
    pub(crate) roomy: usize,
    pub(crate) crowd: Crowd,
    /// `limits.connections` that are too few, and who comes then.
    pub(crate) cramped: usize,
    pub(crate) crowd_outside: Crowd,
}

impl Form {
    /// Short; long where `WIGWAG_CROWD` says how many seconds it lasts.
    pub(crate) fn of_this_run() -> Self {
        match std::env::var("WIGWAG_CROWD") {
            Ok(seconds) => {
                Self::long(Duration::from_secs(seconds.parse().expect("WIGWAG_CROWD is a number of seconds")))
            }
            Err(_) => Self::short(),
        }
    }

    fn short() -> Self {
        let (roomy, cramped, lasts) = (1500, 256, Duration::from_secs(3));
        Self { lasts, roomy, crowd: crowd(1000, 20), cramped, crowd_outside: crowd(1000, 20) }
    }

    fn long(lasts: Duration) -> Self {
        Self { lasts, roomy: 12_000, crowd: crowd(10_000, 100), cramped: 256, crowd_outside: crowd(4000, 60) }
    }
}

/// So many idle clients, and so many of most other kinds: fewer than there are places, for who has asked and does not take the
/// answer keeps its place until it has been idle for too long.
fn crowd(idle: usize, others: usize) -> Crowd {
    Crowd(vec![
        (Kind::Idle, idle),
        (Kind::Drip, others),
        (Kind::Endless, others),
        (Kind::Garbage, others),
        (Kind::HalfClose, others),
        (Kind::Reset, others),
        (Kind::FloodFromOne, 16),
        (Kind::FloodFromMany, 16),
        (Kind::NeverReads, others),
    ])
}
