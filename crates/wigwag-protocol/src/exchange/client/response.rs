//! What comes after the command: an answer, a no, nothing, or something that cannot be either.

use super::{Exchange, Expect, Failure, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::{KEPT, body_of, keep, refusal, words};
use crate::layout::{Closing, DecodeError, DecodeErrorKind, EndReason, Step};
use crate::outcome::{Garbled, Outcome, Unconfirmed};

impl Exchange {
    /// All of the command is written.
    pub(super) fn start_receiving(&mut self, now: Moment) {
        self.state = if self.half_closes() { State::HalfClosing } else { State::Receiving };
        self.begin_phase(Phase::Response, now);
        self.decoder = Some(self.protocol.response.decoder());
        if !self.inbox.is_empty() {
            self.note_first_byte(now);
            self.read_response(Closing::Open, now);
        }
    }

    pub(super) fn note_first_byte(&mut self, now: Moment) {
        let since = now.since(self.phase_began);
        self.evidence.timing.first_byte.get_or_insert(since);
    }

    /// A response may begin while we still write. It is taken in, and judged once all is written: only then did the
    /// device have the whole command. Here the decoder only tells when more would be of no use.
    pub(super) fn read_ahead(&mut self, bytes: &[u8]) {
        let room = self.enough.map_or(bytes.len(), |enough| enough.saturating_sub(self.inbox.len()));
        self.inbox.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if self.enough.is_none() {
            let decoder = self.decoder.get_or_insert_with(|| self.protocol.response.decoder());
            if decoder.advance(&self.inbox, Closing::Open) != Ok(Step::NeedMore) {
                self.enough = Some(self.inbox.len() + KEPT);
            }
        }
    }

    pub(super) fn read_response(&mut self, closing: Closing, now: Moment) {
        match self.expect {
            Expect::Response => self.read_answer(closing, now),
            Expect::Nothing => self.read_unasked(closing, now),
        }
    }

    fn read_answer(&mut self, closing: Closing, now: Moment) {
        let Some(decoder) = &mut self.decoder else { return };
        match decoder.advance(&self.inbox, closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(size)) => self.classify(size, now),
            Err(error) => self.garbled(&error, now),
        }
    }

    /// No answer is due. What comes all the same is noted and not judged, unless it says no.
    fn read_unasked(&mut self, closing: Closing, now: Moment) {
        let mut done = 0;
        while let Some(decoder) = &mut self.decoder {
            let input = self.inbox.get(done..).unwrap_or_default();
            let size = match decoder.advance(input, closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => break,
                Ok(Step::Frame(size)) => {
                    if refusal(&self.protocol, &body_of(&self.protocol, decoder, input, size)).is_some() {
                        self.inbox.drain(..done);
                        self.classify(size, now);
                        return;
                    }
                    size
                }
                Err(_) => input.len(),
            };
            keep(&mut self.evidence.extra, input.get(..size).unwrap_or(input));
            decoder.reset();
            done += size;
        }
        self.inbox.drain(..done.min(self.inbox.len()));
    }

    /// What has come may be whole already: a `CR` that could still have become `CR LF`. A frame that only silence ends is
    /// not, and a reset ends no frame.
    pub(super) fn take_what_is_whole(&mut self, now: Moment) {
        let answering = matches!(self.state, State::HalfClosing | State::Receiving) && self.expect == Expect::Response;
        let Some(decoder) = self.decoder.as_mut().filter(|_| answering) else { return };
        if let Ok(Step::Frame(size)) = decoder.advance(&self.inbox, Closing::Silent)
            && decoder.frame(&self.inbox).reason() != EndReason::Idle
        {
            self.classify(size, now);
        }
    }

    /// A whole frame: is it a yes or a no?
    fn classify(&mut self, size: usize, now: Moment) {
        let Some(decoder) = self.decoder.take() else { return };
        let frame = decoder.frame(&self.inbox);
        self.evidence.fields = frame.fields();
        self.evidence.ended_by = Some(frame.reason());
        self.evidence.body = body_of(&self.protocol, &decoder, &self.inbox, size);
        let behind = self.inbox.split_off(size.min(self.inbox.len()));
        keep(&mut self.evidence.extra, &behind);
        self.evidence.response = std::mem::take(&mut self.inbox);

        self.evidence.refusal = refusal(&self.protocol, &self.evidence.body);
        match &self.evidence.refusal {
            None => self.finish(Outcome::Ok, None, now),
            Some(refusal) => {
                let error = words::refused(refusal, &self.evidence.body);
                self.finish(Outcome::Rejected, Some(error), now);
            }
        }
    }

    /// Nothing said no.
    pub(super) fn sent(&mut self, now: Moment) {
        keep(&mut self.evidence.extra, &self.inbox);
        self.inbox.clear();
        self.finish(Outcome::Sent, None, now);
    }

    fn garbled(&mut self, error: &DecodeError, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let reason = match error.kind {
            DecodeErrorKind::Framing => Garbled::Framing,
            DecodeErrorKind::Checksum => Garbled::Checksum,
            DecodeErrorKind::TooLong => Garbled::TooLong,
            DecodeErrorKind::Text => Garbled::Decode,
        };
        self.finish(Outcome::Garbled(reason), Some(words::garbled(error)), now);
    }

    pub(super) fn closed_without_response(&mut self, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let (reason, error) = if self.evidence.response.is_empty() && self.said_fin {
            self.evidence.hint = Some(words::TRY_OPEN.to_owned());
            (Unconfirmed::ClosedAfterFin, words::closed_after_fin())
        } else {
            (Unconfirmed::Closed, words::cut_off(words::CLOSED, &self.evidence.response))
        };
        self.finish(Outcome::Unconfirmed(reason), Some(error), now);
    }

    pub(super) fn broken_off(&mut self, failure: Failure, cause: &str, now: Moment) {
        self.take_what_is_whole(now);
        if self.state == State::Ended {
            return;
        }
        self.evidence.response = std::mem::take(&mut self.inbox);
        let response = &self.evidence.response;
        let (reason, error) = match failure {
            Failure::Reset => (Unconfirmed::Reset, words::cut_off(cause, response)),
            Failure::Truncated => (Unconfirmed::Closed, words::cut_off(cause, response)),
            Failure::Local => (Unconfirmed::Reset, words::cut_off(&words::own_fault(cause), response)),
        };
        if failure == Failure::Reset && response.is_empty() && self.said_fin {
            self.evidence.hint = Some(words::TRY_OPEN.to_owned());
        }
        self.finish(Outcome::Unconfirmed(reason), Some(error), now);
    }
}
