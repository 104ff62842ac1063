//! A wish to stop, shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// One wish to stop that many can wait for. Clones share it; it is never taken back.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Wish>);

#[derive(Debug)]
struct Wish {
    is_there: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Nobody wishes to stop yet.
    pub fn new() -> Self {
        Self(Arc::new(Wish { is_there: AtomicBool::new(false), told: Notify::new() }))
    }

    /// Wishes to stop. Again is the same as once.
    pub fn stop(&self) {
        self.0.is_there.store(true, Ordering::Release);
        self.0.told.notify_waiters();
    }

    /// Whether somebody has wished to stop.
    pub fn is_stopped(&self) -> bool {
        self.0.is_there.load(Ordering::Acquire)
    }

    /// Waits for the wish; returns at once if it is there already. May be dropped and asked again.
    pub async fn stopped(&self) {
        // It hears of a wish from when it is made, not from when it is waited for.
        let told = self.0.told.notified();
        if !self.is_stopped() {
            told.await;
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
