//! How far starts may go now.

use std::time::Duration;

use wigwag_protocol::Moment;

use crate::event::{Event, Next, WaveEnded};
use crate::pace::{Pace, Pause};

/// Where a run is in its waves.
#[derive(Debug)]
pub(super) struct Waving {
    /// How many targets each wave has together with those before it; one at least.
    ends: Vec<u32>,
    pause: Pause,
    wave: usize,
    /// How many targets were taken in.
    taken: u32,
    between: Option<Between>,
    agreed: usize,
}

/// What the next wave waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Until(Moment),
    Agreement,
}

impl Waving {
    pub(super) fn new(pace: &Pace) -> Self {
        let mut ends = pace.waves.clone();
        // The last wave is all that is left: only the source knows where that ends.
        ends.pop();
        ends.push(u32::MAX);
        Self { ends, pause: pace.pause, wave: 0, taken: 0, between: None, agreed: 0 }
    }

    /// How many more targets belong to the present wave.
    pub(super) fn room(&self) -> usize {
        match self.between {
            Some(_) => 0,
            None => self.end().saturating_sub(self.taken) as usize,
        }
    }

    pub(super) fn took_in(&mut self) {
        self.taken = self.taken.saturating_add(1);
    }

    pub(super) fn handle_agreed(&mut self, agreed: usize) {
        self.agreed = agreed;
    }

    /// Whether there are waves, and the last one has not begun.
    pub(super) fn is_canary(&self) -> bool {
        self.wave + 1 < self.ends.len()
    }

    pub(super) fn deadline(&self) -> Option<Moment> {
        match self.between {
            Some(Between::Until(until)) => Some(until),
            Some(Between::Agreement) | None => None,
        }
    }

    /// `settled`: every target that was taken in has its outcome, and the run goes on.
    pub(super) fn advance(&mut self, settled: bool, now: Moment) -> Vec<Event> {
        let mut events = Vec::new();
        if settled && self.between.is_none() && self.is_canary() && self.taken >= self.end() {
            let (between, next) = match self.pause {
                Pause::For(pause) => (Between::Until(now + pause), Next::After(pause)),
                Pause::Ask => (Between::Agreement, Next::Asked),
            };
            self.between = Some(between);
            events.push(Event::WaveEnded(WaveEnded { wave: self.wave, targets: self.taken, next }));
        }
        let goes_on = match self.between {
            Some(Between::Until(until)) => until <= now,
            Some(Between::Agreement) => self.agreed > self.wave,
            None => false,
        };
        if goes_on {
            self.between = None;
            self.wave += 1;
            if self.pause != Pause::For(Duration::ZERO) {
                events.push(Event::WaveStarted { wave: self.wave });
            }
        }
        events
    }

    fn end(&self) -> u32 {
        self.ends.get(self.wave).copied().unwrap_or(u32::MAX)
    }
}
