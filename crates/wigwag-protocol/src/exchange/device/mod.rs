//! The side that answers: what came becomes commands, answers become frames.

mod answer;
mod opening;
mod request;

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::Transmit;
use super::inbox::Inbox;
use super::link::Link;
use crate::Moment;
use crate::layout::{Closing, DecodeError, DecodeErrorKind, EncodeError, Encoded, EndReason, Step, Then};
use crate::protocol::{Cutter, Form, Protocol};

pub use answer::Answer;
use opening::Gate;
pub use opening::Opening;
pub use request::Request;

/// What one connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// How long a client may go without a whole request, and without taking an answer.
    pub idle: Duration,
}

/// One client's connection, from the device's side.
///
/// Order of calls: [`receive`](Self::receive) what came; [`poll_request`](Self::poll_request) until it gives nothing, and
/// [`answer`](Self::answer) each request before the next; write what [`poll_transmit`](Self::poll_transmit) says; close
/// when [`is_over`](Self::is_over). Requests are answered in order, each answer in one piece. Read on, and wait for
/// something to read, only while [`wants_bytes`](Self::wants_bytes): a client that does not read its answers is not read
/// from either.
#[derive(Debug)]
pub struct Session {
    protocol: Arc<Protocol>,
    limits: SessionLimits,
    reading: Reading,
    /// What a client has to do before its commands are heard.
    gate: Gate,
    cutter: Cutter,
    inbox: Inbox,
    /// Takes out what the transport puts between.
    link: Link,
    /// A silence ended the last request; the second half of its end may still come.
    late_end: bool,
    /// A run of bytes that are no request has been told of and goes on.
    in_garbage: bool,
    /// A request has been told of and is not answered yet.
    pending: bool,
    /// Answers, each to be written in one piece; hardly ever more than one.
    outbox: SmallVec<[Encoded; 1]>,
    written: usize,
    half_close: bool,
    /// `<IDLE t>` behind an answer: until then nothing is written, so that the next one is not taken for the rest of it.
    quiet_until: Option<Moment>,
    closing: bool,
    /// When the client last sent or took something.
    moved: Moment,
    /// When the client last got on: a whole request, or an answer taken.
    progressed: Moment,
    /// Some of the time since then was ours: an action ran.
    acted: bool,
}

/// What of the client is still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Whatever comes.
    On,
    /// It sends nothing more, so that what it sent last has ended.
    Ended,
    /// We stopped: only what was whole by then counts.
    Stopped,
}

impl Session {
    /// A connection that was accepted `now`, and how its client is let in.
    pub fn new(protocol: Arc<Protocol>, limits: SessionLimits, opening: &Opening, now: Moment) -> Self {
        let cutter = Cutter::new(protocol.request.clone());
        let mut session = Self {
            gate: Gate::new(&protocol, opening),
            protocol,
            limits,
            reading: Reading::On,
            cutter,
            inbox: Inbox::default(),
            link: Link::new(&opening.secrets, 0),
            late_end: false,
            in_garbage: false,
            pending: false,
            outbox: SmallVec::new(),
            written: 0,
            half_close: false,
            quiet_until: None,
            closing: false,
            moved: now,
            progressed: now,
            acted: false,
        };
        session.open_gate();
        session
    }

    // ---- what happened ----

