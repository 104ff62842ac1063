//! Who is being served, and who gives way when there is no room for one more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::{AbortHandle, Id};

/// What the server of a connection tells of it. It gives way to others when it has been longest without a whole request, and
/// never while one is acted on.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The number of the last thing that happened to any of them.
    now: Arc<AtomicU64>,
    /// That of the last thing that happened to this one.
    last: Arc<AtomicU64>,
}

/// In place of a number: a request is acted on.
const ACTING: u64 = u64::MAX;

impl Seat {
    fn new(now: Arc<AtomicU64>) -> Self {
        let seat = Self { now, last: Arc::new(AtomicU64::new(ACTING)) };
        seat.waits();
        seat
    }

    /// A whole request has come, and is acted on until it [waits](Self::waits) for the next.
    pub fn acts(&self) {
        self.last.store(ACTING, Ordering::Relaxed);
    }

    /// It has been answered, to the last byte. Said again it changes nothing: who waits does not begin anew.
    pub fn waits(&self) {
        if self.waiting_since().is_none() {
            self.last.store(self.now.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Since when it waits; nothing while it acts.
    fn waiting_since(&self) -> Option<u64> {
        Some(self.last.load(Ordering::Relaxed)).filter(|last| *last != ACTING)
    }
}

/// Whether there is room for one more.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// Once this one has gone.
    After(Id),
    /// All are acting.
    None,
}

/// All connections that are served.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    most_per_address: usize,
    taken: HashMap<Id, Taken>,
    now: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Taken {
    address: IpAddr,
    seat: Seat,
    handler: AbortHandle,
}

impl Seats {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self { most, most_per_address, taken: HashMap::new(), now: Arc::default() }
    }

    /// Other limits from now on. Those who sit beyond them stay.
    pub(super) fn bound(&mut self, most: usize, most_per_address: usize) {
        (self.most, self.most_per_address) = (most, most_per_address);
    }

    /// A seat for whoever comes next.
    pub(super) fn next(&self) -> Seat {
        Seat::new(self.now.clone())
    }

    /// Whether one more from this address has room. Its own connections give way before those of others do.
    pub(super) fn room(&self, address: IpAddr) -> Room {
        let of_address = || self.taken.iter().filter(move |(_, taken)| taken.address == address);
        if self.most_per_address < self.taken.len() + 1 && of_address().count() >= self.most_per_address {
            return Self::longest_waiting(of_address());
        }
        match self.taken.len() < self.most {
            true => Room::Free,
            false => Self::longest_waiting(self.taken.iter()),
        }
    }

    fn longest_waiting<'t>(taken: impl Iterator<Item = (&'t Id, &'t Taken)>) -> Room {
        let waiting = taken.filter_map(|(id, taken)| Some((taken.seat.waiting_since()?, *id)));
        waiting.min_by_key(|(since, _)| *since).map_or(Room::None, |(_, id)| Room::After(id))
    }

    pub(super) fn take(&mut self, address: IpAddr, seat: Seat, handler: AbortHandle) {
        self.taken.insert(handler.id(), Taken { address, seat, handler });
    }

    /// Cuts a connection.
    pub(super) fn cut(&mut self, id: Id) {
        if let Some(taken) = self.taken.remove(&id) {
            taken.handler.abort();
        }
    }

    /// A connection has ended; whether it had not been cut.
    pub(super) fn free(&mut self, id: Id) -> bool {
        self.taken.remove(&id).is_some()
    }
}
