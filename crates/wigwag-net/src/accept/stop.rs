//! A wish to stop, shared.

use std::sync::Arc;

use tokio::sync::watch;

/// One wish to stop that many can wait for. Clones share it; it is never taken back.
#[derive(Debug, Clone)]
pub struct Stop {
    wish: Arc<watch::Sender<bool>>,
}

impl Stop {
    /// Nobody wishes to stop yet.
    pub fn new() -> Self {
        Self { wish: Arc::new(watch::Sender::new(false)) }
    }

    /// Wishes to stop. Again is the same as once.
    pub fn stop(&self) {
        self.wish.send_replace(true);
    }

    /// Whether somebody has wished to stop.
    pub fn is_stopped(&self) -> bool {
        *self.wish.borrow()
    }

    /// Waits for the wish; returns at once if it is there already. May be dropped and asked again.
    pub async fn stopped(&self) {
        // The sender lives in `self`, so the channel cannot be closed.
        let _ = self.wish.subscribe().wait_for(|stopped| *stopped).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
