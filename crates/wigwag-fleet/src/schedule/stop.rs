//! What becomes of everything when no more is started.

use wigwag_net::driver::Cut;
use wigwag_protocol::Moment;
use wigwag_protocol::outcome::{Outcome, Skipped};

use super::Schedule;
use super::active::State;
use crate::event::{Event, Stop};
use crate::pace::When;

/// The outcome of what a stop keeps from being sent, and why in one line.
pub(super) fn untried(stop: &Stop) -> (Outcome, String) {
    match stop {
        Stop::Person => (Outcome::Cancelled, "cancelled before anything was sent".to_owned()),
        Stop::Halt(rule) => (Outcome::Skipped(Skipped::Halted), format!("not sent: the run was halted ({rule})")),
        Stop::Deadline => (Outcome::Expired, "not sent: the deadline of the run had passed".to_owned()),
        Stop::Refused(_) => {
            (Outcome::Skipped(Skipped::Halted), "not sent: the journal could not be written".to_owned())
        }
    }
}

impl Schedule {
    /// A person has asked so often to stop. The first time what has not been sent is cancelled, the second time all is
    /// cut.
    pub fn handle_stops(&mut self, stops: u8, now: Moment) {
        if self.stops_followed < 1 && stops >= 1 {
            self.stops_followed = 1;
            self.stop(Stop::Person, now);
            self.cut = self.cut.max(Some(Cut::Uncommitted));
        }
        if self.stops_followed < 2 && stops >= 2 {
            self.stops_followed = 2;
            self.cut = Some(Cut::All);
        }
    }

    /// So many waves have been agreed to.
    pub fn handle_agreed(&mut self, agreed: usize) {
        self.waving.handle_agreed(agreed);
    }

    /// The gate grants nothing any more.
    pub fn handle_refused(&mut self, why: &str, now: Moment) {
        if !matches!(self.stop, Some(Stop::Refused(_))) {
            self.stop(Stop::Refused(why.to_owned()), now);
        }
    }

    /// Starts nothing any more. The first reason counts for what is left; the machine's own trouble is told in any case.
    pub(super) fn stop(&mut self, stop: Stop, now: Moment) {
        self.cut = self.cut.max(match &stop {
            Stop::Halt(rule) if rule.when == When::Now => Some(Cut::All),
            Stop::Deadline => Some(Cut::Uncommitted),
            Stop::Halt(_) | Stop::Person | Stop::Refused(_) => None,
        });
        let is_first = self.stop.is_none();
        if is_first || matches!(stop, Stop::Refused(_)) {
            self.events.push(Event::Stopped(stop.clone()));
        }
        if !is_first {
            return;
        }
        let (outcome, error) = untried(&stop);
        self.stop = Some(stop);
        let mut left: Vec<u32> =
            self.active.values().filter(|active| active.state != State::InFlight).map(|active| active.number).collect();
        left.sort_unstable();
        for number in left {
            self.end_untried(number, outcome, error.clone(), now);
        }
    }
}