    /// These bytes came.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        if bytes.is_empty() || self.closing || self.reading != Reading::On {
            return;
        }
        self.moved = now;
        let plain = self.link.plain(self.protocol.transport, bytes);
        self.inbox.extend(&plain);
        if !self.link.aside.is_empty() {
            let bytes = std::mem::take(&mut self.link.aside);
            self.outbox.push(Encoded { bytes, then: Then::Nothing });
        }
    }

    /// The client sends nothing more; what it sent is still answered.
    pub fn handle_eof(&mut self, now: Moment) {
        self.moved = now;
        if self.reading == Reading::On {
            self.reading = Reading::Ended;
        }
    }

    /// So many more bytes of the present answer were taken.
    pub fn handle_written(&mut self, count: usize, now: Moment) {
        if count == 0 {
            return;
        }
        self.moved = now;
        self.written = self.written.saturating_add(count);
        if self.outbox.first().is_none_or(|answer| self.written < answer.bytes.len()) {
            return;
        }
        self.written = 0;
        self.progressed = now;
        self.acted = false;
        match self.outbox.remove(0).then {
            Then::HalfClose => self.half_close = true,
            Then::Silence(silence) => self.quiet_until = Some(now + silence),
            Then::Nothing => {}
        }
    }

    /// Our sending side was closed, as the response layout asks for. Nothing can be answered after that.
    pub fn handle_half_closed(&mut self) {
        self.half_close = false;
        self.close();
    }

    /// A deadline has come: a silence ends a request, or the client has been idle for too long. Before that moment this
    /// changes nothing.
    pub fn handle_deadline(&mut self, now: Moment) -> Option<Request> {
        if self.quiet_until.is_some_and(|until| until <= now) {
            return self.poll_request(now);
        }
        if self.silence_deadline().is_some_and(|at| at <= now) {
            // Told once: the next silence is measured anew.
            self.moved = now;
            if let Some(request) = self.read(Closing::Silent, now) {
                return Some(request);
            }
        }
        if self.progressed + self.limits.idle <= now {
            if self.pending || std::mem::take(&mut self.acted) {
                // It was not the client that kept us waiting.
                self.progressed = now;
            } else {
                self.half_close = false;
                self.close();
            }
        }
        None
    }

    /// Finishes what is in flight, and nothing more: whole requests that have come are still answered.
    pub fn finish(&mut self) {
        // The end of a request that only the end of the connection or a silence ends has not come.
        if self.reading == Reading::On {
            self.reading = Reading::Stopped;
        }
    }

    // ---- requests and answers ----

    /// The next request, unless one is still unanswered or an answer still unwritten.
    pub fn poll_request(&mut self, now: Moment) -> Option<Request> {
        if self.quiet_until.is_some_and(|until| until <= now) {
            self.quiet_until = None;
        }
        if !self.is_ready() {
            return None;
        }
        if let Some(request) = self.read(Closing::Open, now) {
            return Some(request);
        }
        let last = match self.reading {
            // Whoever is turned away still hears why.
            _ if !self.is_ready() => return None,
            Reading::On => return None,
            Reading::Ended => self.read(Closing::Eof, now),
            Reading::Stopped => self.read_what_is_whole(now),
        };
        if last.is_none() {
            self.close();
        }
        last
    }

    /// Answers the request that was polled last.
    ///
    /// # Errors
    ///
    /// The answer cannot be put into the response layout; nothing is written, and the request is done with.
    pub fn answer(&mut self, request: &Request, answer: &Answer) -> Result<(), EncodeError> {
        self.pending = false;
        self.acted = true;
        if self.closing {
            return Ok(());
        }
        let Some(encoded) = request.answered(&self.protocol, answer)? else { return Ok(()) };
        self.write(encoded);
        Ok(())
    }

    fn write(&mut self, encoded: Encoded) {
        let Encoded { bytes, then } = encoded;
        if bytes.is_empty() {
            self.half_close |= then == Then::HalfClose;
        } else {
            let bytes = Link::wire(self.protocol.transport, bytes);
            self.outbox.push(Encoded { bytes, then });
        }
    }

    // ---- what to do ----

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self.outbox.first() {
            Some(answer) => answer.bytes.get(self.written..).map(Transmit::Bytes),
            None if self.half_close => Some(Transmit::HalfClose),
            None => None,
        }
    }

    /// Whether more bytes can be taken in.
    pub fn wants_bytes(&self) -> bool {
        self.reading == Reading::On && self.is_ready()
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) if nothing happens before.
    pub fn deadline(&self) -> Moment {
        let idle = self.progressed + self.limits.idle;
        let sooner = self.silence_deadline().into_iter().chain(self.quiet_until).min();
        sooner.map_or(idle, |sooner| sooner.min(idle))
    }

    /// Whether the connection is done with: all is answered and written, and nothing more will come.
    pub fn is_over(&self) -> bool {
        self.closing && !self.pending
    }

    // ---- reading ----

    /// Whether the next request may be acted on.
    fn is_ready(&self) -> bool {
        let answered = !self.pending && self.outbox.is_empty() && !self.half_close;
        answered && self.quiet_until.is_none() && !self.closing
    }

    fn silence_deadline(&self) -> Option<Moment> {
        let waits = self.is_ready() && !self.inbox.is_empty();
        self.cutter.silence().filter(|_| waits).map(|silence| self.moved + silence)
    }

    fn read(&mut self, closing: Closing, now: Moment) -> Option<Request> {
        self.drop_late_end();
        while self.gate_is_passed(closing) {
            let padding = self.cutter.form().padding(self.inbox.unread());
            self.inbox.drop_front(padding);
            if self.inbox.is_empty() {
                return None;
            }
            match self.cutter.advance(self.inbox.unread(), closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => return None,
                Ok(Step::Frame(size)) => {
                    self.late_end = closing == Closing::Silent;
                    return self.command(size, now);
                }
                Err(error) => {
                    if let Some(broken) = self.drop_garbage(error) {
                        return Some(broken);
                    }
                }
            }
        }
        None
    }

    /// What has come may be whole already: a `CR` that could still have become `CR LF`. A request that only a silence
    /// ends is not.
    fn read_what_is_whole(&mut self, now: Moment) -> Option<Request> {
        let input = self.inbox.unread();
        match self.cutter.advance(input, Closing::Silent) {
            Ok(Step::Frame(size @ 1..))
                if self.cutter.frame(input).is_some_and(|frame| frame.reason() != EndReason::Idle) =>
            {
                self.command(size, now)
            }
            Ok(Step::NeedMore | Step::Frame(_)) | Err(_) => None,
        }
    }

    /// The `LF` that comes long after its `CR` is not an empty request.
    fn drop_late_end(&mut self) {
        if self.late_end && !self.inbox.is_empty() {
            self.late_end = false;
            let late = self.cutter.late_end(self.inbox.unread());
            self.inbox.drop_front(late);
        }
    }

    /// The request in the first `size` bytes; nothing if its client did not know the secret, which ends the connection.
    fn command(&mut self, size: usize, now: Moment) -> Option<Request> {
        let wire = self.inbox.take(size);
        let request = Request::read(&self.protocol, &self.cutter, wire, &self.gate);
        self.cutter.reset();
        self.in_garbage = false;
        self.progressed = now;
        self.acted = false;
        self.gate.authenticated();
        match request {
            Some(request) => {
                self.pending = true;
                Some(request)
            }
            None => {
                self.turn_away();
                None
            }
        }
    }

    /// Drops a frame with an error in it, or bytes up to one that can start a request. Of a run of such bytes only the
    /// first are told of; each frame is, since its sender waits for an answer.
    fn drop_garbage(&mut self, error: DecodeError) -> Option<Request> {
        const SHOWN: usize = 256;
        let input = self.inbox.unread();
        let has_a_mark = self.protocol.request.can_start_with(&[]) == Some(true);
        let size = match error.frame {
            Some(frame) => frame,
            None if has_a_mark && error.kind != DecodeErrorKind::TooLong => next_start(&self.protocol.request, input),
            None => {
                // Endless, or without a mark to find the next request by: nothing behind it can be trusted.
                self.reading = Reading::Stopped;
                input.len()
            }
        };
        let dropped = input.get(..size.max(1)).unwrap_or(input);
        let (dropped, wire) = (dropped.len(), dropped.iter().copied().take(SHOWN).collect());
        self.inbox.drop_front(dropped);
        self.cutter.reset();
        let goes_on = std::mem::replace(&mut self.in_garbage, true) && error.frame.is_none();
        if goes_on {
            return None;
        }
        self.pending = true;
        Some(Request::Broken { error, wire })
    }

    fn close(&mut self) {
        self.closing = true;
        self.inbox.clear();
        self.outbox.clear();
    }
}

/// The offset of the next byte at which a request could start, behind the first.
fn next_start(request: &Form, input: &[u8]) -> usize {
    (1..input.len())
        .find(|offset| request.can_start_with(input.get(*offset..).unwrap_or_default()) == Some(true))
        .unwrap_or(input.len())
}
