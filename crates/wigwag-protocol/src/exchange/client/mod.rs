//! The side that sends a command.

mod greeting;
mod login;
mod quiet;
mod response;
mod turn;
mod waits;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::evidence::{Evidence, Phase};
use super::inbox::Inbox;
use super::{Link, Secrets, Transmit, words};
use crate::Moment;
use crate::bytes::display::escape_str;
use crate::layout::{Closing, Decoder, Then};
use crate::outcome::{Outcome, Unconfirmed, Unreachable};
use crate::protocol::{Call, Cutter, Finish, Protocol, Reply};
use greeting::Greeting;
use turn::Turn;

pub use quiet::Quiet;

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

/// Why no connection came about.
#[derive(Debug, Clone, Copy)]
pub struct NoConnection<'a> {
    /// The outcome's reason.
    pub reason: Unreachable,
    /// The cause in one line; it is escaped where it is told.
    pub cause: &'a str,
    /// What to try, where that is known.
    pub hint: Option<&'a str>,
    /// Trying again by itself is of no use or not allowed.
    pub lasting: bool,
}

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// What is known.
    pub outcome: Outcome,
    /// What that rests on.
    pub evidence: Box<Evidence>,
    /// The connection, where it may carry another command; else it is to be closed.
    pub link: Option<Link>,
}

/// One attempt to send one command to one device and to get its answer.
///
/// Order of calls: [`handle_resolved`](Self::handle_resolved), [`handle_connecting`](Self::handle_connecting),
/// [`handle_connected`](Self::handle_connected), [`handle_secured`](Self::handle_secured) as far as they happen, then
/// [`handle_open`](Self::handle_open), which comes first on a connection that is kept; from then on write what
/// [`poll_transmit`](Self::poll_transmit) says and report it, pass what comes to [`receive`](Self::receive), and call
/// [`handle_deadline`](Self::handle_deadline) when [`deadline`](Self::deadline) has come, until
/// [`poll_end`](Self::poll_end) gives the end. It ends once and for all; what is told out of this order changes nothing.
#[derive(Debug)]
pub struct Exchange {
    protocol: Arc<Protocol>,
    call: Arc<Call>,
    link: Link,
    evidence: Evidence,
    state: State,
    stage: Stage,
    /// What is written and answered now: a command of the login, then ours.
    turn: Turn,
    /// What has come and is not yet part of a frame.
    inbox: Inbox,
    greeting: Greeting,
    /// Knows the second half of the greeting's end, which may come late.
    greeted: Option<Box<Cutter>>,
    /// What the login waits for.
    expected: Option<Box<Decoder>>,
    /// How many bytes did not start it.
    searched: usize,
    /// What the device said during the login, for a message.
    said_in_login: Vec<u8>,
    /// What came before the command was sent.
    early: Vec<u8>,
    /// The next frame began before the command was sent: with so many bytes.
    stale_head: Option<usize>,
    began: Moment,
    /// When the present phase began.
    phase_began: Moment,
    /// When the wait for a first byte began.
    waiting_since: Moment,
    /// When a byte last moved in the direction that the present phase waits for.
    moved: Moment,
    said_fin: bool,
    /// What is said beside the command is written in part.
    aside_is_begun: bool,
    /// The connection has ended, in order or not.
    closed: bool,
    /// How it ended, and whether the connection may carry another command.
    end: Option<(Outcome, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Greeting,
    /// The device's part of the login is due.
    Expecting,
    /// Our part of the login is being written.
    Telling,
    /// The device wants some time between commands.
    Pausing {
        until: Moment,
    },
    Sending,
    /// All is written and the response may come, but our sending side is still to be closed.
    HalfClosing,
    Receiving,
    Ended,
}

/// What the present turn belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The login, of which so many steps have begun.
    Login { step: usize },
    /// The command itself.
    Command,
}

impl Exchange {
    /// An attempt that begins `now`, on a connection that is still to be made or on one that is kept.
    pub fn new(protocol: Arc<Protocol>, call: Arc<Call>, link: Link, now: Moment) -> Self {
        let mut exchange = Self {
            turn: Turn::new(call.clone()),
            protocol,
            call,
            link,
            evidence: Evidence::default(),
            state: State::Connecting,
            stage: Stage::Login { step: 0 },
            inbox: Inbox::default(),
            greeting: Greeting::default(),
            greeted: None,
            expected: None,
            searched: 0,
            said_in_login: Vec::new(),
            early: Vec::new(),
            stale_head: None,
            began: now,
            phase_began: now,
            waiting_since: now,
            moved: now,
            said_fin: false,
            aside_is_begun: false,
            closed: false,
            end: None,
        };
        exchange
            .link
            .secrets()
            .chain(exchange.call.secrets())
            .for_each(|secret| exchange.evidence.secrets.add_value(secret));
        if exchange.is_known_from_the_start() {
            // A failure is met again, and told of, when the command's turn has come.
            let _ = exchange.prepare();
        }
        exchange
    }

