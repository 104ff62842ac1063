//! One connection, and the exchange over it.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Failure, Transmit};

use super::talk::Talk;
use crate::cause;
use crate::connection::{Received, half_close, none_if_blocked, read_plain};
use crate::dial::{DialError, failed_connect, is_own, not_answered};
use crate::drive::{note_broken, note_received};
use crate::driver::{Cut, Job};

/// How many reads and writes a conversation has before it is the others' turn.
const TURNS: usize = 32;

/// An exchange, its connection, and what is known of that.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: u64,
    talk: Talk,
    stream: TcpStream,
    /// When it was begun, and how long a connection may take.
    began: Moment,
    dial_timeout: Option<Duration>,
    is_connected: bool,
    /// What the kernel was last known to allow.
    readable: bool,
    writable: bool,
    /// The device has said that nothing more comes; it is still to be read.
    has_ended: bool,
    /// What it is registered for.
    watched: Option<Interest>,
}

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It waits for the device, or for its deadline.
    Waits,
    /// It could go on, but others have their turn first.
    Unfinished,
    /// The exchange is over.
    Over,
}

impl Conversation {
    /// A connection to this address is being opened.
    pub(super) fn begin(job: Job, stream: TcpStream, address: SocketAddr, now: Moment) -> Self {
        let dial_timeout = job.dialer.timeout;
        let mut conversation = Self {
            id: job.id,
            talk: Talk::begin(job, address, now),
            stream,
            began: now,
            dial_timeout,
            is_connected: false,
            readable: false,
            writable: false,
            has_ended: false,
            watched: None,
        };
        // Within one machine the connection stands before `connect` returns. Later the device could already have spoken,
        // and it would seem to have done so unasked.
        if address.ip().is_loopback() && conversation.stream.peer_addr().is_ok() {
            conversation.connected(now);
        }
        conversation
    }

    /// The kernel tells of the connection.
    pub(super) fn note(&mut self, event: &Event, now: Moment) {
        if !self.is_connected {
            // An error is asked for only where there is one: that the connection stands needs no question.
            let error = (event.is_error() || event.is_read_closed()).then(|| self.stream.take_error());
            match error {
                Some(Ok(Some(error)) | Err(error)) => {
                    self.unreachable(&failed_connect(&error), now);
                }
                Some(Ok(None)) | None if event.is_writable() => self.connected(now),
                Some(Ok(None)) | None => {}
            }
        }
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.writable |= event.is_writable();
        self.has_ended |= event.is_read_closed();
    }

    /// Something may have come that the kernel has not told of.
    pub(super) fn may_read(&mut self) {
        self.readable |= self.is_connected;
    }

    /// Writes and reads until it has to wait.
    pub(super) fn go_on(&mut self, buffer: &mut [u8], now: Moment) -> Step {
        for _ in 0..TURNS {
            if self.talk.is_over() {
                return Step::Over;
            }
            if !self.is_connected {
                return Step::Waits;
            }
            let turn = self.write(now).and_then(|wrote| if wrote { Ok(true) } else { self.read(buffer, now) });
            match turn {
                Ok(true) => {}
                Ok(false) => return Step::Waits,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let stream = &mut self.stream;
                    let read = |into: &mut [u8]| read_plain(stream, into);
                    self.talk.tell(|exchange| note_broken(exchange, &error, read, buffer, now, &mut ()));
                }
            }
        }
        if self.talk.is_over() { Step::Over } else { Step::Unfinished }
    }

    /// When to call [`handle_deadline`](Self::handle_deadline) at the latest.
    pub(super) fn deadline(&self) -> Option<Moment> {
        let connecting = self.dial_timeout.filter(|_| !self.is_connected).map(|limit| self.began + limit);
        connecting.into_iter().chain(self.talk.deadline()).min()
    }

    /// A deadline has come, of the connecting or of the exchange. Before that moment this changes nothing.
    pub(super) fn handle_deadline(&mut self, now: Moment) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if let Some(limit) = self.dial_timeout.filter(|limit| !self.is_connected && now >= self.began + *limit) {
            self.unreachable(&not_answered(limit), now);
        }
        self.talk.tell(|exchange| exchange.handle_deadline(now));
    }

    /// Ends it, if it is to be cut.
    pub(super) fn cut(&mut self, cut: Cut, now: Moment) -> Step {
        match cut {
            Cut::Uncommitted if self.talk.is_committed() => return Step::Waits,
            Cut::Uncommitted | Cut::All => self.talk.tell(|exchange| exchange.handle_interrupt(now)),
        }
        Step::Over
    }

    /// How it ended, once it is over. The connection is closed.
    pub(super) fn end(self) -> End {
        self.talk.end().unwrap_or_else(|| unreachable!("only what is over is ended"))
    }

    /// Sees to it that the kernel tells of what it waits for; false where it cannot, and the exchange is over.
    ///
    /// Whoever has nothing to write is watched for reading alone: a socket that takes bytes would tell so at once.
    pub(super) fn is_watched(&mut self, registry: &Registry, token: Token, now: Moment) -> bool {
        let writes = !self.is_connected || matches!(self.talk.poll_transmit(), Some(Transmit::Bytes(_)));
        let wanted = if writes { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        let watched = match self.watched {
            None => registry.register(&mut self.stream, token, wanted),
            Some(watched) if writes && !watched.is_writable() => registry.reregister(&mut self.stream, token, wanted),
            Some(_) => return true,
        };
        match watched {
            Ok(()) => self.watched = Some(wanted),
            Err(error) if !self.is_connected => self.unreachable(&failed_connect(&error), now),
            Err(error) => {
                self.talk.tell(|exchange| exchange.handle_failure(Failure::Local, &cause::words(&error), now));
            }
        }
        !self.talk.is_over()
    }

    fn connected(&mut self, now: Moment) {
        let peer = self.talk.address();
        if peer.is_some_and(|peer| is_own(|| self.stream.local_addr(), peer)) {
            self.unreachable(&failed_connect(&ErrorKind::ConnectionRefused.into()), now);
            return;
        }
        self.is_connected = true;
        self.writable = true;
        self.talk.handle_open(now);
    }

    fn unreachable(&mut self, error: &DialError, now: Moment) {
        self.talk.tell(|exchange| exchange.handle_unreachable(error.told(), now));
    }

    /// Writes what is to be written; false where nothing is, or nothing is taken.
    fn write(&mut self, now: Moment) -> io::Result<bool> {
        match self.talk.poll_transmit() {
            None => Ok(false),
            Some(Transmit::HalfClose) => {
                half_close(SockRef::from(&self.stream))?;
                self.talk.handle_half_closed(now);
                Ok(true)
            }
            Some(Transmit::Bytes(_)) if !self.writable => Ok(false),
            Some(Transmit::Bytes(out)) => {
                let size = out.len();
                match none_if_blocked(self.stream.write(out))? {
                    Some(count) => self.talk.handle_written(count, size, now),
                    None => self.writable = false,
                }
                Ok(self.writable)
            }
        }
    }

    /// Reads what has come; false where nothing has.
    fn read(&mut self, buffer: &mut [u8], now: Moment) -> io::Result<bool> {
        if !self.readable {
            return Ok(false);
        }
        let Some(received) = read_plain(&mut self.stream, buffer)? else {
            self.readable = false;
            return Ok(false);
        };
        // Less than there was room for is all there was; what comes later is told of.
        self.readable = received == Received::Bytes(buffer.len()) || self.has_ended;
        self.talk.tell(|exchange| note_received(exchange, received, buffer, now, &mut ()));
        Ok(true)
    }
}
