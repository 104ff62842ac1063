//! What becomes of an attempt that has ended: an outcome, or another attempt.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use wigwag_net::DialError;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Evidence, Exchange, Link};
use wigwag_protocol::outcome::Outcome;

use super::Schedule;
use super::active::{self, Active, State};
use crate::event::{Ended, Event};
use crate::pace::{Budget, budget};
use crate::target::{Target, Task};

/// How often a start is tried again that this machine had no means for, and how long the first pause is. Together some
/// ten seconds: a shortage that lasts longer will not pass.
pub(super) const SHORTAGES: u16 = 8;
const FIRST_SHORTAGE: Duration = Duration::from_millis(50);

impl Schedule {
    /// An attempt has come to this: an outcome, or another attempt.
    pub(super) fn conclude(&mut self, number: u32, outcome: Outcome, evidence: Box<Evidence>, now: Moment) {
        let chance = self.chance.fraction();
        let Some(active) = self.active.get_mut(&number) else { return };
        let retries = self.pace.retries;
        let wait = match budget(outcome, &evidence, active.order.task.call.effect()) {
            _ if self.stop.is_some() => None,
            Some(Budget::Connect) if active.connect_retries < retries.connect => {
                active.connect_retries += 1;
                Some(retries.backoff.wait(active.connect_retries - 1, chance))
            }
            Some(Budget::Response) if active.response_retries < retries.response => {
                active.response_retries += 1;
                Some(retries.backoff.wait(active.response_retries - 1, chance))
            }
            Some(Budget::Shortage) if active.shortages < SHORTAGES => {
                active.shortages += 1;
                Some(Duration::ZERO)
            }
            Some(Budget::Connect | Budget::Response | Budget::Shortage) | None => None,
        };
        match budget(outcome, &evidence, active.order.task.call.effect()) {
            Some(Budget::Shortage) => self.note_shortage(&evidence, now),
            Some(Budget::Connect | Budget::Response) | None => self.shortages_in_a_row = 0,
        }
        match wait {
            Some(wait) => self.try_again(number, outcome, evidence, wait, now),
            None => self.end(number, outcome, evidence, now),
        }
    }

    fn try_again(&mut self, number: u32, outcome: Outcome, evidence: Box<Evidence>, wait: Duration, now: Moment) {
        self.leave_place(number);
        let time = self.time(now);
        let Some(active) = self.active.get_mut(&number) else { return };
        active.state = State::Waiting;
        let told = (outcome, evidence.clone());
        active.before = Some(active::what_counts(active.before.take(), told));
        let tried = Ended { target: active.target(), attempt: active.attempt, outcome, evidence, time };
        self.events.push(Event::Tried(tried));
        let due = (now + wait).max(self.short_until.unwrap_or(now));
        self.waiting.push(Reverse((due, number)));
    }

    /// This machine is short of something: all starts wait, twice as long each time in a row.
    fn note_shortage(&mut self, evidence: &Evidence, now: Moment) {
        if self.short_until.is_some() {
            return;
        }
        let pause = FIRST_SHORTAGE * 2_u32.saturating_pow(self.shortages_in_a_row.min(u32::from(SHORTAGES)));
        self.shortages_in_a_row += 1;
        self.short_until = Some(now + pause);
        let cause = evidence.error.clone().unwrap_or_default();
        self.events.push(Event::Short { cause, pause });
    }

    /// A target has its outcome, and what would have been its next attempt is none.
    pub(super) fn end_untried(&mut self, number: u32, outcome: Outcome, error: String, now: Moment) {
        if let Some(active) = self.active.get_mut(&number) {
            active.attempt -= u16::from(active.state.is_before_attempt());
        }
        let evidence = Box::new(Evidence { error: Some(error), ..Evidence::default() });
        self.end(number, outcome, evidence, now);
    }

    /// A target has its outcome.
    pub(super) fn end(&mut self, number: u32, outcome: Outcome, evidence: Box<Evidence>, now: Moment) {
        self.leave_place(number);
        let Some(mut active) = self.active.remove(&number) else { return };
        let (outcome, evidence) = active::what_counts(active.before.take(), (outcome, evidence));
        let attempt = active.attempt;
        self.tell(active.into_target(), attempt, outcome, evidence, now);
    }

    fn leave_place(&mut self, number: u32) {
        let Some(active) = self.active.get(&number).filter(|active| active.state.holds_place()) else { return };
        for next in self.places.leave(&active.places()).into_iter().rev() {
            self.ready.push_front(next);
        }
    }

    pub(super) fn tell_not_tried(&mut self, target: Target, outcome: Outcome, error: String, now: Moment) {
        let evidence = Box::new(Evidence { error: Some(error), ..Evidence::default() });
        let attempt = target.tried;
        self.tell(target, attempt, outcome, evidence, now);
    }

    fn tell(&mut self, target: Target, attempt: u16, outcome: Outcome, evidence: Box<Evidence>, now: Moment) {
        self.tally.add(outcome);
        let time = self.time(now);
        self.events.push(Event::Ended(Ended { target, attempt, outcome, evidence, time }));
    }

    fn time(&self, now: Moment) -> SystemTime {
        self.epoch + now.since_origin()
    }
}

/// How it ends for a target whose name has no address.
pub(super) fn not_found(active: &Active, error: &DialError, now: Moment) -> End {
    let Task { protocol, call, secrets, .. } = &*active.order.task;
    let mut exchange = Exchange::new(protocol.clone(), call.clone(), Link::new(secrets, 0), now);
    exchange.handle_unreachable(error.told(), now);
    exchange.poll_end().unwrap_or_else(|| unreachable!("an exchange without a connection is over"))
}
