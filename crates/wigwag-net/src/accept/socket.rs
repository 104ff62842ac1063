//! The socket of a client.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tasks::{ENDED, READABLE, Station, WRITABLE};

/// The socket of a client, which wakes the task of the handler that it was given to, and no other.
///
/// It is looked at before it is watched: most clients have asked by the time that they are accepted. Many of them have gone
/// by the loop's next turn, too, so that after a read it is looked at once more, and a client with one request is never
/// watched at all.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    station: Arc<Station>,
    registry: Arc<Registry>,
    /// What it is watched for, as yet.
    watched: Option<Interest>,
    /// It has been read from, and may be looked at once more before it is watched.
    is_read: bool,
    /// The kernel took no more of what was written last.
    is_full: bool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, station: Arc<Station>, registry: Arc<Registry>) -> Self {
        Self { stream, station, registry, watched: None, is_read: false, is_full: false }
    }

    /// The address of ours that the client connected to.
    ///
    /// # Errors
    ///
    /// The connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Reads what is there; 0 once the client sends no more.
    pub fn poll_recv(&mut self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let room = buffer.len();
        let count = ready!(self.poll_readable(|mut stream| stream.read(buffer)))?;
        // Of a short read it is known that nothing is left, so that none has to fail.
        if count == room {
            self.station.set(READABLE);
        }
        Poll::Ready(Ok(count))
    }

    /// Looks at what is there; 0 once the client sends no more.
    pub(super) fn poll_peek(&mut self, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let count = ready!(self.poll_readable(|stream| stream.peek(buffer)))?;
        self.station.set(READABLE);
        Poll::Ready(Ok(count))
    }

    /// Whether its task is woken by what happens. Else it is, in the next turn, by a read that was not ready.
    pub(super) fn is_watched(&self) -> bool {
        self.watched.is_some()
    }

    /// Lets the next read ask the kernel, whatever is known.
    pub(super) fn look_again(&self) {
        self.station.set(READABLE);
    }

    fn poll_readable(&mut self, mut read: impl FnMut(&TcpStream) -> io::Result<usize>) -> Poll<io::Result<usize>> {
        while self.station.takes_reading() {
            match read(&self.stream) {
                Err(error) if error.kind() == ErrorKind::Interrupted => self.station.set(READABLE),
                // Where there is nothing to read there is no end. What was told of it was of the connection that was at this
                // place before: a program that is being started may hold on to that for a moment.
                Err(error) if error.kind() == ErrorKind::WouldBlock => drop(self.station.take(ENDED)),
                done => {
                    self.is_read = true;
                    return Poll::Ready(done);
                }
            }
        }
        if self.watched.is_none() {
            match std::mem::take(&mut self.is_read) {
                true => self.station.look_in_next_turn(),
                false => self.watch(Interest::READABLE)?,
            }
        }
        Poll::Pending
    }

    /// Writes as much as the kernel takes.
    pub fn poll_send(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        while !self.is_full || self.station.take(WRITABLE) {
            match (&self.stream).write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.is_full = true;
                    self.watch(Interest::READABLE | Interest::WRITABLE)?;
                }
                done => {
                    self.is_full = false;
                    return Poll::Ready(done);
                }
            }
        }
        Poll::Pending
    }

    /// From now on its task is woken for these; at once where there is something already.
    fn watch(&mut self, interest: Interest) -> io::Result<()> {
        let token = self.station.token();
        match self.watched.replace(interest) {
            None => self.registry.register(&mut self.stream, token, interest),
            Some(_) => self.registry.reregister(&mut self.stream, token, interest),
        }
    }

    /// Ends the sending side.
    pub(super) fn half_close(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Its close is a reset.
    pub(super) fn set_zero_linger(&self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = ready!(self.poll_recv(buffer.initialize_unfilled()))?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.half_close())
    }
}

#[cfg(test)]
mod tests {
    use std::future::Ready;
    use std::net;

    use super::super::tasks::Tasks;
    use super::*;

    #[test]
    fn an_end_of_the_connection_before_is_none_of_this_one() {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let set = mio::Poll::new().unwrap();
        let station = Tasks::<Ready<()>>::new().next_station();
        let registry = Arc::new(set.registry().try_clone().unwrap());
        let mut socket = Socket::new(TcpStream::from_std(stream), station.clone(), registry);

        station.set(READABLE | ENDED);
        assert!(socket.poll_recv(&mut [0; 8]).is_pending());

        client.write_all(b"x").unwrap();
        socket.look_again();
        assert!(matches!(socket.poll_recv(&mut [0; 8]), Poll::Ready(Ok(1))));
        drop(client);
        station.set(READABLE | ENDED);
        assert!(matches!(socket.poll_recv(&mut [0; 8]), Poll::Ready(Ok(0))));
    }
}
