//! The side that sends a command.

mod greeting;
mod response;
mod waits;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::evidence::{Evidence, Phase};
use super::{Transmit, keep, words};
use crate::Moment;
use crate::bytes::display::escape_str;
use crate::layout::{Closing, Decoder, Encoded, Then};
use crate::outcome::{Outcome, Unconfirmed, Unreachable};
use crate::protocol::{AfterSend, Protocol};

/// Whether an answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// One frame of the protocol's response layout.
    Response,
    /// None, by design of the command. A no is heard all the same.
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
/// Order of calls: [`handle_resolved`](Self::handle_resolved), [`handle_connecting`](Self::handle_connecting),
/// [`handle_connected`](Self::handle_connected), [`handle_secured`](Self::handle_secured) as far as they happen, then
/// [`handle_open`](Self::handle_open); from then on write what [`poll_transmit`](Self::poll_transmit) says and report it,
/// pass what comes to [`receive`](Self::receive), and call [`handle_deadline`](Self::handle_deadline) when
/// [`deadline`](Self::deadline) has come, until [`poll_end`](Self::poll_end) gives the end. It ends once and for all; what
/// is told out of this order changes nothing.
#[derive(Debug)]
pub struct Exchange {
    protocol: Arc<Protocol>,
    /// What follows the command's last byte; its bytes are in the evidence.
    then: Then,
    expect: Expect,
    state: State,
    evidence: Evidence,
    /// What has come and is not yet part of a frame.
    inbox: Vec<u8>,
    decoder: Option<Decoder>,
    /// Knows the second half of the greeting's end, which may come late.
    greeted: Option<Decoder>,
    /// How long the inbox may grow while we still write, once it holds all that a response can be.
    enough: Option<usize>,
    began: Moment,
    /// When the present phase began.
    phase_began: Moment,
    /// When a byte last moved in the direction that the present phase waits for.
    moved: Moment,
    said_fin: bool,
    /// The connection has ended, in order or not.
    closed: bool,
    end: Option<(Outcome, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Greeting,
    Sending,
    /// All is written and the response may come, but our sending side is still to be closed.
    HalfClosing,
    Receiving,
    Ended,
}

impl Exchange {
    /// An attempt that begins `now`.
    pub fn new(protocol: Arc<Protocol>, request: Encoded, expect: Expect, now: Moment) -> Self {
        let Encoded { bytes, then } = request;
        Self {
            protocol,
            then,
            expect,
            state: State::Connecting,
            evidence: Evidence { request: bytes, ..Evidence::default() },
            inbox: Vec::new(),
            decoder: None,
            greeted: None,
            enough: None,
            began: now,
            phase_began: now,
            moved: now,
            said_fin: false,
            closed: false,
            end: None,
        }
    }

    // ---- what happened while connecting ----

    /// The name has been looked up.
    pub fn handle_resolved(&mut self, now: Moment) {
        if self.state == State::Connecting {
            self.evidence.timing.resolve = Some(self.begin_phase(Phase::Connect, now));
        }
    }

    /// A TCP connection to this address is being opened.
    pub fn handle_connecting(&mut self, address: SocketAddr, now: Moment) {
        if self.state != State::Connecting {
            return;
        }
        self.evidence.address = Some(address);
        if self.evidence.phase == Phase::Resolve {
            self.begin_phase(Phase::Connect, now);
        }
    }

    /// The connection stands, a proxy's tunnel included.
    pub fn handle_connected(&mut self, now: Moment) {
        if self.state == State::Connecting {
            self.evidence.timing.connect = Some(self.begin_phase(Phase::Tls, now));
        }
    }

    /// TLS is agreed on.
    pub fn handle_secured(&mut self, now: Moment) {
        if self.state == State::Connecting {
            self.evidence.timing.tls = Some(self.begin_phase(Phase::Greeting, now));
        }
    }

