//! One connection at a time to each device, whatever it is called: some take only one, and would seem to hang up on the
//! other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use wigwag_fleet::schedule::{Place, Places};

/// Who is at which device, and who waits for that to end.
#[derive(Clone, Default)]
pub(super) struct Turns {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    places: Places,
    waiting: HashMap<u32, Arc<Notify>>,
}

/// Nobody else is at the device while this is held.
pub(super) struct Turn {
    turns: Turns,
    places: Vec<Place>,
}

impl Turns {
    /// Waits until nobody is at these places, which are one device. `target` is the number of who waits.
    pub(super) async fn wait(&self, target: u32, places: Vec<Place>) -> Turn {
        let called = Arc::new(Notify::new());
        while !self.enter(target, &places, &called) {
            called.notified().await;
        }
        Turn { turns: self.clone(), places }
    }

    fn enter(&self, target: u32, places: &[Place], called: &Arc<Notify>) -> bool {
        let mut state = self.state();
        let has_entered = state.places.enter(places, target);
        if !has_entered {
            state.waiting.insert(target, called.clone());
        }
        has_entered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        for target in state.places.leave(&self.places) {
            if let Some(called) = state.waiting.remove(&target) {
                called.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<Place> {
        vec![Place::read(text)]
    }

    #[tokio::test]
    async fn whoever_comes_second_waits_for_the_first() {
        let turns = Turns::default();
        let first = turns.wait(0, at("10.4.0.7:9100")).await;
        let _elsewhere = turns.wait(1, at("10.4.0.8:9100")).await;
        let waiting = [2, 3].map(|target| {
            let turns = turns.clone();
            tokio::spawn(async move { drop(turns.wait(target, at("10.4.0.7:9100")).await) })
        });
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|second| !second.is_finished()));

        drop(first);

        for second in waiting {
            second.await.unwrap();
        }
    }
}
