//! The connection of one client: bytes to a session and back, until either side has had enough.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, timeout, timeout_at};
use wigwag_net::Clock;
use wigwag_net::accept::{Seat, Stop, Wire};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Request, Session, Transmit};

use super::waits::{poll_alarm, unless_closed};
use super::{Acting, Actions, Client, Device, Ending, Event, Manner, Newcomer, OnHalfClose, Welcome};

/// The connection of one client. As long as that says nothing it is all that there is of it, so what is needed rarely is
/// not in it, nor in the futures that are held meanwhile.
pub(super) struct Conversation<'d, A> {
    device: &'d Device<A>,
    wire: Wire,
    client: Client,
    /// Others may have it while this one waits.
    seat: Seat,
    stop: Stop,
    clock: Clock,
    /// What comes before the protocol, if anything does.
    before: Option<Box<Welcome>>,
    session: Session,
    /// When something last happened: the clock is read once for all that follows from it without a wait.
    now: Moment,
    on_half_close: OnHalfClose,
    /// The client sends nothing more, and all that it sent has been read.
    has_ended: bool,
    /// The stop has come.
    is_stopping: bool,
    /// How the present answer is said.
    manner: Manner,
}

/// The most bytes that one read takes.
const CHUNK: usize = 16 * 1024;

thread_local! {
    /// What is read goes through it, whoever sends it: an idle client costs none, and none is cleared for each read. On the
    /// heap, so that a thread that serves nobody has none.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; CHUNK].into());
}

/// What a wait for the client brought.
enum Woken {
    Read,
    /// Perhaps too early.
    Deadline,
    Stopped,
}

impl<'d, A: Actions> Conversation<'d, A> {
    /// With a client that has just come, over this wire.
    pub(super) fn new(device: &'d Device<A>, wire: Wire, newcomer: Newcomer) -> Self {
        let Newcomer { client, seat, stop, clock } = newcomer;
        let welcome = device.actions.welcome(&client);
        let now = clock.now();
        let session = Session::new(device.protocol.clone(), device.limits, &welcome.opening, now);
        let on_half_close = welcome.on_half_close;
        let before = (welcome.turned_away || !welcome.banner.is_empty()).then(|| Box::new(welcome));
        let (has_ended, is_stopping, manner) = (false, false, Manner::InOne);
        Self {
            device,
            wire,
            client,
            seat,
            stop,
            clock,
            before,
            session,
            now,
            on_half_close,
            has_ended,
            is_stopping,
            manner,
        }
    }

    /// Holds it from its beginning to its end.
    pub(super) async fn hold(&mut self) {
        let received = match self.before.take() {
            None => Ok(None),
            Some(welcome) => Box::pin(self.receive(*welcome)).await,
        };
        let ended = match received {
            Ok(None) => self.run().await,
            Ok(Some(ending)) => Ok(ending),
            Err(error) => Err(error),
        };
        let ending = ended.unwrap_or_else(|error| {
            self.saw(Event::Broke(&error));
            Ending::Closed
        });
        self.end(ending).await;
        self.saw(Event::Closed);
    }

    /// Leaves it as it has ended.
    async fn end(&mut self, ending: Ending) {
        self.seat.waits();
        match ending {
            // Nothing is left unread, so that it closes in order by itself.
            Ending::Closed if self.has_ended && self.wire.is_plain() => {}
            Ending::Closed => Box::pin(self.wire.close()).await,
            Ending::Reset => self.wire.reset(),
            Ending::Dropped => {}
        }
    }

    /// Says what comes before the protocol; how the connection ends, if the client is not served.
    async fn receive(&mut self, Welcome { banner, turned_away, .. }: Welcome) -> io::Result<Option<Ending>> {
        if !banner.is_empty() {
            self.wire.write_all(&banner).await?;
            self.saw(Event::Wrote(&banner));
        }
        Ok(match (turned_away, banner.is_empty()) {
            (false, _) => None,
            (true, true) => Some(Ending::Reset),
            (true, false) => Some(Ending::Closed),
        })
    }

    /// Serves it.
    async fn run(&mut self) -> io::Result<Ending> {
        // It lives as long as the connection: to make one for each wait would cost more than the wait.
        let mut alarm = pin!(None);
        while !self.session.is_over() {
            // Before the next request: what was sent behind this one is not heard any more.
            if self.session.poll_transmit().is_none()
                && let Some(ending) = self.manner.ending()
            {
                return Ok(ending);
            }
            if let Some(request) = self.session.poll_request(self.now) {
                if !self.act(request).await {
                    return Ok(Ending::Dropped);
                }
                continue;
            }
            if self.session.poll_transmit().is_some() {
                self.write().await?;
                continue;
            }
            if self.session.is_over() {
                break;
            }
            self.seat.waits();
            match poll_fn(|context| self.poll_woken(alarm.as_mut(), context)).await? {
                Woken::Read => {}
                Woken::Stopped => self.session.finish(),
                Woken::Deadline => {
                    self.now = self.clock.now();
                    if let Some(request) = self.session.handle_deadline(self.now)
                        && !self.act(request).await
                    {
                        return Ok(Ending::Dropped);
                    }
                    if self.session.is_over() {
                        self.saw(Event::Idle);
                        return Ok(Ending::Closed);
                    }
                }
            }
        }
        if self.manner == Manner::ThenStays && !self.is_stopping {
            // As long as with any client that says nothing. Whether this one is still there cannot be known.
            let stopped = timeout(self.device.limits.idle, self.stop.stopped());
            let _ = Box::pin(stopped).await;
        }
        Ok(Ending::Closed)
    }

