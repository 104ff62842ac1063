//! How fast a run goes, and what stops it.
//!
//! | file | what it says |
//! |---|---|
//! | `rate` | `100/s`: how many starts in a time |
//! | `subnet` | `24:20`: how many in flight in a network |
//! | `waves` | `1,10%,100%`: how many before the others |
//! | `halt` | `soon,failed=3%`: what is too much |
//! | `retries` | what is tried again, and when |

mod halt;
mod rate;
mod retries;
mod subnet;
mod waves;

use std::time::Duration;

pub use halt::{Counted, HaltRule, Limit, When};
pub(crate) use rate::Meter;
pub use rate::Rate;
pub use retries::{Backoff, Retries};
pub(crate) use retries::{Budget, budget};
pub use subnet::{Subnet, SubnetCap};
pub use waves::{Pause, Share, Waves, WavesError};

/// How fast a run goes, and what stops it.
#[derive(Debug, Clone)]
pub struct Pace {
    /// The most devices in flight at once; at least 1.
    pub fanout: usize,
    /// The most starts in a time.
    pub rate: Option<Rate>,
    /// The most in flight in a network; one for each family.
    pub per_subnet: Vec<SubnetCap>,
    /// How many before the others, as numbers of targets that rise. The last one is all; empty: one wave.
    pub waves: Vec<u32>,
    /// What comes between two waves.
    pub pause: Pause,
    /// How long after its begin the run starts nothing any more.
    pub deadline: Option<Duration>,
    /// What stops it.
    pub halts: Vec<HaltRule>,
    /// Rules that hold only before the last wave.
    pub canary_halts: Vec<HaltRule>,
    /// What is tried again.
    pub retries: Retries,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            fanout: 256,
            rate: None,
            per_subnet: Vec::new(),
            waves: Vec::new(),
            pause: Pause::For(Duration::ZERO),
            deadline: None,
            halts: Vec::new(),
            canary_halts: Vec::new(),
            retries: Retries::default(),
        }
    }
}