    /// No connection came about. `cause` is one line; it is escaped here.
    ///
    /// Once a byte of the command was taken nothing can prove that it was not sent: then this changes nothing.
    pub fn handle_unreachable(&mut self, reason: Unreachable, cause: &str, hint: Option<String>, now: Moment) {
        match self.state {
            State::Connecting | State::Greeting => {}
            State::Sending if self.evidence.bytes_written == 0 => {}
            State::Sending | State::HalfClosing | State::Receiving | State::Ended => return,
        }
        self.evidence.hint = hint;
        self.unreachable(reason, words::unreachable(reason, &escape_str(cause).to_string()), now);
    }

    /// The connection is ready for use.
    pub fn handle_open(&mut self, now: Moment) {
        if self.state != State::Connecting {
            return;
        }
        if self.protocol.greeting.is_some() {
            self.start_greeting(now);
        } else {
            self.start_sending(now);
        }
    }

    // ---- what happened on the connection ----

    /// The kernel took so many more bytes of the command.
    pub fn handle_written(&mut self, count: usize, now: Moment) {
        if self.state != State::Sending || count == 0 {
            return;
        }
        self.moved = now;
        let size = self.evidence.request.len();
        self.evidence.bytes_written = self.evidence.bytes_written.saturating_add(count).min(size);
        if self.evidence.bytes_written == size {
            self.start_receiving(now);
        }
    }

    /// The sending side was closed; `said` tells whether the device can know (TLS 1.2 has no way to say it).
    pub fn handle_half_closed(&mut self, said: bool, _now: Moment) {
        if self.state == State::HalfClosing {
            self.said_fin = said;
            self.state = State::Receiving;
        }
    }

    /// These bytes came.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        let bytes = self.without_late_end(bytes);
        if bytes.is_empty() {
            return;
        }
        match self.state {
            // What comes before the command is sent cannot be its answer.
            State::Connecting => keep(&mut self.evidence.stale, bytes),
            State::Sending if self.evidence.bytes_written == 0 => keep(&mut self.evidence.stale, bytes),
            State::Greeting => self.receive_greeting(bytes, now),
            State::Sending => self.read_ahead(bytes),
            State::HalfClosing | State::Receiving => {
                self.moved = now;
                self.inbox.extend_from_slice(bytes);
                self.note_first_byte(now);
                self.read_response(Closing::Open, now);
            }
            State::Ended => {}
        }
    }

    /// The peer has ended the connection in order.
    pub fn handle_eof(&mut self, now: Moment) {
        self.closed = true;
        match self.state {
            State::Connecting | State::Ended => {}
            // Even a whole greeting is worth nothing now: whatever we would write is lost.
            State::Greeting => self.dropped(words::CLOSED, now),
            State::Sending => self.lost_while_sending(words::CLOSED, now),
            State::HalfClosing | State::Receiving => {
                self.read_response(Closing::Eof, now);
                match self.expect {
                    _ if self.state == State::Ended => {}
                    Expect::Nothing => self.sent(now),
                    Expect::Response => self.closed_without_response(now),
                }
            }
        }
    }

    /// The connection broke. `cause` is one line; it is escaped here.
    pub fn handle_failure(&mut self, failure: Failure, cause: &str, now: Moment) {
        self.closed = true;
        let cause = escape_str(cause).to_string();
        match (self.state, failure) {
            (State::Ended | State::Connecting, _) => {}
            (State::Greeting, Failure::Local) => self.short_before_commit(&cause, now),
            (State::Sending, Failure::Local) if self.evidence.bytes_written == 0 => {
                self.short_before_commit(&cause, now);
            }
            (State::Greeting, _) => self.dropped(&cause, now),
            (State::Sending, Failure::Local) => self.lost_while_sending(&words::own_fault(&cause), now),
            (State::Sending, _) => self.lost_while_sending(&cause, now),
            (State::HalfClosing | State::Receiving, failure) => self.broken_off(failure, &cause, now),
        }
    }

    /// A person or a halt rule cut it.
    pub fn handle_interrupt(&mut self, now: Moment) {
        self.take_what_is_whole(now);
        if self.state == State::Ended {
            return;
        }
        if self.evidence.bytes_written == 0 {
            self.evidence.stale.append(&mut self.inbox);
            self.finish(Outcome::Cancelled, Some(words::CANCELLED.to_owned()), now);
            return;
        }
        self.evidence.response = std::mem::take(&mut self.inbox);
        let error = words::interrupted(self.progress(), &self.evidence.response);
        self.finish(Outcome::Unconfirmed(Unconfirmed::Interrupted), Some(error), now);
    }