    fn saw(&self, event: Event<'_>) {
        self.device.actions.saw(&self.client, event);
    }

    /// What has come goes first, and is mostly there: the others need not be asked then.
    fn poll_woken(&mut self, alarm: Pin<&mut Option<Sleep>>, context: &mut Context<'_>) -> Poll<io::Result<Woken>> {
        if let Poll::Ready(read) = self.poll_read(context) {
            return Poll::Ready(read.map(|()| Woken::Read));
        }
        if self.is_stopping || !self.stop.is_stopped() {
            // Most clients have gone before an alarm would be worth while.
            if self.session.wants_bytes() && self.wire.is_read_in_next_turn() {
                return Poll::Pending;
            }
            let deadline = self.clock.instant(self.session.deadline());
            return poll_alarm(alarm, deadline, context).map(|()| Ok(Woken::Deadline));
        }
        self.is_stopping = true;
        self.now = self.clock.now();
        // What lies in the socket already came before the stop.
        self.wire.look_again();
        match self.poll_read(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(Woken::Stopped)),
        }
    }

    /// Acts on a request; false if the client is dropped over it.
    async fn act(&mut self, request: Request) -> bool {
        self.saw(Event::Requested(&request));
        self.seat.acts();
        let reaction = match self.device.actions.answer(&self.client, &request) {
            Acting::Done(reaction) => reaction,
            Acting::Goes(acting) => {
                let acted = match self.on_half_close {
                    OnHalfClose::Answers => Some(acting.await),
                    OnHalfClose::Drops => Box::pin(unless_closed(acting, &mut self.wire)).await,
                };
                let Some(reaction) = acted else {
                    self.saw(Event::HalfClosed);
                    return false;
                };
                self.now = self.clock.now();
                reaction
            }
        };
        self.manner = reaction.manner;
        if let Err(error) = self.session.answer(&request, &reaction.answer) {
            self.saw(Event::Unanswerable(&error));
        }
        true
    }

    /// Reads once. Never ready where nothing is to be read now.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.session.wants_bytes() {
            return Poll::Pending;
        }
        BUFFER.with_borrow_mut(|buffer| {
            let count = ready!(self.wire.poll_read(context, buffer))?;
            self.now = self.clock.now();
            self.read(buffer.get(..count).unwrap_or_default())
        })
    }

    /// Takes in what has come; nothing is the end.
    fn read(&mut self, bytes: &[u8]) -> Poll<io::Result<()>> {
        match bytes {
            [] => {
                self.has_ended = true;
                self.saw(Event::HalfClosed);
                self.session.handle_eof(self.now);
                if self.on_half_close == OnHalfClose::Drops {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
            }
            bytes => {
                self.saw(Event::Received(bytes));
                self.session.receive(bytes, self.now);
            }
        }
        Poll::Ready(Ok(()))
    }

    async fn write(&mut self) -> io::Result<()> {
        let answer = match self.session.poll_transmit() {
            None => return Ok(()),
            Some(Transmit::HalfClose) => {
                self.wire.half_close().await?;
                self.session.handle_half_closed();
                return Ok(());
            }
            Some(Transmit::Bytes(answer)) => answer,
        };
        let piece = self.manner.piece_of(answer);
        // Mostly the kernel takes all of it at once, and no time passes.
        let written = match poll_fn(|context| Poll::Ready(self.wire.poll_write(context, piece))).await {
            Poll::Ready(written) => Ok(written),
            Poll::Pending => {
                // Who does not take an answer is nobody whom others have to wait for.
                self.seat.waits();
                let deadline = self.clock.instant(self.session.deadline());
                let writing = poll_fn(|context| self.wire.poll_write(context, piece));
                let waited = Box::pin(timeout_at(deadline, writing)).await;
                self.now = self.clock.now();
                waited
            }
        };
        let Ok(written) = written else {
            self.session.handle_deadline(self.now);
            return Ok(());
        };
        let count = written?;
        self.device.actions.saw(&self.client, Event::Wrote(answer.get(..count).unwrap_or(answer)));
        self.session.handle_written(count, self.now);
        if self.manner == Manner::ByteByByte {
            // Else the kernel would put them together again.
            Box::pin(tokio::time::sleep(Duration::from_millis(1))).await;
            self.now = self.clock.now();
        }
        Ok(())
    }
}
