//! How far starts may go now.

use wigwag_protocol::Moment;

use crate::event::{Event, Next, WaveEnded};
use crate::pace::{Pace, Pause};

/// Where a run is in its waves.
#[derive(Debug)]
pub(super) struct Waving {
    /// The numbers of targets at which each wave ends; one at least, and the last is the end of all.
    ends: Vec<u32>,
    pause: Pause,
    wave: usize,
    /// All targets of the present wave have been taken in.
    is_in: bool,
    between: Option<Between>,
    /// How many waves had been agreed to when this one began.
    agreed_before: usize,
    agreed: usize,
}

/// What the next wave waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Until(Moment),
    Agreement,
}

impl Waving {
    /// `first` is the wave to begin with: not 0 where an earlier process of the run has come farther.
    pub(super) fn new(pace: &Pace, first: usize) -> Self {
        let mut ends = pace.waves.clone();
        // The last wave is all that is left: only the source knows where that ends.
        ends.pop();
        ends.push(u32::MAX);
        let wave = first.min(ends.len() - 1);
        Self { ends, pause: pace.pause, wave, is_in: false, between: None, agreed_before: 0, agreed: 0 }
    }

    /// Whether targets of the present wave may be left.
    pub(super) fn has_room(&self) -> bool {
        self.between.is_none() && !self.is_in
    }

    /// The number at which the present wave ends.
    pub(super) fn end(&self) -> u32 {
        self.ends.get(self.wave).copied().unwrap_or(u32::MAX)
    }

    /// The next target does not belong to the present wave.
    pub(super) fn handle_none_below(&mut self) {
        self.is_in = true;
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
        if settled && self.between.is_none() && self.is_canary() && self.is_in {
            let (between, next) = match self.pause {
                Pause::For(pause) => (Between::Until(now + pause), Next::After(pause)),
                Pause::Ask => (Between::Agreement, Next::Asked),
            };
            self.between = Some(between);
            self.agreed_before = self.agreed;
            events.push(Event::WaveEnded(WaveEnded { wave: self.wave, targets: self.end(), next }));
        }
        let goes_on = match self.between {
            Some(Between::Until(until)) => until <= now,
            Some(Between::Agreement) => self.agreed > self.agreed_before,
            None => false,
        };
        if goes_on {
            self.between = None;
            self.is_in = false;
            self.wave += 1;
            events.push(Event::WaveStarted { wave: self.wave });
        }
        events
    }
}