    // ---- what to do ----

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self.state {
            State::Sending => self.evidence.request.get(self.evidence.bytes_written..).map(Transmit::Bytes),
            State::HalfClosing => Some(Transmit::HalfClose),
            State::Connecting | State::Greeting | State::Receiving | State::Ended => None,
        }
    }

    /// The end, once it has come; it is given once.
    pub fn poll_end(&mut self) -> Option<End> {
        let (outcome, reusable) = self.end.take()?;
        Some(End { outcome, evidence: std::mem::take(&mut self.evidence), reusable })
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    // ---- sending ----

    fn begin_phase(&mut self, phase: Phase, now: Moment) -> Duration {
        let lasted = now.since(self.phase_began);
        self.evidence.phase = phase;
        self.phase_began = now;
        self.moved = now;
        lasted
    }

    fn start_sending(&mut self, now: Moment) {
        self.state = State::Sending;
        self.begin_phase(Phase::Send, now);
        if self.evidence.request.is_empty() {
            self.start_receiving(now);
        }
    }

    /// Whether the protocol ends the command by closing our sending side.
    fn half_closes(&self) -> bool {
        self.protocol.after_send == AfterSend::Fin || self.then == Then::HalfClose
    }

    fn progress(&self) -> words::Written {
        words::Written { written: self.evidence.bytes_written, size: self.evidence.request.len() }
    }

    /// The connection ended before our first byte.
    fn dropped(&mut self, how: &str, now: Moment) {
        self.evidence.stale.append(&mut self.inbox);
        let error = words::dropped(how, &self.evidence.stale);
        self.unreachable(Unreachable::Dropped, error, now);
    }

    fn short_before_commit(&mut self, cause: &str, now: Moment) {
        self.evidence.stale.append(&mut self.inbox);
        self.unreachable(Unreachable::Local, words::could_not_send_here(cause), now);
    }

    fn lost_while_sending(&mut self, how: &str, now: Moment) {
        if self.evidence.bytes_written == 0 {
            self.dropped(how, now);
        } else {
            self.partial_send(how, now);
        }
    }

    /// Whatever the device said meanwhile, it did not have the whole command when it said so.
    fn partial_send(&mut self, cause: &str, now: Moment) {
        self.evidence.response = std::mem::take(&mut self.inbox);
        let error = words::partial_send(self.progress(), cause, &self.evidence.response);
        self.finish(Outcome::Unconfirmed(Unconfirmed::PartialSend), Some(error), now);
    }

    // ---- the end ----

    fn unreachable(&mut self, reason: Unreachable, error: String, now: Moment) {
        self.finish(Outcome::Unreachable(reason), Some(error), now);
    }

    fn finish(&mut self, outcome: Outcome, error: Option<String>, now: Moment) {
        if self.state == State::Ended {
            return;
        }
        self.evidence.error = error;
        self.evidence.timing.total = now.since(self.began);
        self.end = Some((outcome, self.is_reusable(outcome, now)));
        self.state = State::Ended;
        self.decoder = None;
    }

    fn is_reusable(&self, outcome: Outcome, now: Moment) -> bool {
        let answered = match outcome {
            Outcome::Ok | Outcome::Rejected => true,
            Outcome::Sent
            | Outcome::Unreachable(_)
            | Outcome::Unconfirmed(_)
            | Outcome::Garbled(_)
            | Outcome::Cancelled => false,
        };
        let clean = self.evidence.stale.is_empty() && self.evidence.extra.is_empty();
        // `<IDLE t>` behind a command: the next one would be taken for the rest of it.
        let silent_for_long_enough = match self.then {
            Then::Silence(silence) => now.since(self.phase_began) >= silence,
            Then::Nothing | Then::HalfClose => true,
        };
        answered && clean && silent_for_long_enough && !self.half_closes() && !self.closed
    }
}
