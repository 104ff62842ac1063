//! Plays a device on listening sockets: a session of the protocol for each client.

use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout, timeout_at};
use wigwag_net::Clock;
use wigwag_net::accept::{self, Accepted, Limits, Listener, Seat, Stats, Stop};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, Opening, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::EncodeError;
use wigwag_protocol::protocol::Protocol;

/// What a device does with its commands.
pub trait Actions: Send + Sync + 'static {
    /// How a client is received. By default it is let in without a word.
    fn welcome(&self, client: &Client) -> Welcome {
        let _ = client;
        Welcome::default()
    }

    /// Acts on a request and says how it is answered. Requests of one client come one after the other.
    fn answer(&self, client: &Client, request: &Request) -> impl Future<Output = Reaction> + Send;

    /// Something happened on a client's connection.
    fn saw(&self, client: &Client, event: Event<'_>) {
        let _ = (client, event);
    }
}

/// A client that is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub peer: SocketAddr,
    /// The address of ours that it connected to.
    pub local: SocketAddr,
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
}

/// What happens on a client's connection.
#[derive(Debug)]
pub enum Event<'a> {
    /// It was accepted.
    Connected,
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
}

/// Serves `device` on `listener` until `stop`; then whole requests that have come are still answered.
pub async fn serve<A: Actions>(listener: Listener, device: Arc<Device<A>>, limits: Limits, stop: Stop, stats: &Stats) {
    let clock = Clock::start();
    accept::serve(listener, limits, stop, stats, |accepted| {
        let device = device.clone();
        async move { device.attend(accepted, clock).await }
    })
    .await;
}

impl<A: Actions> Device<A> {
    async fn attend(&self, accepted: Accepted, clock: Clock) {
        let Accepted { stream, peer, stop, seat, .. } = accepted;
        // It fails only on a connection that is gone already, where nothing hangs on it any more.
        let client = Client { peer, local: stream.local_addr().unwrap_or(peer) };
        let welcome = self.actions.welcome(&client);
        self.actions.saw(&client, Event::Connected);
        let on_half_close = welcome.on_half_close;
        let mut conversation = Conversation {
            device: self,
            stream,
            client,
            seat,
            clock,
            now: clock.now(),
            on_half_close,
            manner: Manner::InOne,
        };
        let ended = match welcome.turned_away && welcome.banner.is_empty() {
            true => Ok(Ending::Reset),
            false => conversation.run(welcome, &stop).await,
        };
        match ended {
            Ok(Ending::Closed) => conversation.close().await,
            Ok(Ending::Reset) => conversation.reset(),
            Ok(Ending::Dropped) => {}
            Err(error) => {
                self.actions.saw(&client, Event::Broke(&error));
                conversation.close().await;
            }
        }
        self.actions.saw(&client, Event::Closed);
    }
}

struct Conversation<'d, A> {
    device: &'d Device<A>,
    stream: TcpStream,
    client: Client,
    /// Others may have it while this one waits.
    seat: Seat,
    clock: Clock,
    /// When something last happened: the clock is read once for all that follows from it without a wait.
    now: Moment,
    on_half_close: OnHalfClose,
    /// How the present answer is said.
    manner: Manner,
}

/// What a wait for the client brought.
enum Woken {
    Read,
    /// Perhaps too early.
    Deadline,
    Stopped,
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

impl<A: Actions> Conversation<'_, A> {
    async fn run(&mut self, welcome: Welcome, stop: &Stop) -> io::Result<Ending> {
        let Welcome { opening, banner, turned_away, .. } = welcome;
        if !banner.is_empty() {
            self.stream.write_all(&banner).await?;
            self.saw(Event::Wrote(&banner));
        }
        if turned_away {
            return Ok(Ending::Closed);
        }
        let mut session = Session::new(self.device.protocol.clone(), self.device.limits, &opening, self.now);
        drop(opening);
        // They live as long as the connection: to make them anew for each wait would cost more than the wait.
        let mut stopped = pin!(stop.stopped());
        let mut alarm = pin!(sleep_until(self.clock.instant(session.deadline())));
        let mut stopping = false;
        while !session.is_over() {
            // Before the next request: what was sent behind this one is not heard any more.
            if session.poll_transmit().is_none()
                && let Some(ending) = self.manner.ending()
            {
                return Ok(ending);
            }
            if let Some(request) = session.poll_request(self.now) {
                if !self.act(&mut session, &request).await {
                    return Ok(Ending::Dropped);
                }
                continue;
            }
            if session.poll_transmit().is_some() {
                self.write(&mut session).await?;
                continue;
            }
            if session.is_over() {
                break;
            }
            self.seat.waits();
            set_alarm(alarm.as_mut(), self.clock.instant(session.deadline()));
            let woken = tokio::select! {
                // What has come goes first, and is mostly there: the others need not be asked then.
                biased;
                read = poll_fn(|context| self.poll_read(&mut session, context)) => {
                    read?;
                    Woken::Read
                },
                () = stopped.as_mut(), if !stopping => Woken::Stopped,
                () = alarm.as_mut() => Woken::Deadline,
            };
            match woken {
                Woken::Read => {}
                Woken::Stopped => {
                    stopping = true;
                    self.now = self.clock.now();
                    // What lies in the socket already came before the stop.
                    if let Poll::Ready(read) =
                        poll_fn(|context| Poll::Ready(self.poll_read(&mut session, context))).await
                    {
                        read?;
                    }
                    session.finish();
                }
                Woken::Deadline => {
                    self.now = self.clock.now();
                    if let Some(request) = session.handle_deadline(self.now)
                        && !self.act(&mut session, &request).await
                    {
                        return Ok(Ending::Dropped);
                    }
                    if session.is_over() {
                        self.saw(Event::Idle);
                        return Ok(Ending::Closed);
                    }
                }
            }
        }
        if self.manner == Manner::ThenStays && !stopping {
            // As long as with any client that says nothing. Whether this one is still there cannot be known.
            let _ = timeout(self.device.limits.idle, stopped).await;
        }
        Ok(Ending::Closed)
    }