    /// Whether the command's bytes hang on nothing that is still to be learned.
    fn is_known_from_the_start(&self) -> bool {
        let session = &self.protocol.session;
        !self.call.learns() && session.login.is_empty() && (session.auth.is_none() || self.link.authenticated)
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

    /// No connection came about.
    ///
    /// Once a byte of the command was taken nothing can prove that it was not sent: then this changes nothing.
    pub fn handle_unreachable(&mut self, why: NoConnection<'_>, now: Moment) {
        if self.is_committed() || self.state == State::Ended {
            return;
        }
        let NoConnection { reason, cause, hint, lasting } = why;
        self.evidence.hint = hint.map(str::to_owned);
        self.evidence.lasting = lasting;
        self.unreachable(reason, words::unreachable(reason, &escape_str(cause).to_string()), now);
    }

    /// The connection is ready for use.
    pub fn handle_open(&mut self, now: Moment) {
        if self.state != State::Connecting {
            return;
        }
        let protocol = self.protocol.clone();
        match protocol.session.greeting.as_ref().filter(|_| !self.link.kept) {
            Some(greeting) => self.start_greeting(greeting, now),
            None => self.next_step(now),
        }
    }

    // ---- what happened on the connection ----

    /// The kernel took so many more bytes of what [`poll_transmit`](Self::poll_transmit) gave.
    pub fn handle_written(&mut self, count: usize, now: Moment) {
        if count == 0 {
            return;
        }
        if self.speaks_aside() {
            self.link.aside.drain(..count.min(self.link.aside.len()));
            self.aside_is_begun = !self.link.aside.is_empty();
            return;
        }
        if !matches!(self.state, State::Sending | State::Telling) {
            return;
        }
        self.moved = now;
        self.turn.written = self.turn.written.saturating_add(count).min(self.turn.out.len());
        match self.state {
            State::Telling => self.all_told(now),
            State::Sending if self.turn.is_written() => self.start_receiving(now),
            State::Sending
            | State::Connecting
            | State::Greeting
            | State::Expecting
            | State::Pausing { .. }
            | State::HalfClosing
            | State::Receiving
            | State::Ended => {}
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
        let plain = self.link.plain(self.protocol.transport, bytes);
        let bytes = self.without_late_end(&plain);
        if bytes.is_empty() {
            return;
        }
        match self.state {
            State::Connecting | State::Pausing { .. } => self.receive_early(bytes),
            State::Sending if self.is_the_command() && self.turn.written == 0 => self.receive_early(bytes),
            State::Greeting => self.receive_greeting(bytes, now),
            State::Expecting => self.receive_expected(bytes, now),
            State::Telling => super::keep_inbox(&mut self.inbox, bytes),
            State::Sending => self.read_ahead(bytes),
            State::HalfClosing | State::Receiving => {
                self.moved = now;
                self.inbox.extend(bytes);
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
            State::Greeting | State::Pausing { .. } => self.dropped(words::CLOSED, now),
            State::Expecting | State::Telling => self.not_logged_in(words::CLOSED, now),
            State::Sending => self.lost_while_sending(words::CLOSED, now),
            State::HalfClosing | State::Receiving => {
                self.read_response(Closing::Eof, now);
                let waits = matches!(self.state, State::HalfClosing | State::Receiving);
                match self.turn.call.reply() {
                    _ if !waits => {}
                    Reply::Nothing => self.sent(now),
                    Reply::Any | Reply::Frames(_) | Reply::Until(..) => self.closed_without_response(now),
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
            (_, Failure::Local) if !self.is_committed() => self.short_before_commit(&cause, now),
            (State::Greeting | State::Pausing { .. }, _) => self.dropped(&cause, now),
            (State::Expecting | State::Telling, _) => self.not_logged_in(&cause, now),
            (State::Sending, Failure::Local) => self.lost_while_sending(&words::own_fault(&cause), now),
            (State::Sending, _) => self.lost_while_sending(&cause, now),
            (State::HalfClosing | State::Receiving, failure) => self.broken_off(failure, &cause, now),
        }
    }

    /// A person or a halt rule cut it.
    pub fn handle_interrupt(&mut self, now: Moment) {
        if !self.is_committed() {
            self.finish(Outcome::Cancelled, Some(words::CANCELLED.to_owned()), now);
            return;
        }
        self.take_what_is_whole(now);
        if self.state != State::Ended {
            let error = words::interrupted(self.progress(), &self.answered_so_far());
            self.give_up(Outcome::Unconfirmed(Unconfirmed::Interrupted), error, now);
        }
    }

    // ---- what to do ----

    /// What to write now. The same until it is reported as done.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        if self.speaks_aside() {
            return Some(Transmit::Bytes(&self.link.aside));
        }
        match self.state {
            State::Sending | State::Telling => self.turn.out.get(self.turn.written..).map(Transmit::Bytes),
            State::HalfClosing => Some(Transmit::HalfClose),
            State::Connecting
            | State::Greeting
            | State::Expecting
            | State::Pausing { .. }
            | State::Receiving
            | State::Ended => None,
        }
    }

    /// The end, once it has come; it is given once.
    pub fn poll_end(&mut self) -> Option<End> {
        let (outcome, reusable) = self.end.take()?;
        let link = reusable.then(|| std::mem::take(&mut self.link));
        Some(End { outcome, evidence: Box::new(std::mem::take(&mut self.evidence)), link })
    }

    /// Whether it is over and the connection may carry another command.
    pub fn keeps_connection(&self) -> bool {
        self.end.as_ref().is_some_and(|(_, reusable)| *reusable)
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    /// What of its bytes may never be shown.
    pub fn secrets(&self) -> &Secrets {
        &self.evidence.secrets
    }

    /// The address that is connected to, once it is known.
    pub fn address(&self) -> Option<SocketAddr> {
        self.evidence.address
    }

    /// Whether a byte of the command itself was taken.
    pub fn is_committed(&self) -> bool {
        self.is_the_command() && self.turn.written > 0
    }

    // ---- sending ----

    fn is_the_command(&self) -> bool {
        self.stage == Stage::Command
    }

    /// Whether something beside the command is to be said now: not while a command is being written, and not after we
    /// have said our last.
    fn speaks_aside(&self) -> bool {
        let writes = matches!(self.state, State::Sending | State::Telling) && !self.aside_is_begun;
        !self.link.aside.is_empty() && !writes && !self.said_fin && self.state != State::Ended
    }

    fn begin_phase(&mut self, phase: Phase, now: Moment) -> Duration {
        let lasted = now.since(self.phase_began);
        self.evidence.phase = phase;
        self.phase_began = now;
        self.waiting_since = now;
        self.moved = now;
        lasted
    }

    /// Starts to write the request of the present turn.
    fn start_sending(&mut self, now: Moment) {
        self.state = State::Sending;
        self.moved = now;
        if self.is_the_command() {
            self.begin_phase(Phase::Send, now);
        }
        if let Some(missing) = self.missing_secret() {
            self.not_logged_in(&words::asks_for(&missing), now);
            return;
        }
        if self.turn.out.is_empty()
            && let Err(error) = self.prepare()
        {
            self.unreachable(Unreachable::Greeting, words::unwritable(&error), now);
            return;
        }
        if self.turn.is_written() {
            self.start_receiving(now);
        }
    }

    /// Whether the protocol ends the command by closing our sending side.
    fn half_closes(&self) -> bool {
        self.is_the_command() && self.protocol.session.half_closes(self.turn.then)
    }

    fn progress(&self) -> words::Written {
        words::Written { written: self.turn.written, size: self.turn.out.len() }
    }

    /// The connection ended before our first byte.
    fn dropped(&mut self, how: &str, now: Moment) {
        let unread = self.inbox.take_all();
        super::keep(&mut self.evidence.stale, &unread);
        let error = words::dropped(how, &self.evidence.stale);
        self.unreachable(Unreachable::Dropped, error, now);
    }

    fn short_before_commit(&mut self, cause: &str, now: Moment) {
        self.unreachable(Unreachable::Local, words::could_not_send_here(cause), now);
    }

    fn lost_while_sending(&mut self, how: &str, now: Moment) {
        match (self.is_the_command(), self.turn.written) {
            (false, _) => self.not_logged_in(how, now),
            (true, 0) => self.dropped(how, now),
            (true, _) => self.partial_send(how, now),
        }
    }

    /// Whatever the device said meanwhile, it did not have the whole command when it said so.
    fn partial_send(&mut self, cause: &str, now: Moment) {
        let error = words::partial_send(self.progress(), cause, self.inbox.unread());
        self.give_up(Outcome::Unconfirmed(Unconfirmed::PartialSend), error, now);
    }

    // ---- the end ----

    /// The present turn has come to this: the end of all, or of a step of the login.
    fn conclude(&mut self, outcome: Outcome, error: Option<String>, now: Moment) {
        if self.is_the_command() {
            self.finish(outcome, error, now);
            return;
        }
        let answer = std::mem::take(&mut self.turn.answer);
        match error {
            None => {
                self.link.learn("login", &answer.fields);
                self.start_gap(now);
                self.next_step(now);
            }
            Some(error) => {
                self.said_in_login = answer.wire;
                self.not_logged_in(&error, now);
            }
        }
    }

    fn unreachable(&mut self, reason: Unreachable, error: String, now: Moment) {
        self.finish(Outcome::Unreachable(reason), Some(error), now);
    }

    fn finish(&mut self, outcome: Outcome, error: Option<String>, now: Moment) {
        if self.state == State::Ended {
            return;
        }
        let error = match outcome {
            Outcome::Unconfirmed(_) | Outcome::Garbled(_) => error.map(words::not_known_whether_it_acted),
            Outcome::Ok
            | Outcome::Sent
            | Outcome::Rejected
            | Outcome::Unreachable(_)
            | Outcome::Skipped(_)
            | Outcome::Cancelled
            | Outcome::Expired => error,
        };
        self.take_evidence();
        self.evidence.error = error.map(|error| self.evidence.secrets.hide_text(error));
        self.evidence.timing.total = now.since(self.began);
        let reusable = self.is_reusable(outcome, now);
        if reusable {
            self.link.kept = true;
            self.start_gap(now);
        }
        self.end = Some((outcome, reusable));
        self.state = State::Ended;
    }

    /// What the turn and the inbox hold at the end is evidence.
    fn take_evidence(&mut self) {
        let behind = self.inbox.take_all();
        let evidence = &mut self.evidence;
        if self.stage != Stage::Command {
            super::keep(&mut evidence.stale, &behind);
            return;
        }
        if self.turn.written == 0 {
            super::keep(&mut evidence.stale, &behind);
        } else {
            super::keep(&mut evidence.extra, &behind);
            self.link.leftover = behind;
        }
        evidence.request = std::mem::take(&mut self.turn.out);
        evidence.bytes_written = self.turn.written;
        let answer = std::mem::take(&mut self.turn.answer);
        evidence.response = answer.wire;
        evidence.body = answer.body;
        evidence.fields = answer.fields;
        evidence.list = answer.list;
        evidence.ended_by = answer.ended_by;
    }

    fn is_reusable(&self, outcome: Outcome, now: Moment) -> bool {
        let answered = match outcome {
            Outcome::Ok | Outcome::Rejected => true,
            Outcome::Sent
            | Outcome::Unreachable(_)
            | Outcome::Unconfirmed(_)
            | Outcome::Garbled(_)
            | Outcome::Skipped(_)
            | Outcome::Cancelled
            | Outcome::Expired => false,
        };
        let Evidence { stale, extra, foreign, .. } = &self.evidence;
        let clean = stale.is_empty() && extra.is_empty() && foreign.is_empty();
        let answers_can_be_told_apart = self.turn.form().is_some_and(|form| !form.matches.is_empty());
        // `<IDLE t>` behind a command: the next one would be taken for the rest of it.
        let silent_for_long_enough = match self.turn.then {
            Then::Silence(silence) => now.since(self.phase_began) >= silence,
            Then::Nothing | Then::HalfClose => true,
        };
        let kept = self.protocol.session.finish == Finish::Keep && !self.half_closes() && !self.closed;
        let kept = kept && !self.aside_is_begun;
        answered && kept && (clean || answers_can_be_told_apart) && silent_for_long_enough
    }

    /// The device wants some time before the next command.
    fn start_gap(&mut self, now: Moment) {
        let gap = self.protocol.session.gap;
        self.link.quiet_until = (!gap.is_zero()).then(|| now + gap);
    }
}
