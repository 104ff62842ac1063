//! What is waited for, until when, and what it means when that moment comes.

use super::{Exchange, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::words::{self, Limit};
use crate::layout::Closing;
use crate::outcome::{Outcome, Unconfirmed, Unreachable};
use crate::protocol::{Cutter, Reply};

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// A silence that means something: it ends a frame, says that nothing more comes, or was asked for.
    Silence,
    /// Something that was due has not come.
    Overdue(Limit),
}

impl Exchange {
    /// When to call [`handle_deadline`](Self::handle_deadline) if nothing happens before; nothing once it is over.
    pub fn deadline(&self) -> Option<Moment> {
        self.next_wait().map(|(at, _)| at)
    }

    /// A deadline has come: gives up, or ends a frame by its silence. Before that moment this changes nothing.
    pub fn handle_deadline(&mut self, now: Moment) {
        let Some((_, wait)) = self.next_wait().filter(|(at, _)| *at <= now) else { return };
        match (self.state, wait) {
            (State::Ended, _) => {}
            (State::Connecting | State::Expecting | State::Telling | State::Sending, Wait::Silence) => {}
            (State::Pausing { .. }, Wait::Silence) => self.start_sending(now),
            (State::Greeting, Wait::Silence) => self.greeting_fell_silent(now),
            (State::HalfClosing | State::Receiving, Wait::Silence) => self.response_fell_silent(now),
            (State::Connecting, Wait::Overdue(limit)) => self.not_connected(limit, now),
            (State::Greeting, Wait::Overdue(limit)) => self.no_greeting(limit, now),
            (State::Expecting, Wait::Overdue(limit)) => self.not_logged_in(&words::nothing_expected(limit), now),
            (State::Telling, Wait::Overdue(limit)) => self.not_logged_in(&words::took_no_more(limit), now),
            (State::Pausing { .. } | State::Sending, Wait::Overdue(limit)) => self.not_taken(limit, now),
            (State::HalfClosing | State::Receiving, Wait::Overdue(limit)) => self.no_response(limit, now),
        }
    }

    fn next_wait(&self) -> Option<(Moment, Wait)> {
        let times = self.turn.call.times();
        let first = Wait::Overdue(Limit::Of(times.first));
        let wait = match self.state {
            State::Ended => return None,
            State::Connecting => (self.began + times.connect, Wait::Overdue(Limit::Of(times.connect))),
            State::Pausing { until } => (until, Wait::Silence),
            State::Sending | State::Telling => (self.moved + times.first, first),
            State::Expecting => (self.waiting_since + times.first, first),
            State::HalfClosing | State::Receiving if matches!(self.turn.call.reply(), Reply::Nothing) => {
                (self.moved + times.idle, Wait::Silence)
            }
            State::Greeting | State::HalfClosing | State::Receiving => {
                let has_begun = !self.since_the_command().is_empty() || self.turn.answer.frames > 0;
                match self.silence() {
                    Some(silence) => (self.moved + silence, Wait::Silence),
                    None if has_begun => (self.moved + times.idle, Wait::Overdue(Limit::Of(times.idle))),
                    None => (self.waiting_since + times.first, first),
                }
            }
        };
        let total = (self.began + times.total, Wait::Overdue(Limit::Total(times.total)));
        Some(if wait.0 <= total.0 { wait } else { total })
    }

    fn silence(&self) -> Option<std::time::Duration> {
        if self.state == State::Greeting {
            return self.greeting_silence();
        }
        self.turn.cutter.as_ref().and_then(Cutter::silence).filter(|_| !self.inbox.is_empty())
    }

    fn response_fell_silent(&mut self, now: Moment) {
        self.read_response(Closing::Silent, now);
        // A silence is told once: the next one is measured anew.
        self.moved = now;
        let waits = matches!(self.state, State::HalfClosing | State::Receiving);
        if waits && matches!(self.turn.call.reply(), Reply::Nothing) {
            self.sent(now);
        }
    }

    fn not_connected(&mut self, limit: Limit, now: Moment) {
        let error = match self.evidence.phase {
            Phase::Resolve => words::not_resolved(limit),
            Phase::Tls => words::not_secured(limit),
            Phase::Connect | Phase::Greeting | Phase::Login | Phase::Send | Phase::Response => {
                words::not_connected(limit)
            }
        };
        self.unreachable(Unreachable::Timeout, error, now);
    }

    fn no_greeting(&mut self, limit: Limit, now: Moment) {
        self.evidence.stale = self.inbox.take_all();
        let error = words::no_greeting(limit, &self.evidence.stale);
        self.unreachable(Unreachable::Greeting, error, now);
    }

    fn not_taken(&mut self, limit: Limit, now: Moment) {
        if !self.is_the_command() {
            self.not_logged_in(&words::took_no_more(limit), now);
        } else if self.turn.written == 0 {
            self.unreachable(Unreachable::Timeout, words::took_nothing(limit), now);
        } else {
            self.partial_send(&words::took_no_more(limit), now);
        }
    }

    fn no_response(&mut self, limit: Limit, now: Moment) {
        self.take_what_is_whole(now);
        if !matches!(self.state, State::HalfClosing | State::Receiving) {
            return;
        }
        let so_far = self.answered_so_far();
        let (reason, error) = match self.turn.call.reply() {
            Reply::Nothing => (Unconfirmed::Stalled, words::never_silent(limit)),
            Reply::Any | Reply::Frames(_) | Reply::Until(..) if so_far.is_empty() => {
                (Unconfirmed::NoReply, words::no_reply(limit))
            }
            Reply::Any | Reply::Frames(_) | Reply::Until(..) => {
                let expected = self.turn.form().map(|form| form.source()).unwrap_or_default();
                self.evidence.hint = Some(words::expected_end(&expected));
                (Unconfirmed::Stalled, words::stalled(limit, &so_far))
            }
        };
        self.give_up(Outcome::Unconfirmed(reason), error, now);
    }
}
