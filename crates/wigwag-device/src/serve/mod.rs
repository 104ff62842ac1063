//! Plays a device on listening sockets: a session of the protocol for each client.

mod conversation;
mod waits;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use wigwag_net::accept::{self, Accepted, Changes, Limits, Listener, Seat, Socket, Stats, Stop, Wire};
use wigwag_net::{Clock, ServerTls};
use wigwag_protocol::exchange::{Answer, Opening, Request, SessionLimits};
use wigwag_protocol::layout::EncodeError;
use wigwag_protocol::protocol::Protocol;

use conversation::Conversation;

/// What a device does with its commands.
pub trait Actions: Send + Sync + 'static {
    /// Whether it has to know at which address of ours a client has connected: the system is asked for each.
    const WANTS_LOCAL: bool = false;

    /// How a client is received. By default it is let in without a word.
    fn welcome(&self, client: &Client) -> Welcome {
        let _ = client;
        Welcome::default()
    }

    /// Acts on a request and says how it is answered. Requests of one client come one after the other.
    fn answer<'a>(&'a self, client: &'a Client, request: &'a Request) -> Acting<'a>;

    /// Something happened on a client's connection.
    fn saw(&self, client: &Client, event: Event<'_>) {
        let _ = (client, event);
    }
}

/// What a device does about a request.
pub enum Acting<'a> {
    /// It has been done.
    Done(Reaction),
    /// It takes time.
    Goes(Pin<Box<dyn Future<Output = Reaction> + Send + 'a>>),
}

impl<'a> Acting<'a> {
    /// It takes time.
    pub fn goes(acting: impl Future<Output = Reaction> + Send + 'a) -> Self {
        Self::Goes(Box::pin(acting))
    }
}

impl From<Answer> for Acting<'_> {
    fn from(answer: Answer) -> Self {
        Self::Done(answer.into())
    }
}

/// A client that is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub peer: SocketAddr,
    /// The address of ours that it connected to, where that is [wanted](Actions::WANTS_LOCAL).
    pub local: Option<SocketAddr>,
}

/// How a client is received.
#[derive(Debug, Clone, Default)]
pub struct Welcome {
    /// What the protocol says first, and what the client has to know.
    pub opening: Opening,
    /// Bytes before all that, which are no part of the protocol.
    pub banner: Vec<u8>,
    /// How its half-close is treated.
    pub on_half_close: OnHalfClose,
    /// It is not served: reset at once, or closed behind the banner where there is one.
    pub turned_away: bool,
}

/// How a request is answered, and what becomes of the connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// What is said.
    pub answer: Answer,
    /// How it is said.
    pub manner: Manner,
}

impl From<Answer> for Reaction {
    fn from(answer: Answer) -> Self {
        Self { answer, manner: Manner::InOne }
    }
}

/// How an answer is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// In one piece.
    #[default]
    InOne,
    /// Each byte in a segment of its own.
    ByteByByte,
    /// And then the connection is closed.
    ThenClose,
    /// And then the connection is reset.
    ThenReset,
    /// And then the connection stays, also when the client has closed its sending side.
    ThenStays,
}

impl Manner {
    /// How the connection ends behind the answer, if it does.
    const fn ending(self) -> Option<Ending> {
        match self {
            Self::InOne | Self::ByteByByte | Self::ThenStays => None,
            Self::ThenClose => Some(Ending::Closed),
            Self::ThenReset => Some(Ending::Reset),
        }
    }

    /// As much of an answer as is written at once.
    fn piece_of(self, answer: &[u8]) -> &[u8] {
        match self {
            Self::ByteByByte => answer.get(..1).unwrap_or(answer),
            Self::InOne | Self::ThenClose | Self::ThenReset | Self::ThenStays => answer,
        }
    }
}

/// How a connection ends from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// So that the last answer arrives.
    Closed,
    /// As it is.
    Dropped,
    Reset,
}

/// The most time that a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What happens on a client's connection.
#[derive(Debug)]
pub enum Event<'a> {
    /// It was accepted.
    Connected,
    /// The client and we could not agree on TLS.
    Insecure(&'a io::Error),
    /// These bytes came.
    Received(&'a [u8]),
    /// A request, or bytes that are none.
    Requested(&'a Request),
    /// An answer could not be put into the response layout.
    Unanswerable(&'a EncodeError),
    /// These bytes were taken by the kernel.
    Wrote(&'a [u8]),
    /// The client sends nothing more.
    HalfClosed,
    /// The client was idle for too long.
    Idle,
    /// The connection broke.
    Broke(&'a io::Error),
    /// It is closed.
    Closed,
}

/// How a device treats a client that closes its sending side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnHalfClose {
    /// It still answers what it was asked.
    #[default]
    Answers,
    /// It drops the connection at once, answer or not, as many small stacks do.
    Drops,
}

/// A device that can be served.
#[derive(Debug)]
pub struct Device<A> {
    /// What it speaks.
    pub protocol: Arc<Protocol>,
    /// What it does.
    pub actions: A,
    /// What each client may take.
    pub limits: SessionLimits,
    /// It speaks TLS below its protocol.
    pub tls: Option<ServerTls>,
}

/// Serves a device on `listener` until `stop`, as told by `changes`; then whole requests that have come are still answered.
///
/// Each client is served the `device` that there is when it comes.
pub async fn serve<A: Actions>(
    listener: Listener,
    device: impl Fn() -> Arc<Device<A>>,
    limits: Limits,
    changes: Changes,
    stop: Stop,
    stats: &Stats,
) {
    let clock = Clock::start();
    accept::serve(listener, limits, changes, stop, stats, |accepted| attend(device(), accepted, clock)).await;
}

/// A client that has just come.
struct Newcomer {
    client: Client,
    seat: Seat,
    stop: Stop,
    clock: Clock,
}

/// The future is all that there is of most clients for most of the time, and few clients come over TLS: those have one of
/// their own.
async fn attend<A: Actions>(device: Arc<Device<A>>, accepted: Accepted, clock: Clock) {
    let Accepted { stream, peer, stop, seat, .. } = accepted;
    // It fails only on a connection that is gone already, where nothing hangs on it any more.
    let local = if A::WANTS_LOCAL { stream.local_addr().ok() } else { None };
    let newcomer = Newcomer { client: Client { peer, local }, seat, stop, clock };
    device.actions.saw(&newcomer.client, Event::Connected);
    if let Some(tls) = &device.tls {
        return Box::pin(device.attend_secured(stream, tls, newcomer)).await;
    }
    Conversation::new(&device, stream.into(), newcomer).hold().await;
}

impl<A: Actions> Device<A> {
    async fn attend_secured(&self, stream: Socket, tls: &ServerTls, newcomer: Newcomer) {
        match self.secured(stream, tls, &newcomer).await {
            Some(wire) => Conversation::new(self, wire, newcomer).hold().await,
            None => self.actions.saw(&newcomer.client, Event::Closed),
        }
    }

    /// The wire over TLS; nothing where the client and we could not agree.
    async fn secured(&self, stream: Socket, tls: &ServerTls, Newcomer { client, stop, .. }: &Newcomer) -> Option<Wire> {
        let agreed = tokio::select! {
            () = stop.stopped() => return None,
            agreed = timeout(self.limits.idle.min(HANDSHAKE), Wire::secured(stream, tls)) => agreed,
        };
        match agreed {
            Ok(Ok(wire)) => wire,
            Ok(Err(error)) => {
                self.actions.saw(client, Event::Insecure(&error));
                None
            }
            Err(_elapsed) => {
                self.actions.saw(client, Event::Idle);
                None
            }
        }
    }
}
