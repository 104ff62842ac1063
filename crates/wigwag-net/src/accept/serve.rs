//! The accept loop.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::listener::Listener;
use super::stats::{Stats, count};
use super::stop::Stop;

/// How long accepting rests after a failure such as EMFILE: the kernel would report the same waiting connection again at
/// once, and descriptors come back only when connections end.
const PAUSE: Duration = Duration::from_millis(100);

/// What bounds an accept loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most connections served at once.
    pub connections: usize,
    /// How long handlers may take to finish after the stop before they are cut.
    pub grace: Duration,
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
}

/// Accepts from `listener` and runs `handler` for each connection until `stop`; then closes the listening sockets, gives
/// the handlers `limits.grace` to finish, cuts the rest and returns.
///
/// A panic in a handler is counted and ends only its own connection. Dropping the future cuts all handlers.
pub async fn serve<H, F>(listener: Listener, limits: Limits, stop: Stop, stats: &Stats, mut handler: H)
where
    H: FnMut(Accepted) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut handlers = JoinSet::new();
    accept_until_stopped(listener, limits, &stop, stats, &mut handlers, &mut handler).await;
    let drained = async {
        while let Some(ended) = handlers.join_next().await {
            count_ended(stats, &ended);
        }
    };
    if timeout(limits.grace, drained).await.is_err() {
        handlers.abort_all();
        while let Some(ended) = handlers.join_next().await {
            count_ended(stats, &ended);
        }
    }
}

/// Takes the listener, so that the ports are free and clients are refused as soon as it returns.
async fn accept_until_stopped<H, F>(
    mut listener: Listener,
    limits: Limits,
    stop: &Stop,
    stats: &Stats,
    handlers: &mut JoinSet<()>,
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
            Some(ended) = handlers.join_next() => count_ended(stats, &ended),
            () = rest(resting_until), if resting_until.is_some() => resting_until = None,
            accepted = listener.accept(), if resting_until.is_none() => match accepted {
                Ok((stream, peer)) => {
                    count(&stats.accepted);
                    if !make_room(handlers, limits) {
                        count(&stats.over_limit);
                        drop(stream);
                        continue;
                    }
                    handlers.spawn(handler(Accepted { stream, peer, stop: stop.clone() }));
                }
                Err(error) => {
                    count(&stats.accept_errors);
                    if !concerns_one_connection(&error) {
                        resting_until = Some(Instant::now() + PAUSE);
                    }
                }
            },
        }
    }
}

/// Whether one more connection can be served. The policy is all here: today the new connection gives way; later the one
/// that has been longest without a whole request.
fn make_room(handlers: &JoinSet<()>, limits: Limits) -> bool {
    handlers.len() < limits.connections
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

fn count_ended(stats: &Stats, ended: &Result<(), JoinError>) {
    match ended {
        Ok(()) => count(&stats.finished),
        Err(error) if error.is_panic() => count(&stats.panicked),
        Err(_) => count(&stats.aborted),
    }
}
