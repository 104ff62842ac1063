//! The side that answers: what came becomes commands, answers become frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::{Transmit, trimmed};
use crate::Moment;
use crate::layout::{
    Closing, Context, DecodeError, DecodeErrorKind, Decoder, EncodeError, Fields, Layout, Step, Then, Value,
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
        /// Its part `body`, trimmed if the protocol says so; the whole frame where it has none.
        body: Vec<u8>,
        /// Its named parts.
        fields: Fields,
        /// Its bytes on the wire.
        wire: Vec<u8>,
    },
    /// Bytes that are no request; told once for a run of them.
    Broken {
        /// What is wrong with them.
        error: DecodeError,
        /// The first of them.
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
    /// With exactly these bytes.
    Wire(Vec<u8>),
    /// Not at all.
    Silence,
}

/// One client's connection, from the device's side.
///
/// Order of calls: [`receive`](Self::receive) what came; [`poll_request`](Self::poll_request) until it gives nothing, and
/// [`answer`](Self::answer) each request before the next; write what [`poll_transmit`](Self::poll_transmit) says; close
/// when [`is_over`](Self::is_over). Requests are answered in order, each answer in one piece. Read on only while
/// [`wants_bytes`](Self::wants_bytes), so that a client that does not read its answers is not read from either.
#[derive(Debug)]
pub struct Session {
    protocol: Arc<Protocol>,
    limits: SessionLimits,
    decoder: Decoder,
    inbox: Vec<u8>,
    /// Answers, each to be written in one piece.
    outbox: VecDeque<Vec<u8>>,
    written: usize,
    /// The parts of the request that waits for its answer.
    pending: Option<Fields>,
    /// A run of bytes that are no request has been told of and goes on.
    in_garbage: bool,
    client_closed: bool,
    closing: bool,
    half_close: bool,
    moved: Moment,
    /// When the client last got on: a whole request, or an answer taken.
    progressed: Moment,
}

impl Session {
    /// A connection that was accepted `now`.
    pub fn new(protocol: Arc<Protocol>, limits: SessionLimits, now: Moment) -> Self {
        let decoder = protocol.request.decoder();
        Self {
            protocol,
            limits,
            decoder,
            inbox: Vec::new(),
            outbox: VecDeque::new(),
            written: 0,
            pending: None,
            in_garbage: false,
            client_closed: false,
            closing: false,
            half_close: false,
            moved: now,
            progressed: now,
        }
    }

