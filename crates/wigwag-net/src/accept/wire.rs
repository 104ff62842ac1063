//! What bytes go over between a client and its handler: the socket itself, or TLS over it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::socket::Socket;
use crate::tls::{self, ServerTls};

/// A connection to a client.
#[derive(Debug)]
pub struct Wire(Kind);

#[derive(Debug)]
enum Kind {
    Plain(Socket),
    /// Boxed, so that a plain connection pays nothing for it.
    Secured(Box<Secured>),
}

#[derive(Debug)]
struct Secured {
    stream: TlsStream<Socket>,
    /// Bytes that are encrypted and that the kernel has not taken whole.
    on_the_way: usize,
}

impl From<Socket> for Wire {
    fn from(socket: Socket) -> Self {
        Self(Kind::Plain(socket))
    }
}

impl Wire {
    /// Agrees on TLS with the client; nothing where it went away without a byte.
    ///
    /// # Errors
    ///
    /// There is no session, and the connection is closed; the text says why.
    pub async fn secured(mut socket: Socket, tls: &ServerTls) -> io::Result<Option<Self>> {
        /// Every handshake begins with it (RFC 8446, section 5.1).
        const HANDSHAKE: u8 = 22;
        let mut first = [0];
        let Ok(1..) = poll_fn(|_| socket.poll_peek(&mut first)).await else { return Ok(None) };
        if first != [HANDSHAKE] {
            // Whoever speaks the plain protocol would take an alert for an answer.
            Self::from(socket).close().await;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the client does not speak TLS"));
        }
        match tls.accept(socket).await {
            Ok(stream) => Ok(Some(Self(Kind::Secured(Box::new(Secured { stream, on_the_way: 0 }))))),
            Err((error, socket)) => {
                Self::from(socket).close().await;
                Err(error)
            }
        }
    }

    /// Whether it is the socket itself, with nothing to say to the client at its end.
    pub fn is_plain(&self) -> bool {
        matches!(self.0, Kind::Plain(_))
    }

    /// Whether a read that was not ready is tried again in the loop's next turn, whatever happens.
    pub fn is_read_in_next_turn(&self) -> bool {
        match &self.0 {
            Kind::Plain(socket) => !socket.is_watched(),
            Kind::Secured(_) => false,
        }
    }

    /// Lets the next read ask the kernel, whatever is known.
    pub fn look_again(&mut self) {
        self.socket().look_again();
    }

    /// Looks at what the client has sent below, without taking it; nothing once it sends no more.
    pub fn poll_peek(&mut self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.socket().poll_peek(buffer)
    }

    /// The socket below. What is read from it is missed by whoever reads from here.
    fn socket(&mut self) -> &mut Socket {
        match &mut self.0 {
            Kind::Plain(socket) => socket,
            Kind::Secured(secured) => secured.stream.get_mut().0,
        }
    }

    /// Reads what is there; nothing once the client sends no more.
    pub fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Kind::Plain(socket) => socket.poll_recv(buffer),
            Kind::Secured(secured) => {
                let mut buffer = ReadBuf::new(buffer);
                let read = Pin::new(&mut secured.stream).poll_read(context, &mut buffer);
                read.map_ok(|()| buffer.filled().len()).map_err(|error| tls::in_words(&error))
            }
        }
    }

    /// Writes as much as the kernel takes, and says how much of `bytes` it is. Until it is ready, call it with the same bytes.
    pub fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Kind::Plain(socket) => socket.poll_send(bytes),
            Kind::Secured(secured) => secured.poll_write(context, bytes),
        }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// The connection broke.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = poll_fn(|context| self.poll_write(context, bytes)).await?;
            bytes = bytes.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends the sending side.
    ///
    /// # Errors
    ///
    /// The connection broke.
    pub async fn half_close(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Plain(socket) => socket.half_close(),
            Kind::Secured(secured) => secured.stream.shutdown().await,
        }
    }

    /// Ends the connection as a crash does, once it is dropped.
    pub fn reset(&mut self) {
        // Where it fails the connection is closed instead, which is all that is left to do.
        let _ = self.socket().set_zero_linger();
    }

    /// Closes so that the last answer arrives: bytes left unread would turn the close into a reset, which can overtake it.
    pub async fn close(&mut self) {
        const MOST: usize = 64 * 1024;
        const LINGER: Duration = Duration::from_millis(200);
        let farewell = async {
            if self.half_close().await.is_err() {
                return;
            }
            let mut left = MOST;
            while left > 0 {
                match poll_fn(|_| self.socket().poll_recv(&mut [0; 4096])).await {
                    Ok(count @ 1..) => left = left.saturating_sub(count),
                    Ok(0) | Err(_) => return,
                }
            }
        };
        // Whoever still sends after this is cut.
        let _ = timeout(LINGER, farewell).await;
    }
}

impl Secured {
    /// rustls takes bytes that the kernel has not taken; they are told of when it has.
    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut stream = Pin::new(&mut self.stream);
        if self.on_the_way == 0 {
            self.on_the_way = ready!(stream.as_mut().poll_write(context, bytes))?;
        }
        ready!(stream.poll_flush(context))?;
        Poll::Ready(Ok(std::mem::take(&mut self.on_the_way)))
    }
}
