//! The accept loop.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::changes::Changes;
use super::listener::Listener;
use super::seats::{Room, Seat, Seats};
use super::stats::{Stats, count};
use super::stop::Stop;

/// How long accepting rests after a failure such as EMFILE: the kernel would report the same waiting connection again at
/// once, and descriptors come back only when connections end.
const PAUSE: Duration = Duration::from_millis(100);

/// What bounds an accept loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most connections served at once. One more takes the place of the one that has been longest without a whole
    /// request; where all of them act, it is closed.
    pub connections: usize,
    /// The most of them from one address. One more takes the place of another from there.
    pub per_address: usize,
    /// Who may connect; everybody, unless said. All others are closed at once.
    pub allow: Option<Arc<[IpNet]>>,
    /// How long handlers may take to finish after the stop before they are cut.
    pub grace: Duration,
}

impl Default for Limits {
    /// None, and no time to finish.
    fn default() -> Self {
        Self { connections: usize::MAX, per_address: usize::MAX, allow: None, grace: Duration::ZERO }
    }
}

impl Limits {
    fn allows(&self, address: IpAddr) -> bool {
        self.allow.as_ref().is_none_or(|allowed| allowed.iter().any(|network| network.contains(&address)))
    }
}

/// One accepted connection.
#[derive(Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The socket.
    pub stream: TcpStream,
    /// The client's address.
    pub peer: SocketAddr,
    /// When it comes, finish what is in flight and return.
    pub stop: Stop,
    /// Where its handler says when it acts and when it waits.
    pub seat: Seat,
}

/// Accepts from `listener` and runs `handler` for each connection until `stop`, as told by `changes`; then closes the
/// listening sockets, gives the handlers `limits.grace` to finish, cuts the rest and returns.
///
/// A panic in a handler is counted and ends only its own connection. Dropping the future cuts all handlers.
pub async fn serve<H, F>(
    listener: Listener,
    mut limits: Limits,
    mut changes: Changes,
    stop: Stop,
    stats: &Stats,
    mut handler: H,
) where
    H: FnMut(Accepted) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut served =
        Served { handlers: JoinSet::new(), seats: Seats::new(limits.connections, limits.per_address), stats };
    accept_until_stopped(listener, &mut limits, &mut changes, &stop, &mut served, &mut handler).await;
    drop(changes);
    let drained = async {
        while let Some(ended) = served.handlers.join_next_with_id().await {
            served.ended(&ended);
        }
    };
    if timeout(limits.grace, drained).await.is_err() {
        served.handlers.abort_all();
        while let Some(ended) = served.handlers.join_next_with_id().await {
            served.ended(&ended);
        }
    }
}

/// The connections that are served.
struct Served<'s> {
    handlers: JoinSet<()>,
    seats: Seats,
    stats: &'s Stats,
}

impl Served<'_> {
    /// A seat for a connection from this address, if there is room for it, or room can be made.
    fn seat(&mut self, address: IpAddr) -> Option<Seat> {
        match self.seats.room(address) {
            Room::Free => {}
            Room::After(other) => {
                self.seats.cut(other);
                count(&self.stats.gave_way);
            }
            Room::None => {
                count(&self.stats.over_limit);
                return None;
            }
        }
        Some(self.seats.next())
    }

    fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        let was_cut = !self.seats.free(id);
        match ended {
            // It may have come to its end before it was cut.
            _ if was_cut => {}
            Ok(_) => count(&self.stats.finished),
            Err(error) if error.is_panic() => count(&self.stats.panicked),
            Err(_) => count(&self.stats.aborted),
        }
    }
}

/// Takes the listener, so that the ports are free and clients are refused as soon as it returns.
async fn accept_until_stopped<H, F>(
    mut listener: Listener,
    limits: &mut Limits,
    changes: &mut Changes,
    stop: &Stop,
    served: &mut Served<'_>,
    handler: &mut H,
) where
    H: FnMut(Accepted) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut resting_until = None;
    let stopped = stop.stopped();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return,
            Some(ended) = served.handlers.join_next_with_id() => served.ended(&ended),
            change = changes.next() => {
                change.make(&mut listener, limits);
                served.seats.bound(limits.connections, limits.per_address);
            }
            () = rest(resting_until), if resting_until.is_some() => resting_until = None,
            accepted = listener.accept(), if resting_until.is_none() => match accepted {
                Ok((stream, peer)) => {
                    count(&served.stats.accepted);
                    // As a client of IPv4 is known, also where it came through a socket for both.
                    let address = peer.ip().to_canonical();
                    if !limits.allows(address) {
                        count(&served.stats.not_allowed);
                        continue;
                    }
                    let Some(seat) = served.seat(address) else { continue };
                    let accepted = Accepted { stream, peer, stop: stop.clone(), seat: seat.clone() };
                    let handler = served.handlers.spawn(handler(accepted));
                    served.seats.take(address, seat, handler);
                }
                Err(error) => {
                    count(&served.stats.accept_errors);
                    if !concerns_one_connection(&error) {
                        resting_until = Some(Instant::now() + PAUSE);
                    }
                }
            },
        }
    }
}

async fn rest(until: Option<Instant>) {
    if let Some(until) = until {
        sleep_until(until).await;
    }
}

/// The client went away before we came to it; the next one waits already.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
