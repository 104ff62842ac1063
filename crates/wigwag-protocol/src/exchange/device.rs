//! The side that answers: what came becomes commands, answers become frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Transmit;
use crate::Moment;
use crate::layout::{
    Closing, Context, DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoded, EndReason, Fields, Layout, Step,
    Then, Value,
};
use crate::protocol::Protocol;

/// What one connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// How long a client may go without a whole request, and without taking an answer.
    pub idle: Duration,
}

/// What came from the client.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A whole request.
    Command {
        /// Its part `body` as it came; the whole frame where it has none.
        body: Vec<u8>,
        /// Its named parts.
        fields: Fields,
        /// Its bytes on the wire.
        wire: Vec<u8>,
    },
    /// Bytes that are no request: a frame with an error in it, or a run of bytes up to one that can start a request.
    Broken {
        /// What is wrong with them.
        error: DecodeError,
        /// The first of them, as far as they came at once.
        wire: Vec<u8>,
    },
}

/// How a request is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// With this body, in a frame of the response layout.
    Body(Vec<u8>),
    /// With a no in the protocol's own form, if it has one; else not at all.
    Error(Value),
    /// With exactly these bytes and nothing behind them: no end of the sending side either.
    Wire(Vec<u8>),
    /// Not at all.
    Silence,
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
    decoder: Decoder,
    inbox: Vec<u8>,
    /// How many bytes at the front of the inbox are done with.
    done: usize,
    /// A silence ended the last request; the second half of its end may still come.
    late_end: bool,
    /// A run of bytes that are no request has been told of and goes on.
    in_garbage: bool,
    /// What the answer to the present request copies from it.
    pending: Option<Copied>,
    /// Answers, each to be written in one piece.
    outbox: VecDeque<Encoded>,
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

/// What an answer copies from its request.
#[derive(Debug, Default)]
struct Copied {
    fields: Fields,
    seq: u64,
}

impl Session {
    /// A connection that was accepted `now`.
    pub fn new(protocol: Arc<Protocol>, limits: SessionLimits, now: Moment) -> Self {
        let decoder = protocol.request.decoder();
        Self {
            protocol,
            limits,
            reading: Reading::On,
            decoder,
            inbox: Vec::new(),
            done: 0,
            late_end: false,
            in_garbage: false,
            pending: None,
            outbox: VecDeque::new(),
            written: 0,
            half_close: false,
            quiet_until: None,
            closing: false,
            moved: now,
            progressed: now,
            acted: false,
        }
    }

    // ---- what happened ----

