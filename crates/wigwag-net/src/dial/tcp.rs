//! TCP connections, one address after the other.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::units::show_duration;

use super::Progress;
use super::error::{DialError, failed_connect};
use crate::cause::is_shortage;

/// With a source address the kernel picks the local port before it knows the target, and may pick one that is in use
/// towards it. So many picks are tried before we say that there is none.
const PORT_PICKS: usize = 8;

/// The moment by which a dial must have ended, if there is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<Limit>);

#[derive(Debug, Clone, Copy)]
struct Limit {
    allowed: Duration,
    at: Instant,
}

impl Deadline {
    pub(super) fn after(timeout: Option<Duration>) -> Self {
        Self(timeout.map(|allowed| Limit { allowed, at: Instant::now() + allowed }))
    }

    /// Runs `future` no longer than this; `late` gets the whole time that was allowed.
    pub(super) async fn bound<T>(
        self,
        future: impl Future<Output = T>,
        late: impl FnOnce(Duration) -> DialError,
    ) -> Result<T, DialError> {
        match self.0 {
            None => Ok(future.await),
            Some(limit) => timeout_at(limit.at, future).await.map_err(|_| late(limit.allowed)),
        }
    }

    /// An equal share of what is left, for the first of `count`.
    fn share(self, count: usize) -> Self {
        Self(self.0.map(|limit| {
            let left = limit.at.saturating_duration_since(Instant::now());
            let allowed = left / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
            Limit { allowed, at: Instant::now() + allowed }
        }))
    }
}

/// Connects to the first of `addresses` that takes us. Where none does, the most telling failure is told.
pub(super) async fn connect_first(
    source: Option<IpAddr>,
    addresses: &[SocketAddr],
    deadline: Deadline,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<(TcpStream, SocketAddr), DialError> {
    let candidates = reachable_from(source, addresses)?;
    let mut failures = Vec::new();
    for (index, &address) in candidates.iter().enumerate() {
        progress(Progress::Connecting { address });
        let share = match candidates.len() {
            // The only one has all of it, and its failure names the time that was asked for.
            1 => deadline,
            count => deadline.share(count - index),
        };
        match connect(source, address, share).await {
            Ok(stream) => {
                progress(Progress::Connected { address });
                return Ok((stream, address));
            }
            Err(Failure::OurShortage(error)) => return Err(error),
            Err(Failure::OfAddress(error)) => {
                progress(Progress::Failed { address, error: &error });
                failures.push(error);
            }
        }
    }
    Err(most_telling(failures))
}

/// Whether another address may fare better.
enum Failure {
    OfAddress(DialError),
    /// Descriptors or memory: the next address would meet it too.
    OurShortage(DialError),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let told = failed_connect(&error);
        if is_shortage(&error) { Self::OurShortage(told) } else { Self::OfAddress(told) }
    }
}

/// The addresses of the source's family; an IPv4 source cannot reach an IPv6 target.
fn reachable_from(source: Option<IpAddr>, addresses: &[SocketAddr]) -> Result<Vec<SocketAddr>, DialError> {
    let Some(source) = source else {
        return Ok(addresses.to_vec());
    };
    let same_family = |address: &&SocketAddr| address.is_ipv4() == source.is_ipv4();
    let fitting = addresses.iter().filter(same_family).copied().collect::<Vec<_>>();
    if fitting.is_empty() {
        let (ours, theirs) = if source.is_ipv4() { ("IPv4", "IPv6") } else { ("IPv6", "IPv4") };
        let message = format!("the source address {source} is {ours}, the target has only {theirs}");
        return Err(DialError::new(Unreachable::Local, message).lasting());
    }
    Ok(fitting)
}

/// Of several failures the one that says most about the device, and how many addresses there were.
pub(super) fn most_telling(failures: Vec<DialError>) -> DialError {
    let tried = failures.len();
    let weight = |error: &DialError| match error.reason {
        // A machine that refuses is there; one that is silent may be.
        Unreachable::Refused => 0,
        Unreachable::Timeout => 1,
        Unreachable::NoRoute => 2,
        Unreachable::Proxy => 3,
        Unreachable::Dns
        | Unreachable::Tls
        | Unreachable::Dropped
        | Unreachable::Greeting
        | Unreachable::Login
        | Unreachable::Local => 4,
    };
    match failures.into_iter().min_by_key(weight) {
        Some(mut error) if tried > 1 => {
            error.message = format!("{} ({tried} addresses tried)", error.message);
            error
        }
        Some(error) => error,
        None => DialError::new(Unreachable::Dns, "the name has no address"),
    }
}

async fn connect(source: Option<IpAddr>, address: SocketAddr, deadline: Deadline) -> Result<TcpStream, Failure> {
    let stream = deadline.bound(open(source, address), not_answered).await.map_err(Failure::OfAddress)??;
    if is_own(|| stream.local_addr(), address) {
        return Err(io::Error::from(ErrorKind::ConnectionRefused).into());
    }
    Ok(stream)
}

