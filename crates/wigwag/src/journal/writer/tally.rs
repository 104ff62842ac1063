//! The last outcome of each target, so that the counts of a run are right at any time: one byte a target.

use wigwag_fleet::Counts;
use wigwag_protocol::outcome::Outcome;

use crate::journal::read::Standings;

const NONE: u8 = u8::MAX;

/// What came of each target so far.
#[derive(Debug, Default)]
pub(in crate::journal) struct Tally {
    /// A place in [`Outcome::ALL`] for each target, by its number.
    last: Vec<u8>,
    counts: Counts,
}

impl Tally {
    /// What earlier processes of the run left.
    pub(in crate::journal) fn of(standings: &Standings) -> Self {
        let mut tally = Self::default();
        for number in 0..standings.len() {
            if let Some(outcome) = standings.outcome(number) {
                tally.ended(number, outcome);
            }
        }
        tally
    }

    /// A target has this outcome, in place of an earlier one.
    pub(in crate::journal) fn ended(&mut self, number: u32, outcome: Outcome) {
        let place = number as usize;
        if self.last.len() <= place {
            self.last.resize(place + 1, NONE);
        }
        let Some(last) = self.last.get_mut(place) else { return };
        if let Some(earlier) = Outcome::ALL.get(usize::from(*last)) {
            self.counts.take_back(*earlier);
        }
        self.counts.add(outcome);
        *last = crate::journal::run::index_of(outcome);
    }

    pub(in crate::journal) fn counts(&self) -> &Counts {
        &self.counts
    }
}