    /// These bytes came.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        if bytes.is_empty() || self.closing || self.reading != Reading::On {
            return;
        }
        self.moved = now;
        self.inbox.drain(..std::mem::take(&mut self.done));
        self.inbox.extend_from_slice(bytes);
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
        if self.outbox.front().is_none_or(|answer| self.written < answer.bytes.len()) {
            return;
        }
        self.written = 0;
        self.progressed = now;
        self.acted = false;
        match self.outbox.pop_front().map(|answer| answer.then) {
            Some(Then::HalfClose) => self.half_close = true,
            Some(Then::Silence(silence)) => self.quiet_until = Some(now + silence),
            Some(Then::Nothing) | None => {}
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
            if self.pending.is_some() || std::mem::take(&mut self.acted) {
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
    pub fn answer(&mut self, answer: Answer) -> Result<(), EncodeError> {
        let request = self.pending.take().unwrap_or_default();
        self.acted = true;
        if self.closing {
            return Ok(());
        }
        let answer = match answer {
            Answer::Silence => return Ok(()),
            Answer::Wire(bytes) => Encoded { bytes, then: Then::Nothing },
            Answer::Body(body) => self.frame(body, request)?,
            Answer::Error(told) => {
                let Some(error) = self.protocol.errors.first() else { return Ok(()) };
                self.frame(error_body(error, told)?, request)?
            }
        };
        if answer.bytes.is_empty() {
            self.half_close |= answer.then == Then::HalfClose;
        } else {
            self.outbox.push_back(answer);
        }
        Ok(())
    }

    // ---- what to do ----

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self.outbox.front() {
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
        self.closing && self.pending.is_none()
    }

    // ---- reading ----

    /// Whether the next request may be acted on.
    fn is_ready(&self) -> bool {
        let answered = self.pending.is_none() && self.outbox.is_empty() && !self.half_close;
        answered && self.quiet_until.is_none() && !self.closing
    }

    fn silence_deadline(&self) -> Option<Moment> {
        let waits = self.is_ready() && !self.unread().is_empty();
        self.decoder.silence().filter(|_| waits).map(|silence| self.moved + silence)
    }

    fn unread(&self) -> &[u8] {
        self.inbox.get(self.done..).unwrap_or_default()
    }

    fn read(&mut self, closing: Closing, now: Moment) -> Option<Request> {
        self.drop_late_end();
        while !self.unread().is_empty() {
            let input = self.inbox.get(self.done..).unwrap_or_default();
            match self.decoder.advance(input, closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => return None,
                Ok(Step::Frame(size)) => {
                    self.late_end = closing == Closing::Silent;
                    return Some(self.command(size, now));
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
        let input = self.inbox.get(self.done..).unwrap_or_default();
        match self.decoder.advance(input, Closing::Silent) {
            Ok(Step::Frame(size @ 1..)) if self.decoder.frame(input).reason() != EndReason::Idle => {
                Some(self.command(size, now))
            }
            Ok(Step::NeedMore | Step::Frame(_)) | Err(_) => None,
        }
    }

    /// The `LF` that comes long after its `CR` is not an empty request.
    fn drop_late_end(&mut self) {
        if self.late_end && !self.unread().is_empty() {
            self.late_end = false;
            self.done += self.decoder.late_end(self.unread());
        }
    }

    fn command(&mut self, size: usize, now: Moment) -> Request {
        let input = self.inbox.get(self.done..).unwrap_or_default();
        let frame = self.decoder.frame(input);
        let wire = input.get(..size).unwrap_or(input).to_vec();
        let body = frame.bytes("body").unwrap_or(&wire).to_vec();
        let fields = frame.fields();

        let response = &self.protocol.response;
        let mut copied = Copied::default();
        for part in response.wanted().filter(|part| *part != "body") {
            if let Some(value) = frame.value(part) {
                copied.fields.set(part, value);
            }
        }
        if let Some(Value::Integer(seq)) = response.counter().and_then(|part| frame.value(part)) {
            copied.seq = u64::try_from(seq).unwrap_or_default();
        }

        self.done += size;
        self.decoder.reset();
        self.pending = Some(copied);
        self.in_garbage = false;
        self.progressed = now;
        self.acted = false;
        Request::Command { body, fields, wire }
    }

    /// Drops a frame with an error in it, or bytes up to one that can start a request. Of a run of such bytes only the
    /// first are told of; each frame is, since its sender waits for an answer.
    fn drop_garbage(&mut self, error: DecodeError) -> Option<Request> {
        const SHOWN: usize = 256;
        let input = self.inbox.get(self.done..).unwrap_or_default();
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
        let wire = dropped.iter().copied().take(SHOWN).collect();
        self.done += dropped.len();
        self.decoder.reset();
        let goes_on = std::mem::replace(&mut self.in_garbage, true) && error.frame.is_none();
        if goes_on {
            return None;
        }
        self.pending = Some(Copied::default());
        Some(Request::Broken { error, wire })
    }

    // ---- writing ----

    /// A frame of the response layout with this body; other parts are copied from the request's of the same name.
    fn frame(&self, body: Vec<u8>, request: Copied) -> Result<Encoded, EncodeError> {
        let Copied { mut fields, seq } = request;
        fields.set("body", Value::Bytes(body));
        self.protocol.response.encode(&fields, &Context { seq, ..Context::default() })
    }

    fn close(&mut self) {
        self.closing = true;
        self.inbox.clear();
        self.done = 0;
        self.outbox.clear();
    }
}

/// The offset of the next byte at which a request could start, behind the first.
fn next_start(request: &Layout, input: &[u8]) -> usize {
    (1..input.len())
        .find(|offset| request.can_start_with(input.get(*offset..).unwrap_or_default()) == Some(true))
        .unwrap_or(input.len())
}

/// The body of a no: a number fills the part `code`, anything else the part `text`.
fn error_body(error: &Layout, told: Value) -> Result<Vec<u8>, EncodeError> {
    let mut fields = Fields::from([("code", Value::Integer(0)), ("text", Value::Text("error".to_owned()))]);
    let part = if matches!(told, Value::Integer(_)) { "code" } else { "text" };
    fields.set(part, told);
    Ok(error.encode(&fields, &Context::default())?.bytes)
}
