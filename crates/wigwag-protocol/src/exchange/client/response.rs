//! What comes after a command: an answer, a no, nothing, or something that cannot be either.

use super::turn::{Judged, MOST_OF_AN_ANSWER, Said};
use super::{Exchange, Failure, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::{KEPT, Link, keep, words};
use crate::layout::{Closing, DecodeError, DecodeErrorKind, EndReason, Step, one_line};
use crate::outcome::{Garbled, Outcome, Unconfirmed};
use crate::protocol::{Refusal, Reply};

impl Exchange {
    /// All of the command is written.
    pub(super) fn start_receiving(&mut self, now: Moment) {
        self.state = if self.half_closes() { State::HalfClosing } else { State::Receiving };
        if self.is_the_command() {
            self.begin_phase(Phase::Response, now);
            self.sort_early_bytes();
        } else {
            self.moved = now;
        }
        self.waiting_since = now;
        if !self.since_the_command().is_empty() {
            self.note_first_byte(now);
        }
        if !self.inbox.is_empty() {
            self.read_response(Closing::Open, now);
        }
    }

    /// What has come and is not yet part of a frame, without what came before the command: that is stale already.
    pub(super) fn since_the_command(&self) -> &[u8] {
        self.inbox.unread().get(self.stale_head.unwrap_or_default()..).unwrap_or_default()
    }

    pub(super) fn note_first_byte(&mut self, now: Moment) {
        if self.is_the_command() {
            let since = now.since(self.phase_began);
            self.evidence.timing.first_byte.get_or_insert(since);
        }
    }

    /// What came before the command cannot be its answer. Where frames come unasked the last of those bytes may be the
    /// first half of one: then its second half is no answer either.
    fn sort_early_bytes(&mut self) {
        let Some(form) = self.turn.form().cloned() else { return };
        let expects_others = !self.protocol.classes.event.is_empty() || !form.matches.is_empty() || form.unsolicited;
        let early = std::mem::take(&mut self.early);
        if early.is_empty() || !expects_others {
            return;
        }
        let mut done = 0;
        while let Some(cutter) = self.turn.cutter() {
            done += cutter.form().padding(early.get(done..).unwrap_or_default());
            let input = early.get(done..).unwrap_or_default();
            match cutter.advance(input, Closing::Open) {
                Ok(Step::Frame(size @ 1..)) => done += size,
                Ok(Step::NeedMore) if !input.is_empty() => {
                    self.inbox.put_back(input);
                    self.stale_head = Some(input.len());
                    break;
                }
                Ok(Step::NeedMore | Step::Frame(_)) | Err(_) => break,
            }
            self.turn.next_frame();
        }
        self.turn.cutter = None;
    }

    /// A response may begin while we still write. It is taken in, and judged once all is written: only then did the
    /// device have the whole command. Here the cutter only tells when more would be of no use.
    pub(super) fn read_ahead(&mut self, bytes: &[u8]) {
        let room = self.turn.enough.map_or(bytes.len(), |enough| enough.saturating_sub(self.inbox.len()));
        self.inbox.extend(bytes.get(..room).unwrap_or(bytes));
        if self.turn.enough.is_none()
            && let Some(cutter) = self.turn.cutter()
            && cutter.advance(self.inbox.unread(), Closing::Open) != Ok(Step::NeedMore)
        {
            self.turn.enough = Some(self.inbox.len() + KEPT);
        }
    }

    /// Cuts and judges what has come, frame by frame.
    pub(super) fn read_response(&mut self, closing: Closing, now: Moment) {
        while matches!(self.state, State::HalfClosing | State::Receiving) {
            if !self.take_echo_off(closing) {
                return;
            }
            let padding = self.turn.form().map_or(0, |form| form.padding(self.inbox.unread()));
            self.inbox.drop_front(padding);
            let Some(cutter) = self.turn.cutter() else { return };
            match cutter.advance(self.inbox.unread(), closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => return,
                Ok(Step::Frame(size)) => self.take_frame(size, now),
                Err(error) => {
                    self.broken_frame(&error, now);
                    return;
                }
            }
        }
    }

    /// Takes the request's own bytes off the front, where the device repeats them; false while they may still come.
    fn take_echo_off(&mut self, closing: Closing) -> bool {
        let wanted = self.turn.form().is_some_and(|form| form.echo) && !self.turn.echo_is_off;
        if !wanted {
            return true;
        }
        let (echo, came) = (&self.turn.out, self.inbox.unread());
        if closing == Closing::Open && came.len() < echo.len() && echo.starts_with(came) {
            return false;
        }
        if came.starts_with(echo) {
            self.inbox.drop_front(echo.len());
        }
        self.turn.echo_is_off = true;
        true
    }

    /// A whole frame: what is it?
    fn take_frame(&mut self, size: usize, now: Moment) {
        let wire = self.inbox.take(size);
        let ended_by = self.turn.cutter.as_ref().and_then(|cutter| cutter.frame(&wire)).map(|frame| frame.reason());
        if let Some(known) = self.stale_head.take() {
            // Its first bytes are among the stale ones already.
            keep(&mut self.evidence.stale, wire.get(known..).unwrap_or_default());
            self.turn.next_frame();
            return;
        }
        let judged = self.turn.judge(&self.protocol, &wire);
        match judged {
            Judged::Event => keep(&mut self.evidence.events, &wire),
            Judged::Extra => keep(&mut self.evidence.extra, &wire),
            Judged::Heartbeat(answer) => {
                keep(&mut self.evidence.events, &wire);
                let answer = Link::wire(self.protocol.transport, answer);
                // Whoever asks without end and does not read is not answered further: half an answer would be worse.
                if self.link.aside.len() + answer.len() <= KEPT {
                    self.link.aside.extend(answer);
                }
            }
            Judged::Progress => {
                keep(&mut self.evidence.events, &wire);
                self.waiting_since = now;
            }
            Judged::Foreign => keep(&mut self.evidence.foreign, &wire),
            Judged::Refusal(refusal) => {
                let said = Said { body: self.shown_body(&wire), fields: self.frame_fields(&wire) };
                self.turn.take(said, wire, ended_by);
                self.refused(refusal, now);
                return;
            }
            Judged::Part(said) => {
                self.turn.take(said, wire, ended_by);
                if self.turn.answer.wire.len() > MOST_OF_AN_ANSWER {
                    self.conclude(Outcome::Garbled(Garbled::TooLong), Some(words::endless(MOST_OF_AN_ANSWER)), now);
                    return;
                }
            }
            Judged::Answer(said) => {
                self.turn.take(said, wire, ended_by);
                self.conclude(Outcome::Ok, None, now);
                return;
            }
            Judged::Mismatch(said) => {
                let wanted = self.turn.call.reply().layouts().get(self.turn.answer.frames);
                let wanted = wanted.or(self.turn.call.reply().layouts().last()).map(|layout| one_line(layout.source()));
                let error = words::mismatch(&wanted.unwrap_or_default(), &said.body);
                self.turn.take(said, wire, ended_by);
                self.conclude(Outcome::Garbled(Garbled::Mismatch), Some(error), now);
                return;
            }
        }
        self.turn.next_frame();
    }

    fn shown_body(&self, wire: &[u8]) -> Vec<u8> {
        let frame = self.turn.cutter.as_ref().and_then(|cutter| cutter.frame(wire));
        let body = frame.as_ref().and_then(|frame| frame.bytes("body")).unwrap_or(wire);
        self.turn.form().map_or(body, |form| form.trimmed(body)).to_vec()
    }

    fn frame_fields(&self, wire: &[u8]) -> crate::layout::Fields {
        let frame = self.turn.cutter.as_ref().and_then(|cutter| cutter.frame(wire));
        frame.map(|frame| frame.fields()).unwrap_or_default()
    }

    fn refused(&mut self, refusal: Refusal, now: Moment) {
        let error = words::refused(&refusal, &self.turn.answer.body);
        self.evidence.refusal = Some(refusal);
        self.conclude(Outcome::Rejected, Some(error), now);
    }

    /// Bytes that are no frame. Where no answer is due they are noted and not judged.
    fn broken_frame(&mut self, error: &DecodeError, now: Moment) {
        if matches!(self.turn.call.reply(), Reply::Nothing) {
            self.keep_the_rest();
            self.turn.next_frame();
            return;
        }
        let reason = match error.kind {
            DecodeErrorKind::Framing => Garbled::Framing,
            DecodeErrorKind::Checksum => Garbled::Checksum,
            DecodeErrorKind::TooLong => Garbled::TooLong,
            DecodeErrorKind::Text => Garbled::Decode,
        };
        self.give_up(Outcome::Garbled(reason), words::garbled(error), now);
    }

    /// What has come may be whole already: a `CR` that could still have become `CR LF`. A frame that only silence ends is
    /// not, and a reset ends no frame.
    pub(super) fn take_what_is_whole(&mut self, now: Moment) {
        let answering = matches!(self.state, State::HalfClosing | State::Receiving);
        if !answering || matches!(self.turn.call.reply(), Reply::Nothing) {
            return;
        }
        let Some(cutter) = &mut self.turn.cutter else { return };
        if let Ok(Step::Frame(size)) = cutter.advance(self.inbox.unread(), Closing::Silent)
            && cutter.frame(self.inbox.unread()).is_some_and(|frame| frame.reason() != EndReason::Idle)
        {
            self.take_frame(size, now);
        }
    }

    /// Nothing said no.
    pub(super) fn sent(&mut self, now: Moment) {
        self.keep_the_rest();
        self.conclude(Outcome::Sent, None, now);
    }

    /// Is done with what has come: it is no answer.
    fn keep_the_rest(&mut self) {
        let rest = self.since_the_command().to_vec();
        keep(&mut self.evidence.extra, &rest);
        self.inbox.clear();
        self.stale_head = None;
    }

    pub(super) fn closed_without_response(&mut self, now: Moment) {
        if !self.has_answered_anything() && self.said_fin {
            self.evidence.hint = Some(words::TRY_OPEN.to_owned());
            let outcome = Outcome::Unconfirmed(Unconfirmed::ClosedAfterFin);
            self.give_up(outcome, words::closed_after_fin(), now);
        } else {
            let error = words::cut_off(words::CLOSED, &self.answered_so_far());
            self.give_up(Outcome::Unconfirmed(Unconfirmed::Closed), error, now);
        }
    }

    pub(super) fn broken_off(&mut self, failure: Failure, cause: &str, now: Moment) {
        self.take_what_is_whole(now);
        if !matches!(self.state, State::HalfClosing | State::Receiving) {
            return;
        }
        let so_far = self.answered_so_far();
        let (reason, error) = match failure {
            Failure::Reset => (Unconfirmed::Reset, words::cut_off(cause, &so_far)),
            Failure::Truncated => (Unconfirmed::Closed, words::cut_off(cause, &so_far)),
            Failure::Local => (Unconfirmed::Reset, words::cut_off(&words::own_fault(cause), &so_far)),
        };
        if failure == Failure::Reset && so_far.is_empty() && self.said_fin {
            self.evidence.hint = Some(words::TRY_OPEN.to_owned());
        }
        self.give_up(Outcome::Unconfirmed(reason), error, now);
    }

    fn has_answered_anything(&self) -> bool {
        !self.since_the_command().is_empty() || !self.turn.answer.wire.is_empty()
    }

    /// What there is of an answer: its whole frames, and the beginning of the next one.
    pub(super) fn answered_so_far(&self) -> Vec<u8> {
        [self.turn.answer.wire.as_slice(), self.since_the_command()].concat()
    }

    /// Ends the turn without a whole answer; what there is of one is evidence.
    pub(super) fn give_up(&mut self, outcome: Outcome, error: String, now: Moment) {
        self.turn.answer.wire = self.answered_so_far();
        self.inbox.clear();
        self.turn.answer.ended_by = None;
        self.conclude(outcome, Some(error), now);
    }
}
