//! Who is being served, and who gives way when there is no room for one more.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
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
    taken: Takings,
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
    /// Its number in one of the lines, and in which.
    number: u64,
    is_newcomer: bool,
}

/// All that are taken, by the places of their tasks.
type Takings = Vec<Option<Taken>>;

/// Who waits, by the number since when. Nobody tells it of what happens to them: a number is put right when it has come to be
/// the first, so that who gives way is known without a look at all.
#[derive(Debug, Default)]
struct Line {
    /// And some who have gone: to come and to go costs little, and only a full house asks who is first.
    numbers: BinaryHeap<Reverse<(u64, Place)>>,
    /// How many there are of the others.
    count: usize,
}

impl Line {
    /// So few who have gone are not worth looking for.
    const FEW: usize = 64;

    fn push(&mut self, number: u64, place: Place) {
        self.numbers.push(Reverse((number, place)));
        self.count += 1;
    }

    /// One of them has gone, and is among `taken` no more.
    fn leave(&mut self, taken: &Takings) {
        self.count -= 1;
        if self.numbers.len() > 2 * self.count + Self::FEW {
            self.numbers.retain(|Reverse((number, place))| is_there(taken, *number, *place));
        }
    }

    fn first(&mut self, taken: &Takings) -> Option<(u64, Place)> {
        loop {
            let Reverse((number, place)) = *self.numbers.peek()?;
            if is_there(taken, number, place) {
                return Some((number, place));
            }
            self.numbers.pop();
        }
    }

    /// The first is here no more; to be called when [`first`](Self::first) has just told of it.
    fn pop_first(&mut self) {
        self.numbers.pop();
        self.count -= 1;
    }
}

/// Whether the number is that of whoever has this place. It is nobody else's: numbers are drawn once.
fn is_there(taken: &Takings, number: u64, place: Place) -> bool {
    taken.get(place).is_some_and(|taken| taken.as_ref().is_some_and(|taken| taken.number == number))
}

impl Seats {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            taken: Vec::new(),
            count: 0,
            of_address: HashMap::new(),
            newcomers: Line::default(),
            regulars: Line::default(),
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
        if newcomer.is_some() && self.newcomers.count > self.most / 2 {
            return newcomer.map(|(_, place)| place);
        }
        let first = newcomer.into_iter().chain(self.first_regular()).min_by_key(|(since, _)| *since);
        first.map(|(_, place)| place)
    }

    /// Whoever has asked is none any more.
    fn first_newcomer(&mut self) -> Option<(u64, Place)> {
        loop {
            let (number, place) = self.newcomers.first(&self.taken)?;
            let since = self.taken(place)?.seat.waiting_since();
            if since == Some(number) {
                return Some((number, place));
            }
            self.newcomers.pop_first();
            self.line_up(place, since);
        }
    }

    fn first_regular(&mut self) -> Option<(u64, Place)> {
        // Once to put each number right, and once to find the first then.
        for _ in 0..2 * self.regulars.count {
            let (number, place) = self.regulars.first(&self.taken)?;
            let since = self.taken(place)?.seat.waiting_since();
            if since == Some(number) {
                return Some((number, place));
            }
            self.regulars.pop_first();
            self.line_up(place, since);
        }
        None
    }

    /// Among the regulars, by since when it waits. Whoever acts stands behind all that wait.
    fn line_up(&mut self, place: Place, since: Option<u64>) {
        let Some(taken) = self.taken.get_mut(place).and_then(Option::as_mut) else { return };
        taken.number = since.unwrap_or_else(|| self.now.fetch_add(1, Ordering::Relaxed));
        taken.is_newcomer = false;
        self.regulars.push(taken.number, place);
    }

    pub(super) fn take(&mut self, place: Place, address: IpAddr, seat: Seat) {
        let of_address = self.of_address.entry(address).or_default();
        let index = of_address.len();
        of_address.push(place);
        // Where it acts already, on another thread, that is found out like anything else.
        let number = seat.waiting_since().unwrap_or_else(|| self.now.fetch_add(1, Ordering::Relaxed));
        self.newcomers.push(number, place);
        if self.taken.len() <= place {
            self.taken.resize_with(place + 1, || None);
        }
        self.taken[place] = Some(Taken { address, index, seat, number, is_newcomer: true });
        self.count += 1;
    }

    /// A connection has ended or was cut.
    pub(super) fn leave(&mut self, place: Place) {
        let Some(taken) = self.taken.get_mut(place).and_then(Option::take) else { return };
        self.count -= 1;
        let line = if taken.is_newcomer { &mut self.newcomers } else { &mut self.regulars };
        line.leave(&self.taken);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 12;

    #[derive(Debug, Clone, Copy)]
    enum Happens {
        Comes,
        Acts(usize),
        Waits(usize),
        Goes(usize),
    }

    fn happenings() -> impl Strategy<Value = Vec<Happens>> {
        let one = prop_oneof![
            6 => Just(Happens::Comes),
            2 => (0..MOST).prop_map(Happens::Acts),
            2 => (0..MOST).prop_map(Happens::Waits),
            1 => (0..MOST).prop_map(Happens::Goes),
        ];
        proptest::collection::vec(one, 0..400)
    }

    fn address() -> IpAddr {
        IpAddr::from([192, 0, 2, 7])
    }

    /// Who is there, as far as a test has to know: what they tell of themselves, and whether they have ever asked.
    #[derive(Default)]
    struct Present(HashMap<Place, (Seat, bool)>);

    impl Present {
        fn longest_waiting(&self, among: impl Fn(bool) -> bool) -> Option<Place> {
            let waiting = self.0.iter().filter(|(_, (_, has_asked))| among(*has_asked));
            let waiting = waiting.filter_map(|(place, (seat, _))| Some((seat.waiting_since()?, *place)));
            waiting.min().map(|(_, place)| place)
        }
    }

    proptest! {
        #[test]
        fn who_gives_way_waits_longest_of_all_or_of_those_who_never_asked(happenings in happenings()) {
            let (mut seats, mut present) = (Seats::new(MOST, usize::MAX), Present::default());
            for happens in happenings {
                match happens {
                    Happens::Comes => {
                        let place = match seats.room(address()) {
                            Room::Free => (0..MOST).find(|place| !present.0.contains_key(place)).unwrap(),
                            Room::None => {
                                prop_assert_eq!(present.longest_waiting(|_| true), None, "there is one who waits");
                                continue;
                            }
                            Room::After(place) => {
                                let of_all = present.longest_waiting(|_| true);
                                let of_newcomers = present.longest_waiting(|has_asked| !has_asked);
                                prop_assert!([of_all, of_newcomers].contains(&Some(place)), "{place}");
                                seats.leave(place);
                                present.0.remove(&place);
                                place
                            }
                        };
                        let seat = seats.next();
                        seats.take(place, address(), seat.clone());
                        present.0.insert(place, (seat, false));
                    }
                    Happens::Acts(place) => {
                        if let Some((seat, has_asked)) = present.0.get_mut(&place) {
                            seat.acts();
                            *has_asked = true;
                        }
                    }
                    Happens::Waits(place) => {
                        if let Some((seat, _)) = present.0.get(&place) {
                            seat.waits();
                        }
                    }
                    Happens::Goes(place) => {
                        seats.leave(place);
                        present.0.remove(&place);
                    }
                }
                prop_assert_eq!(seats.newcomers.count + seats.regulars.count, present.0.len());
                for line in [&seats.newcomers, &seats.regulars] {
                    prop_assert!(line.numbers.len() <= 2 * line.count + Line::FEW + 1, "those who have gone pile up");
                }
            }
        }
    }
}
