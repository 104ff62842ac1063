//! The connection of one client: bytes to a session and back, until either side has had enough.

use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::time::{Instant, Sleep, sleep_until, timeout, timeout_at};
use wigwag_net::Clock;
use wigwag_net::accept::{Seat, Stop, Wire};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Request, Session, Transmit};

use super::{Actions, Client, Device, Event, Manner, OnHalfClose, Reaction, Welcome};

/// The connection of one client.
pub(super) struct Conversation<'d, A> {
    device: &'d Device<A>,
    wire: Wire,
    client: Client,
    /// Others may have it while this one waits.
    seat: Seat,
    clock: Clock,
    /// When something last happened: the clock is read once for all that follows from it without a wait.
    now: Moment,
    on_half_close: OnHalfClose,
    /// The client sends nothing more, and all that it sent has been read.
    has_ended: bool,
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
pub(super) enum Ending {
    /// So that the last answer arrives.
    Closed,
    /// As it is.
    Dropped,
    Reset,
}

impl<'d, A: Actions> Conversation<'d, A> {
    pub(super) fn new(device: &'d Device<A>, wire: Wire, client: Client, seat: Seat, clock: Clock) -> Self {
        let on_half_close = OnHalfClose::default();
        let (now, manner) = (clock.now(), Manner::InOne);
        Self { device, wire, client, seat, clock, now, on_half_close, has_ended: false, manner }
    }

    /// Leaves it as it has ended.
    pub(super) async fn end(self, ending: Ending) {
        self.seat.waits();
        match ending {
            // Nothing is left unread, so that it closes in order by itself.
            Ending::Closed if self.has_ended && self.wire.is_plain() => {}
            Ending::Closed => self.wire.close().await,
            Ending::Reset => self.wire.reset(),
            Ending::Dropped => {}
        }
    }

    pub(super) async fn run(&mut self, welcome: Welcome, stop: &Stop) -> io::Result<Ending> {
        let Welcome { opening, banner, turned_away, on_half_close } = welcome;
        self.on_half_close = on_half_close;
        if turned_away && banner.is_empty() {
            return Ok(Ending::Reset);
        }
        if !banner.is_empty() {
            self.wire.write_all(&banner).await?;
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
        while let Ok(1..) = self.wire.socket().peek(&mut [0]).await {
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
        ready!(self.wire.poll_read(context, &mut buffer))?;
        self.now = self.clock.now();
        match buffer.filled() {
            [] => {
                self.has_ended = true;
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
                self.wire.half_close().await?;
                session.handle_half_closed();
                Ok(())
            }
            Some(Transmit::Bytes(answer)) => {
                let piece = piece(self.manner, answer);
                let mut writing = pin!(poll_fn(|context| self.wire.poll_write(context, piece)));
                // Mostly the kernel takes all of it at once, and no time passes.
                let written = match poll_fn(|context| Poll::Ready(writing.as_mut().poll(context))).await {
                    Poll::Ready(written) => Ok(written),
                    Poll::Pending => {
                        // Who does not take an answer is nobody whom others have to wait for.
                        self.seat.waits();
                        let waited = timeout_at(deadline, writing).await;
                        self.now = self.clock.now();
                        waited
                    }
                };
                let Ok(written) = written else {
                    session.handle_deadline(self.now);
                    return Ok(());
                };
                let count = written?;
                self.saw(Event::Wrote(answer.get(..count).unwrap_or(answer)));
                session.handle_written(count, self.now);
                if self.manner == Manner::ByteByByte {
                    // Else the kernel would put them together again.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    self.now = self.clock.now();
                }
                Ok(())
            }
        }
    }
}

/// As much of an answer as is written at once.
fn piece(manner: Manner, answer: &[u8]) -> &[u8] {
    match manner {
        Manner::ByteByByte => answer.get(..1).unwrap_or(answer),
        Manner::InOne | Manner::ThenClose | Manner::ThenReset | Manner::ThenStays => answer,
    }
}

/// Sees to it that the alarm rings by the deadline. It may ring earlier: most deadlines are put off long before they come,
/// and to put off the alarm each time would cost more than to let it ring once in a while.
fn set_alarm(alarm: Pin<&mut Sleep>, deadline: Instant) {
    if deadline < alarm.deadline() || alarm.is_elapsed() {
        alarm.reset(deadline);
    }
}