    /// These bytes came.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        self.moved = now;
        if !self.closing {
            self.inbox.extend_from_slice(bytes);
        }
    }

    /// The client sends nothing more; what it sent is still answered.
    pub fn handle_eof(&mut self, now: Moment) {
        self.moved = now;
        self.client_closed = true;
    }

    /// So many more bytes of the present answer were taken.
    pub fn handle_written(&mut self, count: usize, now: Moment) {
        self.moved = now;
        self.written += count;
        if self.outbox.front().is_some_and(|answer| self.written >= answer.len()) {
            self.outbox.pop_front();
            self.written = 0;
            self.progressed = now;
        }
    }

    /// Our sending side was closed, as the response layout asks for.
    pub fn handle_half_closed(&mut self) {
        self.half_close = false;
        self.closing = true;
    }

    /// A deadline has come: a silence ends a request, or the client has been idle for too long.
    pub fn handle_deadline(&mut self, now: Moment) -> Option<Request> {
        let silence = self.silence_deadline().is_some_and(|at| at <= now);
        if silence && self.pending.is_none() {
            let request = self.read(Closing::Silent, now);
            // Told once: the next silence is measured anew.
            self.moved = now;
            return request;
        }
        if self.progressed + self.limits.idle <= now {
            self.closing = true;
            self.inbox.clear();
            self.outbox.clear();
        }
        None
    }

    /// The next request, unless one is still unanswered or an answer still unwritten.
    pub fn poll_request(&mut self, now: Moment) -> Option<Request> {
        if self.pending.is_some() || !self.outbox.is_empty() || self.closing {
            return None;
        }
        if let Some(request) = self.read(Closing::Open, now) {
            return Some(request);
        }
        if self.client_closed && !self.closing {
            let last = self.read(Closing::Eof, now);
            if last.is_none() {
                self.closing = true;
            }
            return last;
        }
        None
    }

    /// Answers the request that was polled last.
    ///
    /// # Errors
    ///
    /// The answer cannot be put into the response layout; nothing is written, and the request is done with.
    pub fn answer(&mut self, answer: Answer) -> Result<(), EncodeError> {
        let request = self.pending.take().unwrap_or_default();
        let bytes = match answer {
            Answer::Silence => return Ok(()),
            Answer::Wire(bytes) => bytes,
            Answer::Body(body) => self.frame(Value::Bytes(body), &request)?,
            Answer::Error(told) => {
                let Some(error) = self.protocol.errors.first() else { return Ok(()) };
                let body = error_body(error, told)?;
                self.frame(Value::Bytes(body), &request)?
            }
        };
        if !bytes.is_empty() {
            self.outbox.push_back(bytes);
        }
        Ok(())
    }

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self.outbox.front() {
            Some(answer) => answer.get(self.written..).map(Transmit::Bytes),
            None if self.half_close => Some(Transmit::HalfClose),
            None => None,
        }
    }

    /// Whether more bytes can be taken in.
    pub fn wants_bytes(&self) -> bool {
        !self.client_closed && !self.closing && self.pending.is_none() && self.outbox.is_empty()
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) if nothing happens before.
    pub fn deadline(&self) -> Moment {
        let idle = self.progressed + self.limits.idle;
        self.silence_deadline().map_or(idle, |silence| silence.min(idle))
    }

    /// Whether the connection is done with: all is answered and written, and nothing more will come.
    pub fn is_over(&self) -> bool {
        self.closing && self.outbox.is_empty() && self.pending.is_none() && !self.half_close
    }

    /// Finishes what is in flight, and nothing more: whole requests that have come are still answered.
    pub fn finish(&mut self) {
        self.client_closed = true;
    }

    fn silence_deadline(&self) -> Option<Moment> {
        self.decoder.silence().filter(|_| !self.inbox.is_empty()).map(|silence| self.moved + silence)
    }

    fn read(&mut self, closing: Closing, now: Moment) -> Option<Request> {
        let late = self.decoder.late_end(&self.inbox);
        self.inbox.drain(..late);
        if self.inbox.is_empty() {
            return None;
        }
        match self.decoder.advance(&self.inbox, closing) {
            Ok(Step::NeedMore) => None,
            Ok(Step::Frame(size)) => Some(self.command(size, now)),
            Err(error) => self.drop_garbage(error),
        }
    }

    fn command(&mut self, size: usize, now: Moment) -> Request {
        let frame = self.decoder.frame(&self.inbox);
        let whole = self.inbox.get(..size).unwrap_or_default();
        let body = frame.bytes("body").unwrap_or(whole);
        let body = if self.protocol.trim { trimmed(body) } else { body }.to_vec();
        let fields = frame.fields();
        let wire = whole.to_vec();
        self.inbox.drain(..size);
        self.decoder.reset();
        self.pending = Some(fields.clone());
        self.in_garbage = false;
        self.progressed = now;
        Request::Command { body, fields, wire }
    }

    /// Drops bytes up to one that can start a request; tells of the first of a run.
    fn drop_garbage(&mut self, error: DecodeError) -> Option<Request> {
        const KEPT: usize = 256;
        self.decoder.reset();
        let wire: Vec<u8> = self.inbox.iter().copied().take(KEPT).collect();
        let told = std::mem::replace(&mut self.in_garbage, true);
        let dropped = match (error.frame, self.protocol.request.can_start_with(&self.inbox)) {
            (Some(frame), _) => frame,
            // Endless, or without a mark to find the next request by: nothing behind it can be trusted.
            (None, None) => self.inbox.len(),
            (None, Some(_)) if error.kind == DecodeErrorKind::TooLong => self.inbox.len(),
            (None, Some(_)) => self.next_start(),
        };
        let trusted = error.frame.is_some()
            || (error.kind != DecodeErrorKind::TooLong && self.protocol.request.can_start_with(&[]).is_some());
        self.inbox.drain(..dropped.min(self.inbox.len()));
        if !trusted {
            self.client_closed = true;
        }
        if told {
            return None;
        }
        self.pending = Some(Fields::new());
        Some(Request::Broken { error, wire })
    }

    /// The offset of the next byte at which a request could start, behind the first.
    fn next_start(&self) -> usize {
        let request = &self.protocol.request;
        (1..self.inbox.len())
            .find(|offset| request.can_start_with(self.inbox.get(*offset..).unwrap_or_default()) == Some(true))
            .unwrap_or(self.inbox.len())
    }

    /// A frame of the response layout with this body; other parts are copied from the request's of the same name.
    fn frame(&mut self, body: Value, request: &Fields) -> Result<Vec<u8>, EncodeError> {
        let response = self.protocol.response.clone();
        let mut fields = Fields::new();
        for part in response.wanted() {
            match request.get(part) {
                Some(value) if part != "body" => fields.set(part, value.clone()),
                _ => {}
            }
        }
        fields.set("body", body);
        let encoded = response.encode(&fields, &Context::default())?;
        self.half_close |= encoded.then == Then::HalfClose;
        Ok(encoded.bytes)
    }
}

/// The body of a no: a number fills the part `code`, anything else the part `text`.
fn error_body(error: &Layout, told: Value) -> Result<Vec<u8>, EncodeError> {
    let mut fields = Fields::from([("code", Value::Integer(0)), ("text", Value::Text("error".to_owned()))]);
    let part = if matches!(told, Value::Integer(_)) { "code" } else { "text" };
    fields.set(part, told);
    Ok(error.encode(&fields, &Context::default())?.bytes)
}
