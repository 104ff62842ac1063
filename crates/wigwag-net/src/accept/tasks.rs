//! The tasks of connections: one for each, all polled by the accept loop that they belong to.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use mio::Token;
use mio::event::Event;

/// The place of a task among all; that of one that has ended goes to another.
pub(super) type Place = usize;

/// What is known of a socket: something can be read, something can be written, and the client sends no more.
pub(super) const READABLE: u8 = 1;
pub(super) const WRITABLE: u8 = 2;
pub(super) const ENDED: u8 = 4;

/// What a task, its socket and its wakers have in common. It stays with the place, so that a connection costs none: whoever
/// comes next may be woken in vain.
#[derive(Debug)]
pub(super) struct Station {
    place: Place,
    known: AtomicU8,
    is_woken: AtomicBool,
    woken: Arc<Woken>,
}

/// The tasks that are to be polled, and the loop that does it.
#[derive(Debug, Default)]
struct Woken(Mutex<(Vec<Place>, Option<Waker>)>);

impl Woken {
    fn lock(&self) -> MutexGuard<'_, (Vec<Place>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Station {
    pub(super) const fn token(&self) -> Token {
        Token(self.place)
    }

    pub(super) fn set(&self, what: u8) {
        self.known.fetch_or(what, Ordering::Relaxed);
    }

    /// Whether that is known. It has to be told again before it is known again.
    pub(super) fn take(&self, what: u8) -> bool {
        self.known.fetch_and(!what, Ordering::Relaxed) & what != 0
    }

    /// Whether reading is worth a try. An end is told once, and not again for those who read what came before.
    pub(super) fn takes_reading(&self) -> bool {
        self.known.fetch_and(!READABLE, Ordering::Relaxed) & (READABLE | ENDED) != 0
    }

    /// Lets its task be polled in the next turn, and read.
    pub(super) fn look_in_next_turn(&self) {
        self.set(READABLE);
        self.is_to_be_polled(true);
    }

    /// Sees to it that its task is polled, and tells the loop if that may not know.
    fn is_to_be_polled(&self, tell: bool) {
        if self.is_woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut woken = self.woken.lock();
        woken.0.push(self.place);
        let waker = if tell { woken.1.clone() } else { None };
        drop(woken);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Wake for Station {
    fn wake(self: Arc<Self>) {
        self.is_to_be_polled(true);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_to_be_polled(true);
    }
}

/// How a task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Finished,
    Panicked,
}

/// All tasks. Dropped with all of them.
pub(super) struct Tasks<F> {
    held: Vec<Held<F>>,
    free: Vec<Place>,
    woken: Arc<Woken>,
    /// Those that are polled now; kept, so that it is allocated once.
    batch: Vec<Place>,
    /// Where tasks have been, for those that come: to allocate and to free it for each would cost a good part of it.
    spaces: Vec<Space<F>>,
}

type Space<F> = Pin<Box<Option<F>>>;

/// The most spaces that are kept empty.
const EMPTY_SPACES: usize = 256;

struct Held<F> {
    station: Arc<Station>,
    waker: Waker,
    task: Option<Space<F>>,
}

impl<F: Future<Output = ()>> Tasks<F> {
    pub(super) fn new() -> Self {
        Self { held: Vec::new(), free: Vec::new(), woken: Arc::default(), batch: Vec::new(), spaces: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len() - self.free.len()
    }

    /// The station of the task that is started next, with a socket that nobody has looked at.
    pub(super) fn next_station(&mut self) -> Arc<Station> {
        let place = match self.free.last() {
            Some(place) => *place,
            None => self.add_place(),
        };
        let station = self.held[place].station.clone();
        station.known.store(READABLE, Ordering::Relaxed);
        station
    }

    fn add_place(&mut self) -> Place {
        let place = self.held.len();
        let (known, is_woken) = (AtomicU8::new(0), AtomicBool::new(false));
        let station = Arc::new(Station { place, known, is_woken, woken: self.woken.clone() });
        self.held.push(Held { waker: station.clone().into(), station, task: None });
        self.free.push(place);
        place
    }

    /// Starts a task at the place of [`next_station`](Self::next_station); it is still to be polled.
    pub(super) fn start(&mut self, task: F) {
        if let Some(place) = self.free.pop() {
            let mut space = self.spaces.pop().unwrap_or_else(|| Box::pin(None));
            space.set(Some(task));
            self.held[place].task = Some(space);
        }
    }

    /// Takes in what happened on the socket of a task.
    pub(super) fn happened(&self, event: &Event) {
        let Some(held) = self.held.get(event.token().0) else { return };
        let flag = |is_so: bool, flag: u8| if is_so { flag } else { 0 };
        let known = flag(event.is_readable(), READABLE) | flag(event.is_writable(), WRITABLE);
        held.station.set(known | flag(event.is_read_closed() || event.is_error(), READABLE | ENDED));
        held.station.is_to_be_polled(false);
    }

    /// Polls each that is to be polled once, and tells of those that have ended. From now on `context` hears of others.
    pub(super) fn poll_woken(&mut self, context: &Context<'_>, mut tell: impl FnMut(Place, Ended)) {
        let mut batch = std::mem::take(&mut self.batch);
        {
            let mut woken = self.woken.lock();
            std::mem::swap(&mut woken.0, &mut batch);
            if !woken.1.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
                woken.1 = Some(context.waker().clone());
            }
        }
        for place in batch.drain(..) {
            self.held[place].station.is_woken.store(false, Ordering::Release);
            if let Some(ended) = self.poll_one(place) {
                tell(place, ended);
            }
        }
        self.batch = batch;
    }

    /// Polls a task; how it has ended, if it has.
    pub(super) fn poll_one(&mut self, place: Place) -> Option<Ended> {
        let held = self.held.get_mut(place)?;
        let mut task = held.task.as_mut()?.as_mut().as_pin_mut()?;
        let mut context = Context::from_waker(&held.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context)));
        let ended = match polled {
            Ok(Poll::Pending) => return None,
            Ok(Poll::Ready(())) => Ended::Finished,
            Err(_panic) => Ended::Panicked,
        };
        self.cut(place);
        Some(ended)
    }

    /// Drops a task, as far as it has come.
    pub(super) fn cut(&mut self, place: Place) {
        let Some(mut space) = self.held.get_mut(place).and_then(|held| held.task.take()) else { return };
        self.free.push(place);
        // What it holds is dropped all the same.
        let emptied = catch_unwind(AssertUnwindSafe(|| space.set(None)));
        if emptied.is_ok() && self.spaces.len() < EMPTY_SPACES {
            self.spaces.push(space);
        }
    }

    /// Drops all.
    pub(super) fn cut_all(&mut self) {
        (0..self.held.len()).for_each(|place| self.cut(place));
    }

    /// Sees to it that all are polled: something has happened that they have to look at.
    pub(super) fn wake_all(&self) {
        for held in self.held.iter().filter(|held| held.task.is_some()) {
            held.station.is_to_be_polled(false);
        }
    }
}
