//! Plays a device on listening sockets: a session of the protocol for each client.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use wigwag_net::Clock;
use wigwag_net::accept::{self, Accepted, Limits, Listener, Stats, Stop};
use wigwag_protocol::exchange::{Answer, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::EncodeError;
use wigwag_protocol::protocol::Protocol;

/// What a device does with its commands.
pub trait Actions: Send + Sync + 'static {
    /// Acts on a request and says how it is answered. Requests of one client come one after the other.
    fn answer(&self, peer: SocketAddr, request: &Request) -> impl Future<Output = Answer> + Send;

    /// Something happened on a client's connection.
    fn saw(&self, peer: SocketAddr, event: Event<'_>) {
        let _ = (peer, event);
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
    /// How it treats a half-close.
    pub on_half_close: OnHalfClose,
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
        let Accepted { stream, peer, stop, .. } = accepted;
        self.actions.saw(peer, Event::Connected);
        let mut conversation = Conversation { device: self, stream, peer, clock };
        if let Err(error) = conversation.run(&stop).await {
            self.actions.saw(peer, Event::Broke(&error));
        }
        conversation.close().await;
        self.actions.saw(peer, Event::Closed);
    }
}

struct Conversation<'d, A> {
    device: &'d Device<A>,
    stream: TcpStream,
    peer: SocketAddr,
    clock: Clock,
}

/// What a wait for the client brought.
enum Woken {
    Ready,
    Deadline,
    Stopped,
}

impl<A: Actions> Conversation<'_, A> {
    async fn run(&mut self, stop: &Stop) -> io::Result<()> {
        let mut session = Session::new(self.device.protocol.clone(), self.device.limits, self.clock.now());
        let mut stopping = false;
        while !session.is_over() {
            if let Some(request) = session.poll_request(self.clock.now()) {
                if !self.act(&mut session, &request).await {
                    return Ok(());
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
            let deadline = self.clock.instant(session.deadline());
            let woken = tokio::select! {
                biased;
                () = stop.stopped(), if !stopping => Woken::Stopped,
                ready = timeout_at(deadline, self.readable(session.wants_bytes())) => match ready {
                    Ok(ready) => ready.map(|()| Woken::Ready)?,
                    Err(_elapsed) => Woken::Deadline,
                },
            };
            match woken {
                Woken::Ready => self.read(&mut session)?,
                Woken::Stopped => {
                    stopping = true;
                    // What lies in the socket already came before the stop.
                    self.read(&mut session)?;
                    session.finish();
                }
                Woken::Deadline => {
                    if let Some(request) = session.handle_deadline(self.clock.now())
                        && !self.act(&mut session, &request).await
                    {
                        return Ok(());
                    }
                    if session.is_over() {
                        self.saw(Event::Idle);
                    }
                }
            }
        }
        Ok(())
    }

    /// Waits until something can be read; for ever where nothing is to be read now.
    async fn readable(&self, wanted: bool) -> io::Result<()> {
        if wanted { self.stream.readable().await } else { std::future::pending().await }
    }

    fn saw(&self, event: Event<'_>) {
        self.device.actions.saw(self.peer, event);
    }

    /// Acts on a request; false if the client is dropped over it.
    async fn act(&self, session: &mut Session, request: &Request) -> bool {
        self.saw(Event::Requested(request));
        let acting = self.device.actions.answer(self.peer, request);
        let answer = match self.device.on_half_close {
            OnHalfClose::Answers => acting.await,
            OnHalfClose::Drops => tokio::select! {
                answer = acting => answer,
                () = self.client_closes() => {
                    self.saw(Event::HalfClosed);
                    return false;
                }
            },
        };
        if let Err(error) = session.answer(answer) {
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

    /// Reads once, into a buffer that lives no longer than that: an idle client costs none.
    fn read(&self, session: &mut Session) -> io::Result<()> {
        const CHUNK: usize = 16 * 1024;
        let mut buffer = [0; CHUNK];
        if !session.wants_bytes() {
            return Ok(());
        }
        let now = self.clock.now();
        match self.stream.try_read(&mut buffer) {
            Ok(0) => {
                self.saw(Event::HalfClosed);
                session.handle_eof(now);
                if self.device.on_half_close == OnHalfClose::Drops {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                self.saw(Event::Received(bytes));
                session.receive(bytes, now);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
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
            Some(Transmit::Bytes(answer)) => match self.stream.try_write(answer) {
                Ok(count) => {
                    self.saw(Event::Wrote(answer.get(..count).unwrap_or(answer)));
                    session.handle_written(count, self.clock.now());
                    Ok(())
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match timeout_at(deadline, self.stream.writable()).await {
                        Ok(ready) => ready,
                        Err(_elapsed) => {
                            session.handle_deadline(self.clock.now());
                            Ok(())
                        }
                    }
                }
                Err(error) => Err(error),
            },
        }
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
