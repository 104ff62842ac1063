//! A connection to a device, as a driver needs it.
//!
//! # The commit point
//!
//! The first byte of a command that the kernel takes is the point after which only the device knows what happened. So
//! writing is exact here, and stays exact when a write fails or its future is dropped:
//!
//! - On plain TCP each call of [`Connection::write`] is one system call with all the bytes, and its count is the kernel's.
//! - Over TLS what counts is ciphertext. The count is 0 as long as no ciphertext of the message has left, at least 1 once
//!   some has, and the whole length once all has.
//!
//! [`Connection::taken`] keeps the sum over the connection's life for whoever lost a future on the way.
//!
//! # Nagle
//!
//! `TCP_NODELAY` is set only under TLS, before the handshake: the command follows our last handshake flight directly, and
//! with Nagle's algorithm it could wait for the device's delayed acknowledgement. A plain command is a single write on a
//! connection with nothing in flight, which Nagle never delays; the option would cost a system call for nothing.
//!
//! # Closing
//!
//! Dropping closes the socket at once and says nothing more; [`Connection::close`] ends TLS in order first. Neither
//! waits.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::task::coop::consume_budget;

use crate::tls::{HandshakeError, Session, Step, TlsFacts};

/// More than the tickets of any handshake.
const UNREAD_AT_CLOSE: usize = 4096;

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// So many bytes, at the front of the buffer.
    Bytes(usize),
    /// The device has said that it sends nothing more: FIN, or `close_notify` under TLS.
    End,
    /// Under TLS the TCP connection ended without `close_notify`: anybody on the way can do that, so it is no end of an
    /// answer.
    Truncated,
}

/// What [`Connection::turn`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// So many bytes from the front of `out` were taken.
    Wrote(usize),
    /// The device sent something or ended.
    Received(Received),
}

/// Whether the device can know that we send nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfClose {
    /// FIN on plain TCP, `close_notify` on TLS 1.3.
    Said,
    /// TLS 1.2: a conforming peer would drop its answer, so nothing was sent.
    Unsaid,
}

/// A connection over TCP, or over TLS over TCP; through a proxy or not.
///
/// All futures may be dropped and their calls repeated. A write that was not taken whole must be repeated with the bytes
/// that were not taken, unchanged: over TLS some of them may be encrypted already.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    session: Option<Box<Session>>,
    taken: u64,
}

impl Connection {
    pub(crate) fn plain(stream: TcpStream, peer: SocketAddr) -> Self {
        Self { stream, peer, session: None, taken: 0 }
    }

    /// Shakes hands on a fresh TCP connection.
    pub(crate) async fn secured(
        stream: TcpStream,
        peer: SocketAddr,
        mut session: Box<Session>,
    ) -> Result<Self, HandshakeError> {
        // It makes the command faster, no more; a connection that has died by now shows in the handshake.
        let _ = stream.set_nodelay(true);
        loop {
            match session.handshake(&mut Kernel::told(&stream))? {
                Step::Done => {
                    return Ok(Self { stream, peer, session: Some(session), taken: 0 });
                }
                Step::Readable => stream.readable().await.map_err(HandshakeError::Io)?,
                Step::Writable => stream.writable().await.map_err(HandshakeError::Io)?,
            }
        }
    }

