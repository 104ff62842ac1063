//! Who is being served, and who gives way when there is no room for one more.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::tasks::Place;

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

    /// It has been answered, or does not take its answer. Said again it changes nothing: who waits does not begin anew.
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
    After(Place),
    /// All are acting.
    None,
}

/// All connections that are served.
///
/// Whoever floods the port makes nothing but newcomers, those that have not made a whole request yet. While they are more than
/// half of all they give way among themselves, so that those that have asked before are not washed away; and the other half
/// is theirs whoever has asked, so that there is time to.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    most_per_address: usize,
    /// By the place of its task.
    taken: Vec<Option<Taken>>,
    count: usize,
    of_address: HashMap<IpAddr, Vec<Place>>,
    newcomers: Line,
    regulars: Line,
    now: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Taken {
    address: IpAddr,
    /// Where it is among those of its address.
    index: usize,
    seat: Seat,
    /// Its number in one of the lines.
    number: u64,
}

/// Who waits, by the number since when. Nobody tells it of what happens to them: a number is put right when it has come to be
/// the first, so that who gives way is known without a look at all.
type Line = BTreeMap<u64, Place>;

impl Seats {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            taken: Vec::new(),
            count: 0,
            of_address: HashMap::new(),
            newcomers: Line::new(),
            regulars: Line::new(),
            now: Arc::default(),
        }
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
    pub(super) fn room(&mut self, address: IpAddr) -> Room {
        let of_address = self.of_address.get(&address).map_or(&[][..], Vec::as_slice);
        let found = if of_address.len() >= self.most_per_address {
            self.longest_waiting_of(of_address)
        } else if self.count >= self.most {
            self.longest_waiting()
        } else {
            return Room::Free;
        };
        found.map_or(Room::None, Room::After)
    }

    fn longest_waiting_of(&self, places: &[Place]) -> Option<Place> {
        let waiting = places.iter().filter_map(|place| Some((self.taken(*place)?.seat.waiting_since()?, *place)));
        waiting.min_by_key(|(since, _)| *since).map(|(_, place)| place)
    }

    fn taken(&self, place: Place) -> Option<&Taken> {
        self.taken.get(place)?.as_ref()
    }

    fn longest_waiting(&mut self) -> Option<Place> {
        let newcomer = self.first_newcomer();
        if newcomer.is_some() && self.newcomers.len() > self.most / 2 {
            return newcomer.map(|(_, place)| place);
        }
        let first = newcomer.into_iter().chain(self.first_regular()).min_by_key(|(since, _)| *since);
        first.map(|(_, place)| place)
    }

    /// Whoever has asked is none any more.
    fn first_newcomer(&mut self) -> Option<(u64, Place)> {
        while let Some((number, place)) = self.newcomers.pop_first() {
            let taken = self.taken.get_mut(place)?.as_mut()?;
            let since = taken.seat.waiting_since();
            if since == Some(number) {
                self.newcomers.insert(number, place);
                return Some((number, place));
            }
            taken.number = since.unwrap_or_else(|| self.now.fetch_add(1, Ordering::Relaxed));
            self.regulars.insert(taken.number, place);
        }
        None
    }

    fn first_regular(&mut self) -> Option<(u64, Place)> {
        // Once to put each number right, and once to find the first then.
        for _ in 0..2 * self.regulars.len() {
            let (number, place) = self.regulars.pop_first()?;
            let taken = self.taken.get_mut(place)?.as_mut()?;
            let since = taken.seat.waiting_since();
            // Whoever acts stands behind all that wait.
            taken.number = since.unwrap_or_else(|| self.now.fetch_add(1, Ordering::Relaxed));
            self.regulars.insert(taken.number, place);
            if since == Some(number) {
                return Some((number, place));
            }
        }
        None
    }

    pub(super) fn take(&mut self, place: Place, address: IpAddr, seat: Seat) {
        let of_address = self.of_address.entry(address).or_default();
        let index = of_address.len();
        of_address.push(place);
        // Where it acts already, on another thread, that is found out like anything else.
        let number = seat.waiting_since().unwrap_or_else(|| self.now.fetch_add(1, Ordering::Relaxed));
        self.newcomers.insert(number, place);
        if self.taken.len() <= place {
            self.taken.resize_with(place + 1, || None);
        }
        self.taken[place] = Some(Taken { address, index, seat, number });
        self.count += 1;
    }

    /// A connection has ended or was cut.
    pub(super) fn leave(&mut self, place: Place) {
        let Some(taken) = self.taken.get_mut(place).and_then(Option::take) else { return };
        self.count -= 1;
        // Numbers are drawn once, so it stands in one of the two.
        if self.newcomers.remove(&taken.number).is_none() {
            self.regulars.remove(&taken.number);
        }
        let Some(places) = self.of_address.get_mut(&taken.address) else { return };
        places.swap_remove(taken.index);
        match places.get(taken.index) {
            Some(moved) => {
                if let Some(moved) = self.taken.get_mut(*moved).and_then(Option::as_mut) {
                    moved.index = taken.index;
                }
            }
            None if places.is_empty() => _ = self.of_address.remove(&taken.address),
            None => {}
        }
    }
}