    fn saw(&self, event: Event<'_>) {
        self.device.actions.saw(&self.client, event);
    }

    /// Acts on a request; false if the client is dropped over it.
    async fn act(&mut self, session: &mut Session, request: &Request) -> bool {
        self.saw(Event::Requested(request));
        self.seat.acts();
        let mut acting = pin!(self.device.actions.answer(&self.client, request));
        // Most answers are there at once.
        let at_once = poll_fn(|context| Poll::Ready(acting.as_mut().poll(context))).await;
        let waits = at_once.is_pending();
        let Reaction { answer, manner } = match (at_once, self.on_half_close) {
            (Poll::Ready(reaction), _) => reaction,
            (Poll::Pending, OnHalfClose::Answers) => acting.await,
            (Poll::Pending, OnHalfClose::Drops) => tokio::select! {
                // What came is acted on in any case.
                biased;
                reaction = acting => reaction,
                () = self.client_closes() => {
                    self.saw(Event::HalfClosed);
                    return false;
                }
            },
        };
        if waits {
            self.now = self.clock.now();
        }
        self.manner = manner;
        if let Err(error) = session.answer(request, &answer) {
            self.saw(Event::Unanswerable(&error));
        }
        true
    }

    /// Waits until the client has closed its sending side and all before that has been read.
    async fn client_closes(&self) {
        while let Ok(1..) = self.stream.peek(&mut [0]).await {
            // Bytes that wait to be read hide the end; they are read after this action.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Reads once, into a buffer that lives no longer than that: an idle client costs none. Never ready where nothing is
    /// to be read now.
    fn poll_read(&mut self, session: &mut Session, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        const CHUNK: usize = 16 * 1024;
        if !session.wants_bytes() {
            return Poll::Pending;
        }
        let mut buffer = [const { MaybeUninit::uninit() }; CHUNK];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        // Unlike `try_read` this knows that the socket is empty where the buffer was not filled.
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        self.now = self.clock.now();
        match buffer.filled() {
            [] => {
                self.saw(Event::HalfClosed);
                session.handle_eof(self.now);
                if self.on_half_close == OnHalfClose::Drops {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
            }
            bytes => {
                self.saw(Event::Received(bytes));
                session.receive(bytes, self.now);
            }
        }
        Poll::Ready(Ok(()))
    }

    async fn write(&mut self, session: &mut Session) -> io::Result<()> {
        let deadline = self.clock.instant(session.deadline());
        match session.poll_transmit() {
            None => Ok(()),
            Some(Transmit::HalfClose) => {
                self.stream.shutdown().await?;
                session.handle_half_closed();
                Ok(())
            }
            Some(Transmit::Bytes(answer)) => match self.stream.try_write(self.piece(answer)) {
                Ok(count) => {
                    self.saw(Event::Wrote(answer.get(..count).unwrap_or(answer)));
                    session.handle_written(count, self.now);
                    if self.manner == Manner::ByteByByte {
                        // Else the kernel would put them together again.
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        self.now = self.clock.now();
                    }
                    Ok(())
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let waited = timeout_at(deadline, self.stream.writable()).await;
                    self.now = self.clock.now();
                    match waited {
                        Ok(ready) => ready,
                        Err(_elapsed) => {
                            session.handle_deadline(self.now);
                            Ok(())
                        }
                    }
                }
                Err(error) => Err(error),
            },
        }
    }

    /// As much of an answer as is written at once.
    fn piece<'b>(&self, answer: &'b [u8]) -> &'b [u8] {
        match self.manner {
            Manner::ByteByByte => answer.get(..1).unwrap_or(answer),
            Manner::InOne | Manner::ThenClose | Manner::ThenReset | Manner::ThenStays => answer,
        }
    }

    /// Ends the connection as a crash does.
    fn reset(&self) {
        // Where it fails the connection is closed instead, which is all that is left to do.
        let _ = self.stream.set_zero_linger();
    }

    /// Closes so that the last answer arrives: bytes left unread would turn the close into a reset, which can overtake it.
    async fn close(&mut self) {
        const MOST: usize = 64 * 1024;
        const LINGER: Duration = Duration::from_millis(200);
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let drain = async {
            let mut left = MOST;
            while left > 0 && self.stream.readable().await.is_ok() {
                match self.stream.try_read(&mut [0; 4096]) {
                    Ok(0) => return,
                    Ok(count) => left = left.saturating_sub(count),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        };
        // Whoever still sends after this is cut.
        let _ = timeout(LINGER, drain).await;
    }
}

/// Sees to it that the alarm rings by the deadline. It may ring earlier: most deadlines are put off long before they come,
/// and to put off the alarm each time would cost more than to let it ring once in a while.
fn set_alarm(alarm: Pin<&mut Sleep>, deadline: Instant) {
    if deadline < alarm.deadline() || alarm.is_elapsed() {
        alarm.reset(deadline);
    }
}
