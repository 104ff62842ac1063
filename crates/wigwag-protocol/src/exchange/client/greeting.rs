//! What the device says first.

use std::time::Duration;

use super::{Exchange, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::{body_of, keep, refusal, words};
use crate::layout::{Closing, DecodeError, Decoder, Layout, Step};
use crate::outcome::Unreachable;

impl Exchange {
    pub(super) fn start_greeting(&mut self, now: Moment) {
        self.state = State::Greeting;
        self.begin_phase(Phase::Greeting, now);
        self.decoder = self.protocol.greeting.as_ref().filter(|greeting| lull(greeting).is_none()).map(Layout::decoder);
    }

    /// The silence that ends the greeting now, if one does.
    pub(super) fn greeting_silence(&self) -> Option<Duration> {
        match &self.decoder {
            Some(decoder) => decoder.silence(),
            None => self.protocol.greeting.as_ref().and_then(lull),
        }
    }

    pub(super) fn receive_greeting(&mut self, bytes: &[u8], now: Moment) {
        self.moved = now;
        if self.decoder.is_none() {
            keep(&mut self.inbox, bytes);
            return;
        }
        self.inbox.extend_from_slice(bytes);
        self.read_greeting(Closing::Open, now);
    }

    pub(super) fn greeting_fell_silent(&mut self, now: Moment) {
        if self.decoder.is_none() {
            self.greeted(self.inbox.len(), now);
            return;
        }
        self.read_greeting(Closing::Silent, now);
        // A silence is told once: the next one is measured anew.
        self.moved = now;
    }

    fn read_greeting(&mut self, closing: Closing, now: Moment) {
        let Some(decoder) = &mut self.decoder else { return };
        match decoder.advance(&self.inbox, closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(size)) => {
                self.evidence.refusal = refusal(&self.protocol, &body_of(&self.protocol, decoder, &self.inbox, size));
                match &self.evidence.refusal {
                    Some(refusal) => {
                        let error = words::greeted_with(refusal, self.inbox.get(..size).unwrap_or_default());
                        self.evidence.stale = std::mem::take(&mut self.inbox);
                        self.unreachable(Unreachable::Greeting, error, now);
                    }
                    None => self.greeted(size, now),
                }
            }
            Err(error) => self.wrong_greeting(&error, now),
        }
    }

    fn greeted(&mut self, size: usize, now: Moment) {
        self.evidence.timing.greeting = Some(now.since(self.phase_began));
        self.greeted = self.decoder.take();
        let behind = self.inbox.split_off(size.min(self.inbox.len()));
        self.inbox.clear();
        keep(&mut self.evidence.stale, &behind);
        self.start_sending(now);
    }

    fn wrong_greeting(&mut self, error: &DecodeError, now: Moment) {
        self.evidence.stale.append(&mut self.inbox);
        let error = words::wrong_greeting(error, &self.evidence.stale);
        self.unreachable(Unreachable::Greeting, error, now);
    }

    /// Takes the late second half of the greeting's end off the front of what comes next: the `LF` behind a `CR` is not
    /// an empty answer.
    pub(super) fn without_late_end<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if bytes.is_empty() {
            return bytes;
        }
        let late = self.greeted.take().map_or(0, |decoder: Decoder| decoder.late_end(bytes));
        bytes.get(late..).unwrap_or_default()
    }
}

/// The silence of a greeting that is nothing but `<IDLE t>`: whatever comes until then, mostly nothing. The one place
/// where silence ends an empty frame.
fn lull(greeting: &Layout) -> Option<Duration> {
    let (_, idle) = greeting.ends_by_closing();
    idle.filter(|_| greeting.can_start_with(&[]) == Some(false))
}
