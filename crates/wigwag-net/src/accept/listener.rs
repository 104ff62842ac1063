//! Listening sockets.

use std::future::poll_fn;
use std::io;
use std::net::{self, SocketAddr};
use std::task::Poll;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};

use crate::cause;

/// How many connections may wait to be accepted; the kernel lowers it to its own limit (`net.core.somaxconn`). With the
/// usual 128 a burst of clients meets one-second retransmissions.
const BACKLOG: i32 = 4096;

/// So many connections are accepted in a row, then everything else has its turn. In one of its turns the runtime polls 61
/// tasks: those that have been let in, those that have given way to them and those whose first bytes have come, of each as
/// many. With more in a row all places would have been taken by others before a client had been heard.
const AT_ONCE: usize = 16;

/// One or several listening sockets, accepted from as one.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<Listening>,
    /// Who is asked first next time, so that a busy socket does not starve the others.
    turn: usize,
    /// How many have been accepted since everything else had its turn.
    in_a_row: usize,
}

#[derive(Debug)]
struct Listening {
    /// What was asked for: not the port that the kernel chose. Nothing where the socket was handed to us.
    asked: Option<SocketAddr>,
    socket: TcpListener,
}

/// An address that cannot be listened on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// The operating system's reason, in words.
    pub cause: String,
}

impl Listener {
    /// Listens on each of `addresses`; port 0 lets the kernel choose. Within a Tokio runtime.
    ///
    /// `[::]` takes IPv4 clients, too, unless an IPv4 address with the same port is listened on beside it.
    pub fn bind(addresses: &[SocketAddr]) -> Result<Self, BindError> {
        let mut listener = Self { sockets: Vec::new(), turn: 0, in_a_row: 0 };
        listener.listen_on(addresses)?;
        Ok(listener)
    }

    /// Listens on these instead: sockets that have been asked for are kept, so that nobody who waits there is turned away.
    pub(super) fn listen_on(&mut self, addresses: &[SocketAddr]) -> Result<(), BindError> {
        let is_there = |address: &SocketAddr| self.sockets.iter().any(|held| held.asked == Some(*address));
        let missing = addresses.iter().copied().filter(|address| !is_there(address));
        let opened = missing.map(|address| {
            let socket = listen(address, addresses);
            let socket = socket.map_err(|error| BindError { address, cause: cause::words(&error) })?;
            Ok(Listening { asked: Some(address), socket })
        });
        let opened: Vec<Listening> = opened.collect::<Result<_, _>>()?;
        self.sockets.retain(|held| held.asked.is_some_and(|address| addresses.contains(&address)));
        self.sockets.extend(opened);
        Ok(())
    }

    /// Takes over sockets that listen already, such as those of systemd's socket activation. Within a Tokio runtime.
    pub fn adopt(sockets: Vec<net::TcpListener>) -> io::Result<Self> {
        let sockets = sockets
            .into_iter()
            .map(|socket| {
                socket.set_nonblocking(true)?;
                // Whoever made it may not have thought of it: see below.
                SockRef::from(&socket).set_tcp_nodelay(true)?;
                Ok(Listening { asked: None, socket: TcpListener::from_std(socket)? })
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { sockets, turn: 0, in_a_row: 0 })
    }

    /// The addresses listened on, with the ports that the kernel chose.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|held| held.socket.local_addr().ok()).collect()
    }

    /// The next connection, from whichever socket has one. Never ready without a socket. May be dropped.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|context| {
            if self.in_a_row >= AT_ONCE {
                self.in_a_row = 0;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let count = self.sockets.len();
            for offset in 0..count {
                let index = (self.turn + offset) % count;
                if let Poll::Ready(accepted) = self.sockets[index].socket.poll_accept(context) {
                    self.turn = index + 1;
                    self.in_a_row += 1;
                    return Poll::Ready(accepted);
                }
            }
            self.in_a_row = 0;
            Poll::Pending
        })
        .await
    }
}

fn listen(address: SocketAddr, all: &[SocketAddr]) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(all.iter().any(|other| other.is_ipv4() && other.port() == address.port()))?;
    }
    // A restart must not wait for old connections in TIME_WAIT. On Windows the option would let others take our port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    // Accepted sockets inherit it on Linux and the BSDs, so it costs nothing per connection: a response to a pipelined
    // command is a second small write, which Nagle would hold back until the first is acknowledged.
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