/// Nobody has answered for so long.
pub(crate) fn not_answered(limit: Duration) -> DialError {
    DialError::new(Unreachable::Timeout, format!("no answer to the connection request within {}", show_duration(limit)))
}

async fn open(source: Option<IpAddr>, address: SocketAddr) -> Result<TcpStream, Failure> {
    let mut picks = 1..=PORT_PICKS;
    loop {
        picks.next();
        let socket = socket_for(address)?;
        if let Some(source) = source {
            bind(&socket, source)?;
        }
        match finish(socket, address).await {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable && source.is_some() && !picks.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn socket_for(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Connects. Within one machine the connection stands before `connect` returns, and is reported at once: in a turn of the
/// event loop the device could already speak, and it would seem to have done so unasked.
async fn finish(socket: Socket, address: SocketAddr) -> io::Result<TcpStream> {
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let stream = TcpStream::from_std(socket.into())?;
    if address.ip().is_loopback() && stream.peer_addr().is_ok() {
        return Ok(stream);
    }
    stream.writable().await?;
    match stream.take_error()? {
        Some(error) => Err(error),
        None => Ok(stream),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::EINPROGRESS)
}

/// Binds to `source` and leaves the port to the kernel.
///
/// Linux's `IP_BIND_ADDRESS_NO_PORT` would leave the choice to `connect`; no crate offers it without unsafe code. With
/// `SO_REUSEADDR` bound sockets share their ports, so that a fleet does not use them up, and a port that is taken towards
/// this very target shows at connect, where another one is picked.
fn bind(socket: &Socket, source: IpAddr) -> Result<(), Failure> {
    // On Windows the option means something else: taking over another's port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&SocketAddr::new(source, 0).into()).map_err(|error| match error.kind() {
        ErrorKind::AddrNotAvailable => {
            let message = format!("the source address {source} is not an address of this machine");
            Failure::OfAddress(DialError::new(Unreachable::Local, message).lasting())
        }
        _ => error.into(),
    })
}

/// Whether a socket that is connected to this address of this machine has it as its own. A connect to an ephemeral port on
/// which nobody listens can meet itself (TCP's simultaneous open) and would echo the command. `local` costs a system call.
pub(crate) fn is_own(local: impl FnOnce() -> io::Result<SocketAddr>, address: SocketAddr) -> bool {
    const FIRST_EPHEMERAL: u16 = 1024;
    address.ip().is_loopback() && address.port() >= FIRST_EPHEMERAL && local().is_ok_and(|local| local == address)
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Bound and not listening, for as long as the socket lives.
    fn deaf() -> (TcpSocket, SocketAddr) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    const FOREVER: Deadline = Deadline(None);

    #[tokio::test]
    async fn the_next_address_is_tried_after_a_failure_and_none_after_a_success() {
        let ((_socket, deaf), (_first, first), (second, last)) = (deaf(), listener().await, listener().await);
        let mut tried = Vec::new();
        let mut progress = |progress: Progress<'_>| {
            if let Progress::Connecting { address } = progress {
                tried.push(address);
            }
        };

        let (_stream, address) = connect_first(None, &[deaf, first, last], FOREVER, &mut progress).await.unwrap();

        assert_eq!((address, tried), (first, vec![deaf, first]));
        let nobody = tokio::time::timeout(Duration::from_millis(10), second.accept()).await;
        assert!(nobody.is_err(), "never two connections at once");
    }

    #[tokio::test]
    async fn of_several_failures_the_most_telling_is_told() {
        let ((_a, first), (_b, second)) = (deaf(), deaf());

        let error = connect_first(None, &[first, second], FOREVER, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.to_string(), "connection refused (2 addresses tried)");

        let no_route = DialError::new(Unreachable::NoRoute, "no route to host");
        let timeout = DialError::new(Unreachable::Timeout, "connection timed out");
        assert_eq!(most_telling(vec![no_route, timeout]).to_string(), "connection timed out (2 addresses tried)");
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_gets_its_share_of_the_time() {
        let deadline = Deadline::after(Some(Duration::from_secs(6)));
        let share = |deadline: Deadline, count| deadline.share(count).0.unwrap().allowed;

        assert_eq!(share(deadline, 3), Duration::from_secs(2));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(share(deadline, 1), Duration::from_secs(2));
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_source_skips_addresses_of_the_other_family() {
        let (_listener, address) = listener().await;
        let v6 = SocketAddr::new("::1".parse().unwrap(), address.port());
        let source = Some("127.0.0.3".parse().unwrap());

        let (stream, _) = connect_first(source, &[v6, address], FOREVER, &mut |_| {}).await.unwrap();

        assert_eq!(Some(stream.local_addr().unwrap().ip()), source);
    }
}
