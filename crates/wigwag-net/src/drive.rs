//! Drives one exchange over one connection: whatever happens on the sockets is told to it, whatever it wants is done.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout_at;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Exchange, Failure, Secrets, Transmit};

use crate::cause;
use crate::clock::Clock;
use crate::connection::{Connection, HalfClose, Received, Turn};
use crate::dial::{DialError, Dialer, Progress, Route};
use crate::tls::TlsFacts;

/// The most bytes that one read takes, at first and when a device has shown that it says more: most answers are short, and
/// a fleet has thousands of these.
const FIRST_CHUNK: usize = 1024;
const CHUNK: usize = 16 * 1024;

/// How much later than the dialer, which has the same time and knows more of what went wrong, a dial is given up here.
const AFTER_THE_DIALER: Duration = Duration::from_millis(20);

/// What happens on the wire, for whoever wants to look on.
#[derive(Debug)]
pub enum Event<'a> {
    /// The name has these addresses.
    Resolved(&'a [SocketAddr]),
    /// A TCP connection to this address is being opened.
    Connecting(SocketAddr),
    /// An address could not be connected to.
    NotConnected(SocketAddr, &'a DialError),
    /// TCP is connected.
    Connected(SocketAddr),
    /// The proxy is connected to the device.
    Tunnelled,
    /// TLS is agreed on.
    Secured(TlsFacts<'a>),
    /// The kernel took these bytes, of which some may never be shown.
    Wrote(&'a [u8], &'a Secrets),
    /// With the bytes that it just took the first one of the command has left.
    Committed,
    /// The sending side was closed.
    HalfClosed(HalfClose),
    /// These bytes came, of which some may never be shown.
    Received(&'a [u8], &'a Secrets),
    /// The device sends nothing more.
    Closed(Received),
    /// The connection broke.
    Broke(&'a io::Error),
}

/// Looks on while an exchange is driven.
pub trait Watch {
    /// Something happened.
    fn saw(&mut self, event: Event<'_>, now: Moment);
}

/// Nobody looks on.
impl Watch for () {
    fn saw(&mut self, _event: Event<'_>, _now: Moment) {}
}

/// Notes when the first byte of the command has left, for whoever may stop an exchange only before.
#[derive(Debug)]
pub struct NoteCommit<'a, W> {
    /// Where it is noted. All happens on one thread: this is only what a future that may move can hold.
    pub committed: &'a AtomicBool,
    /// Looks on as well.
    pub watch: &'a mut W,
}

impl<W: Watch> Watch for NoteCommit<'_, W> {
    fn saw(&mut self, event: Event<'_>, now: Moment) {
        if matches!(event, Event::Committed) {
            self.committed.store(true, Ordering::Relaxed);
        }
        self.watch.saw(event, now);
    }
}

/// Dials the end of `route` and drives `exchange` until it is over.
///
/// The exchange's deadline bounds the dial. Give the dialer the time-out for connecting all the same: it shares it among
/// the addresses of a name. When the future is dropped the connection is closed, and the exchange knows exactly how many
/// bytes of its command the kernel took. What is returned is a connection that may carry another command.
pub async fn drive(
    exchange: &mut Exchange,
    dialer: &Dialer,
    route: impl Into<Route<'_>>,
    clock: Clock,
    watch: &mut impl Watch,
) -> Option<Connection> {
    let deadline = exchange.deadline();
    let dialled = {
        let mut note = |progress: Progress<'_>| note_progress(exchange, dialer, progress, clock, watch);
        let dial = dialer.dial(route, &mut note);
        match deadline {
            Some(deadline) => timeout_at(clock.instant(deadline + AFTER_THE_DIALER), dial).await,
            None => Ok(dial.await),
        }
    };
    let now = clock.now();
    let Ok(dialled) = dialled else {
        exchange.handle_deadline(deadline.map_or(now, |deadline| deadline.max(now)));
        return None;
    };
    match dialled {
        Ok(connection) => drive_on(exchange, connection, clock, watch).await,
        Err(error) => {
            exchange.handle_unreachable(error.told(), now);
            None
        }
    }
}

/// Drives `exchange` over a connection that stands, until it is over.
pub async fn drive_on(
    exchange: &mut Exchange,
    mut connection: Connection,
    clock: Clock,
    watch: &mut impl Watch,
) -> Option<Connection> {
    exchange.handle_open(clock.now());
    converse(exchange, &mut connection, clock, watch).await;
    if exchange.keeps_connection() {
        return Some(connection);
    }
    connection.close();
    None
}

fn note_progress(
    exchange: &mut Exchange,
    dialer: &Dialer,
    progress: Progress<'_>,
    clock: Clock,
    watch: &mut impl Watch,
) {
    let now = clock.now();
    match progress {
        Progress::Resolving { .. } => {}
        Progress::Resolved { addresses } => {
            exchange.handle_resolved(now);
            watch.saw(Event::Resolved(addresses), now);
        }
        Progress::Connecting { address } => {
            // Behind a proxy this is the proxy's address, which says nothing of the device.
            if dialer.proxy.is_none() {
                exchange.handle_connecting(address, now);
            }
            watch.saw(Event::Connecting(address), now);
        }
        Progress::Failed { address, error } => watch.saw(Event::NotConnected(address, error), now),
        Progress::Connected { address } => {
            if dialer.proxy.is_none() {
                exchange.handle_connected(now);
            }
            watch.saw(Event::Connected(address), now);
        }
        Progress::Tunnelled => {
            exchange.handle_connected(now);
            watch.saw(Event::Tunnelled, now);
        }
        Progress::Secured { facts } => {
            exchange.handle_secured(now);
            watch.saw(Event::Secured(facts), now);
        }
    }
}

async fn converse(exchange: &mut Exchange, connection: &mut Connection, clock: Clock, watch: &mut impl Watch) {
    let mut buffer = vec![0; FIRST_CHUNK];
    // What the device said before it was asked: only what the runtime knows of already, so that it costs no call.
    if let Ok(Some(received)) = connection.try_read(&mut buffer) {
        note_received(exchange, received, &buffer, clock.now(), watch);
    }
    while !exchange.is_over() {
        let deadline = exchange.deadline().map(|deadline| clock.instant(deadline));
        let turn = async {
            match exchange.poll_transmit() {
                Some(Transmit::HalfClose) => connection.half_close().await.map(Done::HalfClosed),
                Some(Transmit::Bytes(out)) => connection.turn(out, &mut buffer).await.map(Done::Turn),
                None => connection.turn(&[], &mut buffer).await.map(Done::Turn),
            }
        };
        let done = match deadline {
            Some(deadline) => timeout_at(deadline, turn).await.unwrap_or(Ok(Done::Nothing)),
            None => turn.await,
        };
        let now = clock.now();
        match done {
            Ok(Done::Nothing) => exchange.handle_deadline(now),
            Ok(Done::HalfClosed(said)) => {
                watch.saw(Event::HalfClosed(said), now);
                exchange.handle_half_closed(said == HalfClose::Said, now);
            }
            Ok(Done::Turn(Turn::Wrote(count))) => {
                if let Some(Transmit::Bytes(out)) = exchange.poll_transmit() {
                    watch.saw(Event::Wrote(out.get(..count).unwrap_or(out), exchange.secrets()), now);
                }
                let was_committed = exchange.is_committed();
                exchange.handle_written(count, now);
                if exchange.is_committed() && !was_committed {
                    watch.saw(Event::Committed, now);
                }
            }
            Ok(Done::Turn(Turn::Received(received))) => {
                note_received(exchange, received, &buffer, now, watch);
                if received == Received::Bytes(buffer.len()) {
                    buffer.resize(CHUNK, 0);
                }
            }
            Err(error) => {
                note_broken(exchange, &error, |buffer| connection.read_now(buffer), &mut buffer, now, watch);
            }
        }
    }
}

enum Done {
    Turn(Turn),
    HalfClosed(HalfClose),
    /// The deadline came first.
    Nothing,
}

pub(crate) fn note_received(
    exchange: &mut Exchange,
    received: Received,
    buffer: &[u8],
    now: Moment,
    watch: &mut impl Watch,
) {
    match received {
        Received::Bytes(count) => {
            let bytes = buffer.get(..count).unwrap_or(buffer);
            watch.saw(Event::Received(bytes, exchange.secrets()), now);
            exchange.receive(bytes, now);
        }
        Received::End => {
            watch.saw(Event::Closed(received), now);
            exchange.handle_eof(now);
        }
        Received::Truncated => {
            watch.saw(Event::Closed(received), now);
            exchange.handle_failure(Failure::Truncated, "TLS was cut off without its end mark", now);
        }
    }
}

/// The connection broke. A write that fails says nothing of what the device said before: that may still be there to be read.
pub(crate) fn note_broken(
    exchange: &mut Exchange,
    error: &io::Error,
    mut read: impl FnMut(&mut [u8]) -> io::Result<Option<Received>>,
    buffer: &mut [u8],
    now: Moment,
    watch: &mut impl Watch,
) {
    // The kernel's receive buffer, read in chunks, is emptied long before.
    const MOST_READS: usize = 1024;
    for _ in 0..MOST_READS {
        match read(buffer) {
            Ok(Some(received @ Received::Bytes(_))) if !exchange.is_over() => {
                note_received(exchange, received, buffer, now, watch);
            }
            _ => break,
        }
    }
    watch.saw(Event::Broke(error), now);
    exchange.handle_failure(failure(error), &cause::words(error), now);
}

fn failure(error: &io::Error) -> Failure {
    if cause::is_shortage(error) { Failure::Local } else { Failure::Reset }
}
