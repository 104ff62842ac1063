//! The side that sends a command.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::evidence::{Evidence, Phase, Refusal};
use super::{Transmit, trimmed, words};
use crate::Moment;
use crate::layout::{Closing, DecodeError, DecodeErrorKind, Decoder, Encoded, Fields, Step, Then};
use crate::outcome::{Garbled, Outcome, Unconfirmed, Unreachable};
use crate::protocol::{AfterSend, Protocol};

/// Whether an answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// One frame of the protocol's response layout.
    Response,
    /// None, by design of the command.
    Nothing,
}

/// How a connection broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The peer reset it, or it timed out inside the kernel.
    Reset,
    /// Under TLS it ended without the peer's `close_notify`: no end that counts.
    Truncated,
    /// A shortage of our own machine.
    Local,
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// What is known.
    pub outcome: Outcome,
    /// What that rests on.
    pub evidence: Evidence,
    /// Whether the connection could carry another command.
    pub reusable: bool,
}

/// One attempt to send one command to one device and to get its answer.
///
/// Order of calls: `handle_connecting`, `handle_resolved`, `handle_connected`, `handle_secured` as far as they happen, then
/// [`handle_open`](Self::handle_open); from then on write what [`poll_transmit`](Self::poll_transmit) says and report it,
/// pass what comes to [`receive`](Self::receive), and call [`handle_deadline`](Self::handle_deadline) when
/// [`deadline`](Self::deadline) has come, until [`poll_end`](Self::poll_end) gives the end. It ends once and for all.
#[derive(Debug)]
pub struct Exchange {
    protocol: Arc<Protocol>,
    request: Encoded,
    expect: Expect,
    state: State,
    evidence: Evidence,
    /// What has come and is not yet part of a frame.
    inbox: Vec<u8>,
    decoder: Option<Decoder>,
    began: Moment,
    /// When the present phase began.
    phase_began: Moment,
    /// When a byte last moved in the present phase.
    moved: Moment,
    said_fin: bool,
    end: Option<(Outcome, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Greeting,
    Sending,
    HalfClosing,
    Receiving,
    Ended,
}

/// Which wait has lasted too long, or long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Connect,
    FirstByte,
    NextByte,
    /// The silence that ends a frame.
    Silence,
    Total,
}

impl Exchange {
    /// An attempt that begins `now`.
    pub fn new(protocol: Arc<Protocol>, request: Encoded, expect: Expect, now: Moment) -> Self {
        let evidence = Evidence { request: request.bytes.clone(), ..Evidence::default() };
        Self {
            protocol,
            request,
            expect,
            state: State::Connecting,
            evidence,
            inbox: Vec::new(),
            decoder: None,
            began: now,
            phase_began: now,
            moved: now,
            said_fin: false,
            end: None,
        }
    }

    // ---- what happened while connecting ----

    /// The name has been looked up.
    pub fn handle_resolved(&mut self, now: Moment) {
        self.evidence.timing.resolve = Some(self.begin_phase(Phase::Connect, now));
    }

    /// A TCP connection to this address is being opened.
    pub fn handle_connecting(&mut self, address: SocketAddr, now: Moment) {
        self.evidence.address = Some(address);
        if self.evidence.phase == Phase::Resolve {
            self.begin_phase(Phase::Connect, now);
        }
    }

    /// The connection stands, a proxy's tunnel included.
    pub fn handle_connected(&mut self, now: Moment) {
        self.evidence.timing.connect = Some(self.begin_phase(Phase::Tls, now));
    }

    /// TLS is agreed on.
    pub fn handle_secured(&mut self, now: Moment) {
        self.evidence.timing.tls = Some(self.begin_phase(Phase::Greeting, now));
    }

    /// No connection came about. `cause` is one line; it is escaped here.
    pub fn handle_unreachable(&mut self, reason: Unreachable, cause: &str, hint: Option<String>, now: Moment) {
        self.evidence.hint = hint;
        let cause = crate::bytes::display::escape_str(cause).to_string();
        self.finish(Outcome::Unreachable(reason), Some(words::unreachable(reason, &cause)), now);
    }

    /// The connection is ready for use.
    pub fn handle_open(&mut self, now: Moment) {
        if self.state != State::Connecting {
            return;
        }
        match &self.protocol.greeting {
            Some(greeting) => {
                self.decoder = Some(greeting.decoder());
                self.state = State::Greeting;
                self.begin_phase(Phase::Greeting, now);
            }
            None => self.start_sending(now),
        }
    }

    // ---- what happened on the connection ----

