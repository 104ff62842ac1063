//! How many ended how, for the rules that stop a run.

use wigwag_protocol::outcome::Outcome;

use crate::pace::{Counted, HaltRule};

#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of those that were tried.
    outcomes: u32,
    rejected: u32,
    unreachable: u32,
    unconfirmed: u32,
    garbled: u32,
}

impl Tally {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            // What was not tried says nothing of the devices.
            Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired => return,
            Outcome::Ok | Outcome::Sent => {}
            Outcome::Rejected => self.rejected += 1,
            Outcome::Unreachable(_) => self.unreachable += 1,
            Outcome::Unconfirmed(_) => self.unconfirmed += 1,
            Outcome::Garbled(_) => self.garbled += 1,
        }
        self.outcomes += 1;
    }

    /// The first of these rules that holds.
    pub(super) fn broken<'r>(&self, rules: impl IntoIterator<Item = &'r HaltRule>) -> Option<&'r HaltRule> {
        rules.into_iter().find(|rule| rule.holds(self.of(rule.counted), self.outcomes))
    }

    fn of(&self, counted: Counted) -> u32 {
        match counted {
            Counted::Failed => self.rejected + self.unreachable + self.unconfirmed + self.garbled,
            Counted::Rejected => self.rejected,
            Counted::Unreachable => self.unreachable,
            Counted::Unconfirmed => self.unconfirmed,
            Counted::Garbled => self.garbled,
        }
    }
}
