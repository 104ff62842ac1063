//! What an accept loop counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of an accept loop, readable while it runs.
#[derive(Debug, Default)]
pub struct Stats {
    pub(super) accepted: AtomicU64,
    pub(super) not_allowed: AtomicU64,
    pub(super) over_limit: AtomicU64,
    pub(super) gave_way: AtomicU64,
    pub(super) finished: AtomicU64,
    pub(super) panicked: AtomicU64,
    pub(super) aborted: AtomicU64,
    pub(super) accept_errors: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were accepted, with those that were closed at once.
    pub accepted: u64,
    /// Connections that were closed at once because their address may not connect.
    pub not_allowed: u64,
    /// Connections that were closed at once because the limit was reached and all others were acting.
    pub over_limit: u64,
    /// Connections that were cut to make room for others.
    pub gave_way: u64,
    /// Handlers that came to their end.
    pub finished: u64,
    /// Handlers that panicked; a bug, and the loop goes on.
    pub panicked: u64,
    /// Handlers that were cut when the grace time was over.
    pub aborted: u64,
    /// Failures to accept: mostly a shortage of descriptors.
    pub accept_errors: u64,
}

impl Stats {
    /// The counters now.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            accepted: read(&self.accepted),
            not_allowed: read(&self.not_allowed),
            over_limit: read(&self.over_limit),
            gave_way: read(&self.gave_way),
            finished: read(&self.finished),
            panicked: read(&self.panicked),
            aborted: read(&self.aborted),
            accept_errors: read(&self.accept_errors),
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counts {
    /// Connections that are being served.
    pub const fn open(&self) -> u64 {
        let ended = self.not_allowed + self.over_limit + self.gave_way + self.finished + self.panicked + self.aborted;
        self.accepted.saturating_sub(ended)
    }
}
