//! What a person does to a run while it goes on.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A hand on a run, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Control {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// How often a stop was asked for.
    stops: AtomicU8,
    /// How many waves were agreed to.
    agreed: AtomicUsize,
    waker: Mutex<Option<Waker>>,
}

/// Wakes a driver from any thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

impl Control {
    /// The first time: stops starting, cancels what has not reached its commit point, and waits for the rest. The second
    /// time: cuts all.
    pub fn stop(&self) {
        // Two are all there is to tell; a third must not wrap around.
        let _ =
            self.state.stops.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |stops| Some(stops.saturating_add(1)));
        self.wake();
    }

    /// Agrees to the next wave.
    pub fn agree(&self) {
        self.state.agreed.fetch_add(1, Ordering::SeqCst);
        self.wake();
    }

    /// Wakes the run: a source has more, or a gate has granted.
    pub fn wake(&self) {
        let waker = self.state.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(wake) = waker {
            wake();
        }
    }

    pub(crate) fn stops(&self) -> u8 {
        self.state.stops.load(Ordering::SeqCst)
    }

    pub(crate) fn agreed(&self) -> usize {
        self.state.agreed.load(Ordering::SeqCst)
    }

    pub(crate) fn set_waker(&self, waker: Waker) {
        *self.state.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("stops", &self.stops).field("agreed", &self.agreed).finish_non_exhaustive()
    }
}
