//! The accept loop.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ipnet::IpNet;
use mio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};

use super::changes::Changes;
use super::listener::Listener;
use super::seats::{Room, Seat, Seats};
use super::socket::Socket;
use super::stats::{Stats, count};
use super::stop::Stop;
use super::tasks::{Ended, Place, Tasks};

/// So many connections are accepted in a row, then everything else has its turn. Each is heard before the next is accepted:
/// else all places might be taken by others before it was.
const AT_ONCE: usize = 64;

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
    /// The socket. It belongs to the handler.
    pub stream: Socket,
    /// The client's address.
    pub peer: SocketAddr,
    /// When it comes, finish what is in flight and return. The handler is polled then.
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
    limits: Limits,
    mut changes: Changes,
    stop: Stop,
    stats: &Stats,
    handler: H,
) where
    H: FnMut(Accepted) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let seats = Seats::new(limits.connections, limits.per_address);
    let (tasks, resting) = (Tasks::new(), None);
    let mut served = Served { listener, limits, seats, tasks, resting, stop, stats, handler };
    served.serve_until_stopped(&mut changes).await;
    drop(changes);
    served.finish().await;
}

/// The connections that are served.
struct Served<'s, H, F> {
    listener: Listener,
    limits: Limits,
    seats: Seats,
    tasks: Tasks<F>,
    /// Accepting has failed, and is not tried before.
    resting: Option<Pin<Box<Sleep>>>,
    stop: Stop,
    stats: &'s Stats,
    handler: H,
}

impl<H, F> Served<'_, H, F>
where
    H: FnMut(Accepted) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    async fn serve_until_stopped(&mut self, changes: &mut Changes) {
        let stop = self.stop.clone();
        let mut stopped = pin!(stop.stopped());
        loop {
            tokio::select! {
                biased;
                () = &mut stopped => return,
                change = changes.next() => {
                    change.make(&mut self.listener, &mut self.limits);
                    self.seats.bound(self.limits.connections, self.limits.per_address);
                }
                never = poll_fn(|context| self.poll_turn(context)) => match never {},
            }
        }
    }

    /// The ports are free at once, and clients are refused.
    async fn finish(&mut self) {
        self.listener.close();
        self.tasks.wake_all();
        let grace = self.limits.grace;
        let drained = poll_fn(|context| match self.poll_turn(context) {
            Poll::Pending if self.tasks.len() == 0 => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
            Poll::Ready(never) => match never {},
        });
        if timeout(grace, drained).await.is_err() {
            (0..self.tasks.len()).for_each(|_| count(&self.stats.aborted));
            self.tasks.cut_all();
        }
    }

    /// What has happened, whoever was woken by it, and then newcomers.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Infallible> {
        // It fails only where the runtime is about to end.
        let has_more = self.listener.poll_events(context, |event| self.tasks.happened(event)).unwrap_or(false);
        let Self { tasks, seats, stats, .. } = self;
        tasks.poll_woken(context, |place, ended| leave(seats, stats, place, ended));
        let accepts = self.may_accept(context);
        for _ in 0..if accepts { AT_ONCE } else { 0 } {
            match self.listener.accept() {
                Some(accepted) => self.take(accepted, context),
                None => break,
            }
        }
        // Everything else of the program has its turn before.
        if has_more || (self.resting.is_none() && self.listener.may_have()) {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Whether accepting does not rest.
    fn may_accept(&mut self, context: &mut Context<'_>) -> bool {
        if let Some(resting) = &mut self.resting {
            if resting.as_mut().poll(context).is_pending() {
                return false;
            }
            self.resting = None;
        }
        true
    }

    fn take(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>, context: &mut Context<'_>) {
        match accepted {
            Ok((stream, peer)) => self.admit(stream, peer),
            Err(error) => {
                count(&self.stats.accept_errors);
                if !concerns_one_connection(&error) {
                    self.resting = Some(Box::pin(sleep(PAUSE)));
                    // Whoever waits for its end is this loop.
                    let _ = self.may_accept(context);
                }
            }
        }
    }

    /// Serves a connection, if it is allowed and there is room.
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        count(&self.stats.accepted);
        // As a client of IPv4 is known, also where it came through a socket for both.
        let address = peer.ip().to_canonical();
        if !self.limits.allows(address) {
            count(&self.stats.not_allowed);
            return;
        }
        let Some(seat) = self.seat(address) else { return };
        let station = self.tasks.next_station();
        let place = station.token().0;
        let stream = Socket::new(stream, station, self.listener.registry().clone());
        let accepted = Accepted { stream, peer, stop: self.stop.clone(), seat: seat.clone() };
        self.seats.take(place, address, seat);
        self.tasks.start((self.handler)(accepted));
        if let Some(ended) = self.tasks.poll_one(place) {
            leave(&mut self.seats, self.stats, place, ended);
        }
    }

    /// A seat for a connection from this address, if there is room for it, or room can be made.
    fn seat(&mut self, address: IpAddr) -> Option<Seat> {
        match self.seats.room(address) {
            Room::Free => {}
            Room::After(other) => {
                self.seats.leave(other);
                self.tasks.cut(other);
                count(&self.stats.gave_way);
            }
            Room::None => {
                count(&self.stats.over_limit);
                return None;
            }
        }
        Some(self.seats.next())
    }
}

/// A connection has ended by itself.
fn leave(seats: &mut Seats, stats: &Stats, place: Place, ended: Ended) {
    seats.leave(place);
    count(match ended {
        Ended::Finished => &stats.finished,
        Ended::Panicked => &stats.panicked,
    });
}

/// The client went away before we came to it; the next one waits already.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