    /// The kernel took so many more bytes of the command.
    pub fn handle_written(&mut self, count: usize, now: Moment) {
        if self.state != State::Sending {
            return;
        }
        self.moved = now;
        self.evidence.bytes_written = (self.evidence.bytes_written + count).min(self.request.bytes.len());
        if self.evidence.bytes_written == self.request.bytes.len() {
            self.all_written(now);
        }
    }

    /// The sending side was closed; `said` tells whether the device can know (TLS 1.2 has no way to say it).
    pub fn handle_half_closed(&mut self, said: bool, now: Moment) {
        if self.state == State::HalfClosing {
            self.said_fin = said;
            self.start_receiving(now);
        }
    }

    /// These bytes came.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        if bytes.is_empty() || self.state == State::Ended {
            return;
        }
        self.moved = now;
        if self.state == State::Sending && self.evidence.bytes_written == 0 {
            self.evidence.stale.extend_from_slice(bytes);
            return;
        }
        self.inbox.extend_from_slice(bytes);
        match self.state {
            State::Greeting => self.read_greeting(Closing::Open, now),
            State::Receiving => {
                self.note_first_byte(now);
                self.read_response(Closing::Open, now);
            }
            State::Connecting | State::Sending | State::HalfClosing | State::Ended => {}
        }
    }

    /// The peer has ended the connection in order.
    pub fn handle_eof(&mut self, now: Moment) {
        match self.state {
            State::Connecting | State::Ended => {}
            State::Greeting => {
                self.read_greeting(Closing::Eof, now);
                if self.state == State::Greeting {
                    self.lost_before_commit("closed", now);
                }
            }
            State::Sending => self.lost_while_sending("closed", "the device closed the connection", now),
            State::HalfClosing | State::Receiving if self.expect == Expect::Nothing => {
                self.finish(Outcome::Sent, None, now)
            }
            State::HalfClosing => {
                self.start_receiving(now);
                self.handle_eof(now);
            }
            State::Receiving => {
                self.read_response(Closing::Eof, now);
                if self.state == State::Receiving {
                    self.closed_without_response(now);
                }
            }
        }
    }

    /// The connection broke. `cause` is one line; it is escaped here.
    pub fn handle_failure(&mut self, failure: Failure, cause: &str, now: Moment) {
        let cause = crate::bytes::display::escape_str(cause).to_string();
        match (self.state, failure) {
            (State::Ended | State::Connecting, _) => {}
            (State::Greeting, _) => self.lost_before_commit(&format!("lost ({cause})"), now),
            (State::Sending, Failure::Local) if self.evidence.bytes_written == 0 => {
                self.finish(
                    Outcome::Unreachable(Unreachable::Local),
                    Some(words::unreachable(Unreachable::Local, &cause)),
                    now,
                );
            }
            (State::Sending, _) => self.lost_while_sending(&format!("lost ({cause})"), &cause, now),
            (State::HalfClosing | State::Receiving, failure) => {
                self.evidence.response = std::mem::take(&mut self.inbox);
                let reason = if failure == Failure::Truncated { Unconfirmed::Closed } else { Unconfirmed::Reset };
                let error = words::cut_off(&format!("lost ({cause})"), &self.evidence.response);
                self.finish(Outcome::Unconfirmed(reason), Some(error), now);
            }
        }
    }

    /// A deadline has come: gives up, or ends a frame by its silence.
    pub fn handle_deadline(&mut self, now: Moment) {
        let Some((_, wait)) = self.next_wait().filter(|(at, _)| *at <= now) else { return };
        match (self.state, wait) {
            (State::Ended, _) => {}
            (State::Greeting, Wait::Silence) => {
                self.read_greeting(Closing::Silent, now);
                self.moved = now;
            }
            (State::Receiving, Wait::Silence) if self.expect == Expect::Nothing => {
                self.finish(Outcome::Sent, None, now)
            }
            (State::Receiving, Wait::Silence) => {
                self.read_response(Closing::Silent, now);
                self.moved = now;
            }
            (State::Connecting, _) => {
                let phase = match self.evidence.phase {
                    Phase::Resolve => "the name was not resolved",
                    Phase::Tls => "TLS was not agreed on",
                    Phase::Connect | Phase::Greeting | Phase::Send | Phase::Response => "no answer",
                };
                let cause = format!("{phase} within {}", words::seconds(now.since(self.began)));
                self.finish(
                    Outcome::Unreachable(Unreachable::Timeout),
                    Some(words::unreachable(Unreachable::Timeout, &cause)),
                    now,
                );
            }
            (State::Greeting, _) => {
                let said = std::mem::take(&mut self.inbox);
                let cause = format!("no whole greeting in time{}", words::after_saying(&said));
                self.evidence.stale = said;
                let error = words::unreachable(Unreachable::Greeting, &cause);
                self.finish(Outcome::Unreachable(Unreachable::Greeting), Some(error), now);
            }
            (State::Sending, _) if self.evidence.bytes_written == 0 => {
                let cause = "the device's machine took no byte in time";
                self.finish(
                    Outcome::Unreachable(Unreachable::Timeout),
                    Some(words::unreachable(Unreachable::Dropped, cause)),
                    now,
                );
            }
            (State::Sending, _) => self.partial_send("the device's machine took no more in time", now),
            (State::HalfClosing | State::Receiving, _) => self.no_response_in_time(now),
        }
    }

    /// A person or a halt rule cut it.
    pub fn handle_interrupt(&mut self, now: Moment) {
        if self.state == State::Ended {
            return;
        }
        if self.evidence.bytes_written == 0 {
            self.finish(Outcome::Cancelled, Some("cancelled before anything was sent".to_owned()), now);
            return;
        }
        self.evidence.response = std::mem::take(&mut self.inbox);
        let reason = Unconfirmed::Interrupted;
        self.finish(Outcome::Unconfirmed(reason), Some(words::interrupted(reason)), now);
    }

    // ---- what to do ----

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self.state {
            State::Sending => self.request.bytes.get(self.evidence.bytes_written..).map(Transmit::Bytes),
            State::HalfClosing => Some(Transmit::HalfClose),
            State::Connecting | State::Greeting | State::Receiving | State::Ended => None,
        }
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) if nothing happens before.
    pub fn deadline(&self) -> Option<Moment> {
        self.next_wait().map(|(at, _)| at)
    }

    /// The end, once it has come.
    pub fn poll_end(&mut self) -> Option<End> {
        let (outcome, reusable) = self.end.take()?;
        Some(End { outcome, evidence: std::mem::take(&mut self.evidence), reusable })
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    // ---- waiting ----

    fn next_wait(&self) -> Option<(Moment, Wait)> {
        let times = &self.protocol.times;
        let silence = self.decoder.as_ref().and_then(Decoder::silence);
        let wait = match self.state {
            State::Ended => return None,
            State::Connecting => (self.began + times.connect, Wait::Connect),
            State::Sending => (self.moved + times.first, Wait::NextByte),
            State::HalfClosing | State::Receiving if self.expect == Expect::Nothing => {
                (self.moved + times.idle, Wait::Silence)
            }
            State::Greeting | State::HalfClosing | State::Receiving => match silence {
                Some(silence) => (self.moved + silence, Wait::Silence),
                None if self.inbox.is_empty() => (self.phase_began + times.first, Wait::FirstByte),
                None => (self.moved + times.idle, Wait::NextByte),
            },
        };
        let total = (self.began + times.total, Wait::Total);
        Some(if wait.0 <= total.0 { wait } else { total })
    }

    fn begin_phase(&mut self, phase: Phase, now: Moment) -> Duration {
        let lasted = now.since(self.phase_began);
        self.evidence.phase = phase;
        self.phase_began = now;
        self.moved = now;
        lasted
    }

    // ---- the greeting ----

    fn read_greeting(&mut self, closing: Closing, now: Moment) {
        let Some(decoder) = &mut self.decoder else { return };
        match decoder.advance(&self.inbox, closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(size)) => {
                self.decoder = None;
                self.evidence.stale = self.inbox.split_off(size);
                self.inbox.clear();
                self.evidence.timing.greeting = Some(now.since(self.phase_began));
                self.start_sending(now);
            }
            Err(error) => {
                let said = std::mem::take(&mut self.inbox);
                let cause = format!("this is not the greeting: {error}{}", words::after_saying(&said));
                self.evidence.stale = said;
                let error = words::unreachable(Unreachable::Greeting, &cause);
                self.finish(Outcome::Unreachable(Unreachable::Greeting), Some(error), now);
            }
        }
    }

    // ---- sending ----

    fn start_sending(&mut self, now: Moment) {
        self.state = State::Sending;
        self.begin_phase(Phase::Send, now);
    }

    fn all_written(&mut self, now: Moment) {
        let half_closes = self.protocol.after_send == AfterSend::Fin || self.request.then == Then::HalfClose;
        if half_closes {
            self.state = State::HalfClosing;
        } else {
            self.start_receiving(now);
        }
    }

    fn lost_before_commit(&mut self, how: &str, now: Moment) {
        self.evidence.stale.append(&mut self.inbox);
        let cause = words::dropped(how, &self.evidence.stale);
        let error = words::unreachable(Unreachable::Dropped, &cause);
        self.finish(Outcome::Unreachable(Unreachable::Dropped), Some(error), now);
    }

    fn lost_while_sending(&mut self, how: &str, cause: &str, now: Moment) {
        if self.evidence.bytes_written == 0 {
            self.lost_before_commit(how, now);
        } else {
            self.partial_send(cause, now);
        }
    }

    fn partial_send(&mut self, cause: &str, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let error = words::partial_send(self.evidence.bytes_written, self.request.bytes.len(), cause);
        self.finish(Outcome::Unconfirmed(Unconfirmed::PartialSend), Some(error), now);
    }

    // ---- the response ----

    fn start_receiving(&mut self, now: Moment) {
        self.state = State::Receiving;
        self.begin_phase(Phase::Response, now);
        if self.expect == Expect::Response {
            self.decoder = Some(self.protocol.response.decoder());
        }
        if !self.inbox.is_empty() {
            self.note_first_byte(now);
            self.read_response(Closing::Open, now);
        }
    }

    fn note_first_byte(&mut self, now: Moment) {
        let since = now.since(self.phase_began);
        self.evidence.timing.first_byte.get_or_insert(since);
    }

    fn read_response(&mut self, closing: Closing, now: Moment) {
        let Some(decoder) = &mut self.decoder else { return };
        match decoder.advance(&self.inbox, closing) {
            Ok(Step::NeedMore) => {}
            Ok(Step::Frame(size)) => self.classify(size, now),
            Err(error) => self.garbled(&error, now),
        }
    }

    /// A whole frame: is it a yes or a no?
    fn classify(&mut self, size: usize, now: Moment) {
        let Some(decoder) = self.decoder.take() else { return };
        let frame = decoder.frame(&self.inbox);
        let whole = self.inbox.get(..size).unwrap_or_default();
        let body = frame.bytes("body").unwrap_or(whole);
        let body = if self.protocol.trim { trimmed(body) } else { body };
        self.evidence.fields = frame.fields();
        self.evidence.ended_by = Some(frame.reason());
        self.evidence.body = body.to_vec();
        let late = decoder.late_end(self.inbox.get(size..).unwrap_or_default());
        self.evidence.extra = self.inbox.split_off((size + late).min(self.inbox.len()));
        self.inbox.truncate(size);
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

    fn garbled(&mut self, error: &DecodeError, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let reason = match error.kind {
            DecodeErrorKind::Framing => Garbled::Framing,
            DecodeErrorKind::Checksum => Garbled::Checksum,
            DecodeErrorKind::TooLong => Garbled::TooLong,
            DecodeErrorKind::Text => Garbled::Decode,
        };
        self.finish(Outcome::Garbled(reason), Some(words::garbled(reason, error)), now);
    }

    fn closed_without_response(&mut self, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let mut reason = Unconfirmed::Closed;
        if self.evidence.response.is_empty() && self.said_fin {
            reason = Unconfirmed::ClosedAfterFin;
            self.evidence.hint = Some(words::TRY_OPEN.to_owned());
        }
        let error = words::cut_off("closed", &self.evidence.response);
        self.finish(Outcome::Unconfirmed(reason), Some(error), now);
    }

    fn no_response_in_time(&mut self, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let (reason, error) = if self.evidence.response.is_empty() {
            (Unconfirmed::NoReply, words::no_reply(now.since(self.phase_began)))
        } else {
            (Unconfirmed::Stalled, words::stalled(&self.evidence.response))
        };
        self.finish(Outcome::Unconfirmed(reason), Some(error), now);
    }

    fn finish(&mut self, outcome: Outcome, error: Option<String>, now: Moment) {
        if self.state == State::Ended {
            return;
        }
        let answered = matches!(outcome, Outcome::Ok | Outcome::Rejected);
        let clean = self.evidence.stale.is_empty() && self.evidence.extra.is_empty() && !self.said_fin;
        self.evidence.error = error;
        self.evidence.timing.total = now.since(self.began);
        self.state = State::Ended;
        self.decoder = None;
        self.end = Some((outcome, answered && clean && self.evidence.ended_by.is_some()));
    }
}

/// The reason for a no, if the body says no.
fn refusal(protocol: &Protocol, body: &[u8]) -> Option<Refusal> {
    protocol.errors.iter().find_map(|error| {
        let fields: Fields = error.decode(body, |frame| frame.fields()).ok()?;
        Some(Refusal { code: fields.get("code").cloned(), text: fields.get("text").cloned() })
    })
}
