//! Listening sockets.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::task::Context;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use thiserror::Error;

use super::reactor::Reactor;
use crate::cause;

/// How many connections may wait to be accepted; the kernel lowers it to its own limit (`net.core.somaxconn`). With the
/// usual 128 a burst of clients meets one-second retransmissions.
const BACKLOG: i32 = 4096;

/// The numbers of listening sockets begin here; those of connections are lower.
const FIRST: usize = usize::MAX / 2;

/// One or several listening sockets, accepted from as one, and what happens on the connections that come of them.
#[derive(Debug)]
pub struct Listener {
    reactor: Reactor,
    /// By number.
    sockets: HashMap<usize, Listening>,
    /// Those that may have a connection. They take turns, so that a busy socket does not starve the others.
    ready: VecDeque<usize>,
    next: usize,
}

#[derive(Debug)]
struct Listening {
    /// What was asked for: not the port that the kernel chose. Nothing where the socket was handed to us.
    asked: Option<SocketAddr>,
    socket: TcpListener,
    /// It is among those that may have a connection.
    is_ready: bool,
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
        let address = addresses.first().copied().unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let mut listener = Self::new().map_err(|error| BindError { address, cause: cause::words(&error) })?;
        listener.listen_on(addresses)?;
        Ok(listener)
    }

    /// Takes over sockets that listen already, such as those of systemd's socket activation. Within a Tokio runtime.
    pub fn adopt(sockets: Vec<net::TcpListener>) -> io::Result<Self> {
        let mut listener = Self::new()?;
        for socket in sockets {
            socket.set_nonblocking(true)?;
            // Whoever made it may not have thought of it: see below.
            SockRef::from(&socket).set_tcp_nodelay(true)?;
            let socket = listener.entered(None, socket, listener.next)?;
            listener.sockets.insert(listener.next, socket);
            listener.next += 1;
        }
        Ok(listener)
    }

    fn new() -> io::Result<Self> {
        Ok(Self { reactor: Reactor::new()?, sockets: HashMap::new(), ready: VecDeque::new(), next: FIRST })
    }

    /// Listens on these instead: sockets that have been asked for are kept, so that nobody who waits there is turned away.
    pub(super) fn listen_on(&mut self, addresses: &[SocketAddr]) -> Result<(), BindError> {
        let is_there = |address: &SocketAddr| self.sockets.values().any(|held| held.asked == Some(*address));
        let missing = addresses.iter().copied().filter(|address| !is_there(address));
        let opened = missing.zip(self.next..).map(|(address, number)| {
            let socket = listen(address, addresses).and_then(|socket| self.entered(Some(address), socket, number));
            let socket = socket.map_err(|error| BindError { address, cause: cause::words(&error) })?;
            Ok((number, socket))
        });
        let opened: Vec<_> = opened.collect::<Result<_, _>>()?;
        self.next += opened.len();
        self.sockets.retain(|_, held| held.asked.is_some_and(|address| addresses.contains(&address)));
        self.sockets.extend(opened);
        Ok(())
    }

    fn entered(&self, asked: Option<SocketAddr>, socket: net::TcpListener, number: usize) -> io::Result<Listening> {
        let mut socket = TcpListener::from_std(socket);
        self.reactor.registry().register(&mut socket, Token(number), Interest::READABLE)?;
        Ok(Listening { asked, socket, is_ready: false })
    }

    /// The addresses listened on, with the ports that the kernel chose; in the order in which they were first.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        let mut sockets: Vec<_> = self.sockets.iter().collect();
        sockets.sort_unstable_by_key(|(number, _)| **number);
        sockets.into_iter().filter_map(|(_, held)| held.socket.local_addr().ok()).collect()
    }

    /// Listens nowhere any more.
    pub(super) fn close(&mut self) {
        self.sockets.clear();
    }

    /// Where the sockets of connections are entered.
    pub(super) fn registry(&self) -> &Arc<Registry> {
        self.reactor.registry()
    }

    /// Takes in a batch of what has happened, and tells of what was not on a listening socket; whether there is another
    /// batch. If not, `context` hears of it when there is.
    pub(super) fn poll_events(&mut self, context: &mut Context<'_>, tell: impl Fn(&Event)) -> io::Result<bool> {
        let Self { reactor, sockets, ready, .. } = self;
        reactor.poll_events(context, |event| {
            let number = event.token().0;
            if number < FIRST {
                return tell(event);
            }
            if let Some(held) = sockets.get_mut(&number).filter(|held| !held.is_ready) {
                held.is_ready = true;
                ready.push_back(number);
            }
        })
    }

    /// Whether there may be a connection.
    pub(super) fn may_have(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next connection, from whichever socket has one.
    pub(super) fn accept(&mut self) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        while let Some(number) = self.ready.pop_front() {
            let Some(held) = self.sockets.get_mut(&number) else { continue };
            match held.socket.accept() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => held.is_ready = false,
                accepted => {
                    self.ready.push_back(number);
                    return Some(accepted);
                }
            }
        }
        None
    }
}

fn listen(address: SocketAddr, all: &[SocketAddr]) -> io::Result<net::TcpListener> {
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
    Ok(socket.into())
}