    /// The address our TCP connection goes to: the device's, or the proxy's.
    pub const fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// Our own address; costs a system call.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// What TLS agreed on; nothing on plain TCP.
    pub fn tls(&self) -> Option<TlsFacts<'_>> {
        self.session.as_ref().map(|session| session.facts())
    }

    /// How many bytes of all messages the kernel has taken since the connection began, as [`Connection::write`] counts
    /// them. A message that began at `taken() == n` has passed its commit point when `taken() > n`.
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// Gives the kernel as much of `bytes` as it takes at this instant: 0 if it takes nothing now. Never waits.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.session {
            // Reads inside a write look for the alert that explains why it failed; the runtime may not know of it yet.
            Some(session) => session.write(&mut Kernel::asked(&self.stream), bytes)?,
            None => none_if_blocked(self.stream.try_write(bytes))?.unwrap_or(0),
        };
        self.taken += count as u64;
        Ok(count)
    }

    /// What the runtime knows to be readable at this instant; nothing otherwise. Never waits, and costs no system call
    /// unless readiness was reported.
    pub fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        self.read_through(Reading::Told, buffer)
    }

    /// What is readable at this instant, by asking the kernel: one call on plain TCP. For a connection that was kept and
    /// is to be used again.
    pub fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        self.read_through(Reading::Asked, buffer)
    }

    /// Waits until the kernel takes some of `bytes` and tells how many; 0 only if `bytes` is empty. When it is dropped
    /// it has taken nothing that [`Connection::taken`] does not count.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        consume_budget().await;
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            match self.try_write(bytes)? {
                0 => self.stream.writable().await?,
                count => return Ok(count),
            }
        }
    }

    /// Writes all of `message`, over TLS down to the last byte of ciphertext. When it fails or is dropped,
    /// [`Connection::taken`] tells how far it came.
    pub async fn write_all(&mut self, message: &[u8]) -> io::Result<()> {
        let mut rest = message;
        while !rest.is_empty() {
            let count = self.write(rest).await?;
            rest = &rest[count..];
        }
        self.flush().await
    }

    /// Waits for bytes or the end. Nothing is lost when it is dropped.
    ///
    /// `buffer` must not be empty.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        match self.turn(&[], buffer).await? {
            Turn::Received(received) => Ok(received),
            Turn::Wrote(_) => Err(io::Error::other("wrote nothing")),
        }
    }

    /// Does the next thing that can be done: writes some of `out` or reads, whichever comes first, writing preferred. So
    /// a device that answers while it still reads, or that no longer reads, is heard.
    ///
    /// A write that fails says nothing about what the device sent before it closed: read on with
    /// [`Connection::read_now`]. After [`Received::End`] there is nothing more to read: go on with [`Connection::write`],
    /// since this would tell the end again and again. Nothing is lost when the future is dropped. `buffer` must not be
    /// empty.
    pub async fn turn(&mut self, out: &[u8], buffer: &mut [u8]) -> io::Result<Turn> {
        // A device that always has more to say must not keep the others from their turn.
        consume_budget().await;
        loop {
            let written = self.try_write(out)?;
            if written > 0 {
                return Ok(Turn::Wrote(written));
            }
            if let Some(received) = self.try_read(buffer)? {
                return Ok(Turn::Received(received));
            }
            let writing = !out.is_empty() || !self.try_flush()?;
            let interest = if writing { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            self.stream.ready(interest).await?;
        }
    }

    /// Tells the device that nothing more comes, behind all that was written. May be dropped and repeated.
    pub async fn half_close(&mut self) -> io::Result<HalfClose> {
        let Some(session) = &mut self.session else {
            return half_close(SockRef::from(&self.stream)).map(|()| HalfClose::Said);
        };
        if !session.is_tls13() {
            return Ok(HalfClose::Unsaid);
        }
        session.queue_close_notify();
        self.flush().await?;
        Ok(HalfClose::Said)
    }

    /// Ends in order and without waiting: under TLS `close_notify` goes out if the socket takes it now and no part of a
    /// message is still held back.
    pub fn close(mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        let kernel = &mut Kernel::asked(&self.stream);
        // A TLS 1.3 device sends session tickets that nobody waits for. Closing with unread bytes would reset the
        // connection, and the reset overtakes what the device has not read of our command.
        let _ = session.read(kernel, &mut [0; UNREAD_AT_CLOSE]);
        if matches!(session.flush(kernel), Ok(true)) {
            session.queue_close_notify();
            // Whether it leaves or not, the connection ends here.
            let _ = session.flush(kernel);
        }
    }

    fn read_through(&mut self, reading: Reading, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        if buffer.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "nothing can be read into an empty buffer"));
        }
        let mut kernel = Kernel { stream: &self.stream, reading };
        match &mut self.session {
            Some(session) => session.read(&mut kernel, buffer),
            None => read_plain(&mut kernel, buffer),
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        while !self.try_flush()? {
            self.stream.writable().await?;
        }
        Ok(())
    }

    /// Whether nothing is held back in the session.
    fn try_flush(&mut self) -> io::Result<bool> {
        match &mut self.session {
            Some(session) if session.has_leftovers() => session.flush(&mut Kernel::asked(&self.stream)),
            Some(_) | None => Ok(true),
        }
    }
}

/// The socket as rustls wants it: non-blocking `Read` and `Write`.
struct Kernel<'a> {
    stream: &'a TcpStream,
    reading: Reading,
}

/// Whether reads trust what the runtime was told of readiness, or ask the kernel in any case.
#[derive(Clone, Copy)]
enum Reading {
    Told,
    Asked,
}

impl<'a> Kernel<'a> {
    const fn told(stream: &'a TcpStream) -> Self {
        Self { stream, reading: Reading::Told }
    }

    const fn asked(stream: &'a TcpStream) -> Self {
        Self { stream, reading: Reading::Asked }
    }
}

impl Read for Kernel<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.reading {
            Reading::Told => self.stream.try_read(buffer),
            Reading::Asked => (&*SockRef::from(self.stream)).read(buffer),
        }
    }
}

impl Write for Kernel<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a socket has to be read at this instant.
pub(crate) fn read_plain(socket: &mut impl Read, buffer: &mut [u8]) -> io::Result<Option<Received>> {
    Ok(none_if_blocked(socket.read(buffer))?.map(|count| match count {
        0 => Received::End,
        count => Received::Bytes(count),
    }))
}

/// Closes the sending side. A reset that has come meanwhile leaves a socket that is no longer connected, and says no more
/// than that.
pub(crate) fn half_close(socket: SockRef<'_>) -> io::Result<()> {
    socket.shutdown(Shutdown::Write).map_err(|error| match error.kind() {
        ErrorKind::NotConnected => ErrorKind::ConnectionReset.into(),
        _ => error,
    })
}

/// Nothing where the kernel would have to wait.
pub(crate) fn none_if_blocked<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
