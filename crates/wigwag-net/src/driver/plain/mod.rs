//! Plain TCP to one address each: one loop on the caller's thread, and for each exchange the system calls that it cannot
//! do without.
//!
//! ```text
//!   socket, connect, send ── register once, edge-triggered ── receive ── close
//! ```
//!
//! What is begun together is looked at once more before it is registered: within one machine the first of many have their
//! answers by then, and are never watched at all. They are looked at while others are still being begun, when the processor
//! has not lost sight of them.
//!
//! A batch of events is gone through to its end before the caller starts others in place of what has ended: that is
//! cheaper for the kernel, and nothing of a batch can be meant for a connection that came after it.

mod alarms;
mod conversation;
mod talk;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Poll, Token};
use slab::Slab;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Exchange, Link};

use self::alarms::Alarms;
use self::conversation::{Conversation, Step};
use super::{Cut, Done, Job, Waker};
use crate::clock::Clock;
use crate::dial::failed_connect;

/// How many events are taken from the kernel at once.
const BATCH: usize = 1024;

/// The most bytes that one read takes.
const CHUNK: usize = 16 * 1024;

/// So many begun together take long enough that the first of them may have been answered.
const MANY: usize = 32;

/// So many are begun before the first of them is looked at once more: nearly all who answer at once have done so by then, and
/// what the program and the kernel keep of so many fits into a processor's own cache.
const BEGUN_BEFORE_A_LOOK: usize = 128;

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
    conversations: Slab<Conversation>,
    /// What is read goes through here: one for all, since an exchange takes what it is given at once.
    buffer: Box<[u8]>,
    alarms: Alarms,
    /// Those that could have gone on when it was the others' turn.
    unfinished: Vec<usize>,
    /// Those that were begun since the last poll and are not watched yet, in their order.
    fresh: VecDeque<usize>,
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
            fresh: VecDeque::new(),
            cut: None,
            done: Vec::new(),
        })
    }

    /// Begins an exchange with the device at this address.
    pub(in crate::driver) fn start(&mut self, job: Job, address: SocketAddr) {
        let now = self.clock.now();
        if self.cut.is_some() {
            self.end_at_once(job, |exchange| exchange.handle_interrupt(now));
            return;
        }
        match TcpStream::connect(address) {
            Ok(stream) => {
                let mut conversation = Conversation::begin(job, stream, address, now);
                conversation.go_on(&mut self.buffer, now);
                self.fresh.push_back(self.conversations.insert(conversation));
                if self.fresh.len() > BEGUN_BEFORE_A_LOOK {
                    self.look_at_next_fresh(true);
                }
            }
            Err(error) => self.end_at_once(job, |exchange| {
                exchange.handle_connecting(address, now);
                exchange.handle_unreachable(failed_connect(&error).told(), now);
            }),
        }
    }

    /// Drives until something is done, `until` has come, or somebody wakes it. What is done is appended.
    pub(in crate::driver) fn poll(&mut self, until: Option<Moment>, done: &mut Vec<Done>) {
        let are_many = self.fresh.len() >= MANY;
        while self.look_at_next_fresh(are_many) {}
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

    /// Lets the one that has waited longest since it was begun be watched, unless it is over by now; false where none waits.
    fn look_at_next_fresh(&mut self, may_be_answered: bool) -> bool {
        let Some(key) = self.fresh.pop_front() else { return false };
        self.go_on(key, |conversation, buffer, now| {
            if may_be_answered {
                conversation.may_read();
            }
            conversation.go_on(buffer, now)
        });
        true
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
        let now = self.clock.now();
        let mut step = step(conversation, &mut self.buffer, now);
        if step != Step::Over && !conversation.is_watched(self.poll.registry(), Token(key), now) {
            step = Step::Over;
        }
        match step {
            Step::Waits => {}
            Step::Unfinished => self.unfinished.push(key),
            Step::Over => {
                let conversation = self.conversations.remove(key);
                self.done.push(Done::Ended { id: conversation.id, end: conversation.end() });
                return;
            }
        }
        if let Some(deadline) = conversation.deadline() {
            self.alarms.set(key, deadline);
        }
    }

    /// There is no connection: the exchange is over with what it is told.
    fn end_at_once(&mut self, job: Job, tell: impl FnOnce(&mut Exchange)) {
        let Job { id, protocol, call, secrets, seq, .. } = job;
        let mut exchange = Exchange::new(protocol, call, Link::new(&secrets, seq), self.clock.now());
        tell(&mut exchange);
        let end = exchange.poll_end().unwrap_or_else(|| unreachable!("what it was told is an end"));
        self.done.push(Done::Ended { id, end });
    }
}

impl std::fmt::Debug for PlainDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlainDriver").field("conversations", &self.conversations.len()).finish_non_exhaustive()
    }
}
