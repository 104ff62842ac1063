//! Plain TCP to one address each: one loop on the caller's thread, and for each exchange the system calls that it cannot
//! do without.
//!
//! ```text
//!   socket, connect, send ── register once, edge-triggered ── receive ── close
//! ```
//!
//! A batch of events is gone through to its end before the caller starts others in place of what has ended: that is
//! cheaper for the kernel, and nothing of a batch can be meant for a connection that came after it.

mod alarms;
mod conversation;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Poll, Token};
use slab::Slab;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::Exchange;

use self::alarms::Alarms;
use self::conversation::{Conversation, Step};
use super::{Cut, Done, Job, Waker};
use crate::clock::Clock;
use crate::dial::failed_connect;

/// How many events are taken from the kernel at once.
const BATCH: usize = 1024;

/// The most bytes that one read takes.
const CHUNK: usize = 16 * 1024;

/// What the waker's events are called.
const WAKER: Token = Token(usize::MAX);

/// Drives exchanges over plain TCP connections.
///
/// It looks up no names and knows neither proxies nor TLS.
pub(in crate::driver) struct PlainDriver {
    poll: Poll,
    events: Events,
    waker: Waker,
    clock: Clock,
    conversations: Slab<Box<Conversation>>,
    alarms: Alarms,
    /// What is read goes through here: one for all, since an exchange takes what it is given at once.
    buffer: Box<[u8]>,
    /// Those that could have gone on when it was the others' turn.
    unfinished: Vec<usize>,
    cut: Option<Cut>,
    done: Vec<Done>,
}

impl PlainDriver {
    /// A driver with nothing to do.
    ///
    /// # Errors
    ///
    /// The machine lacks the descriptors that it needs.
    pub(in crate::driver) fn new(clock: Clock) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), WAKER)?;
        // Where the kernel does not take it, its counter is full: it is awake.
        let waker: Waker = Arc::new(move || drop(waker.wake()));
        Ok(Self {
            poll,
            events: Events::with_capacity(BATCH),
            waker,
            clock,
            conversations: Slab::new(),
            alarms: Alarms::default(),
            buffer: vec![0; CHUNK].into(),
            unfinished: Vec::new(),
            cut: None,
            done: Vec::new(),
        })
    }

    /// Begins an exchange with the device at this address.
    pub(in crate::driver) fn start(&mut self, job: Job, address: SocketAddr) {
        let now = self.clock.now();
        let Job { id, protocol, call, link, dialer, .. } = job;
        let exchange = || Exchange::new(protocol, call, link, now);
        if self.cut.is_some() {
            let mut exchange = exchange();
            exchange.handle_interrupt(now);
            self.end(id, &mut exchange);
            return;
        }
        match TcpStream::connect(address) {
            Ok(stream) => {
                let conversation = Conversation::begin(id, exchange, stream, address, dialer.timeout, now);
                let key = self.conversations.insert(conversation);
                self.go_on(key, Conversation::go_on);
            }
            Err(error) => {
                let mut exchange = exchange();
                exchange.handle_connecting(address, now);
                exchange.handle_unreachable(failed_connect(&error).told(), now);
                self.end(id, &mut exchange);
            }
        }
    }

    /// Drives until something is done, `until` has come, or somebody wakes it. What is done is appended.
    pub(in crate::driver) fn poll(&mut self, until: Option<Moment>, done: &mut Vec<Done>) {
        let timeout = self.timeout(until);
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => self.events.clear(),
            Err(error) => unreachable!("epoll is asked as it was made: {error}"),
        }
        for key in std::mem::take(&mut self.unfinished) {
            self.go_on(key, Conversation::go_on);
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            if event.token() != WAKER {
                self.go_on(event.token().0, |conversation, buffer, now| {
                    conversation.note(event, now);
                    conversation.go_on(buffer, now)
                });
            }
        }
        self.events = events;
        self.ring();
        done.append(&mut self.done);
    }

    /// Cuts exchanges. What is cut ends as any other.
    pub(in crate::driver) fn cut(&mut self, cut: Cut) {
        self.cut = self.cut.max(Some(cut));
        let keys: Vec<usize> = self.conversations.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.go_on(key, |conversation, _, now| conversation.cut(cut, now));
        }
    }

    /// What wakes it.
    pub(in crate::driver) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// How long to wait for events.
    fn timeout(&self, until: Option<Moment>) -> Option<Duration> {
        if !self.done.is_empty() || !self.unfinished.is_empty() {
            return Some(Duration::ZERO);
        }
        let next = until.into_iter().chain(self.alarms.next()).min()?;
        Some(next.since(self.clock.now()))
    }

    /// Tells those whose deadline has come.
    fn ring(&mut self) {
        let now = self.clock.now();
        while let Some(key) = self.alarms.ring(now) {
            self.go_on(key, |conversation, buffer, now| {
                conversation.handle_deadline(now);
                conversation.go_on(buffer, now)
            });
        }
    }

    /// Lets a conversation go on, and sees to what it waits for then. One that is over by now is left alone.
    fn go_on(&mut self, key: usize, step: impl FnOnce(&mut Conversation, &mut [u8], Moment) -> Step) {
        let Some(conversation) = self.conversations.get_mut(key) else { return };
        let mut step = step(conversation, &mut self.buffer, self.clock.now());
        if step != Step::Over && !conversation.is_watched(self.poll.registry(), Token(key), self.clock.now()) {
            step = Step::Over;
        }
        match step {
            Step::Waits => {}
            Step::Unfinished => self.unfinished.push(key),
            Step::Over => {
                let mut conversation = self.conversations.remove(key);
                self.end(conversation.id, &mut conversation.exchange);
                return;
            }
        }
        if let Some(deadline) = conversation.deadline() {
            self.alarms.set(key, deadline);
        }
    }

    fn end(&mut self, id: u64, exchange: &mut Exchange) {
        let end = exchange.poll_end().unwrap_or_else(|| unreachable!("only what is over is ended"));
        self.done.push(Done::Ended { id, end });
    }
}

impl std::fmt::Debug for PlainDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlainDriver").field("conversations", &self.conversations.len()).finish_non_exhaustive()
    }
}
