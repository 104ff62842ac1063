//! Who is started when: order, fanout, rate, places, waves, retries, halts.
//!
//! Pure state; the present moment is passed in with everything. `add` and `handle_*` take in what happened, `poll_*` give
//! out what to do, [`Schedule::deadline`] says when to ask again if nothing happens.
//!
//! ```text
//!   add ──(name)──> looked up ──> ready ──(place, rate, wave)──> asked ──(gate)──> granted ──(fanout)──> in flight ──> outcome
//!                                   ^                                                                      │
//!                                   └──────────────── waiting (backoff) <──── may be tried again ──────────┘
//! ```
//!
//! | file | what it decides |
//! |---|---|
//! | `active` | what is known of a target on its way |
//! | `claims` | one device, once |
//! | `ends` | what becomes of an attempt that has ended |
//! | `places` | one at a time to a device, not too many in a network |
//! | `stop` | what becomes of everything when no more is started |
//! | `tally` | whether a halt rule holds |
//! | `wave` | how far starts may go now |
//! | `chance` | numbers that nobody can foresee |

mod active;
mod chance;
mod claims;
mod ends;
mod places;
mod stop;
mod tally;
mod wave;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::SystemTime;

use foldhash::fast::RandomState;
use wigwag_net::DialError;
use wigwag_net::driver::{Cut, Job, Lookup};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::End;
use wigwag_protocol::outcome::{Outcome, Skipped};
use wigwag_protocol::protocol::Effect;

use crate::event::{Event, Stop};
use crate::gate::Intent;
use crate::pace::{Meter, Pace};
use crate::target::Target;
use active::{Active, State};
use chance::Chance;
use claims::Claims;
use ends::not_found;
pub use places::{Place, Places};
use tally::Tally;
use wave::Waving;

/// How many targets may be taken in that cannot be started yet, so that a device that is taken, or a name that is being
/// looked up, does not hold up the others.
const AHEAD: usize = 4096;

/// How many targets are taken in that could be started if there were room: few, since what lies about for long is far away
/// in memory when its turn comes.
const AT_HAND: usize = 64;

/// Intents never run ahead of starts by more than three quarters of the fanout, or by this where that is less: with what is
/// in flight, and ends that are not written down yet, a kill leaves no more than twice the fanout unknown. Once they are so far
/// ahead, more are asked for when half of these have started: many at once cost the journal little more than one.
const LEAST_INTENTS: usize = 48;

/// What happens next in a run.
#[derive(Debug)]
pub struct Schedule {
    pace: Pace,
    epoch: SystemTime,
    began: Moment,
    chance: Chance,
    active: HashMap<u32, Active, RandomState>,
    /// Taken in and free to be asked for, in order.
    ready: VecDeque<u32>,
    /// In the order of the moments at which they are tried again.
    waiting: BinaryHeap<Reverse<(Moment, u32)>>,
    lookups: Vec<u32>,
    /// In the order of the questions; what has ended meanwhile stays until its grant comes.
    asked: VecDeque<u32>,
    intents: Vec<Intent>,
    /// The gate is asked for more.
    asks_ahead: bool,
    /// How many of all questions have been granted.
    granted: u64,
    startable: VecDeque<u32>,
    in_flight: usize,
    places: Places,
    claims: Claims,
    duplicates: Vec<Duplicate>,
    meter: Option<Meter>,
    waving: Waving,
    tally: Tally,
    /// Nothing starts before, because this machine is short of something.
    short_until: Option<Moment>,
    shortages_in_a_row: u32,
    stop: Option<Stop>,
    cut: Option<Cut>,
    /// How many stops of a person have been followed.
    stops_followed: u8,
    source_has_ended: bool,
    source_has_failed: bool,
    /// The reader is behind.
    held: bool,
    events: Vec<Event>,
}

/// What there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// So many targets.
    pub targets: usize,
    /// With numbers below this one.
    pub below: u32,
}

/// A target that tells a device what it has been told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// Its number.
    pub target: u32,
    /// The number of the target that was first.
    pub first: u32,
}

impl Schedule {
    /// A run that begins `now`, which is `time`, with the wave `wave`; `seed` decides where waits and `seq` numbers fall.
    pub fn new(pace: Pace, wave: usize, seed: u64, time: SystemTime, now: Moment) -> Self {
        Self {
            epoch: time - now.since_origin(),
            began: now,
            chance: Chance::new(seed),
            active: HashMap::default(),
            ready: VecDeque::new(),
            waiting: BinaryHeap::new(),
            lookups: Vec::new(),
            asked: VecDeque::new(),
            intents: Vec::new(),
            asks_ahead: true,
            granted: 0,
            startable: VecDeque::new(),
            in_flight: 0,
            places: Places::new(pace.per_subnet.clone()),
            claims: Claims::default(),
            duplicates: Vec::new(),
            meter: pace.rate.map(Meter::new),
            waving: Waving::new(&pace, wave),
            tally: Tally::default(),
            short_until: None,
            shortages_in_a_row: 0,
            stop: None,
            cut: None,
            stops_followed: 0,
            source_has_ended: false,
            source_has_failed: false,
            held: false,
            events: Vec::new(),
            pace,
        }
    }

    /// Notes that a target was told something in an earlier process of the run.
    pub fn claim(&mut self, place: &str, fingerprint: u64, target: u32) {
        // Where two earlier targets claim one device the first one counts.
        let _ = self.claims.claim(&[Place::read(place)], fingerprint, target);
    }

    // ---- what happened ----

    /// How many more targets may be added now, and below which number.
    pub fn room(&self) -> Room {
        let (targets, below) = match (&self.stop, self.waving.has_room()) {
            _ if self.source_has_ended || self.held => (0, 0),
            // What is left is told that it is not sent.
            (Some(_), _) => (AHEAD, u32::MAX),
            (None, false) => (0, 0),
            (None, true) => {
                let window = AHEAD.max(self.pace.fanout.saturating_mul(2)).saturating_sub(self.active.len());
                // What is granted ahead of its start keeps nothing from being asked for.
                let started = (self.in_flight + self.startable.len()).min(self.pace.fanout);
                let at_hand = (self.pace.fanout + AT_HAND).saturating_sub(started + self.ready.len());
                (window.min(at_hand), self.waving.end())
            }
        };
        Room { targets, below }
    }

    /// Takes in a target.
    pub fn add(&mut self, target: Target, now: Moment) {
        let Target { number, name, tried, order } = target;
        let (order, (outcome, error)) = match (order, &self.stop) {
            (Ok(order), None) => {
                self.active.insert(number, Active::new(number, name, tried, order));
                self.begin_attempt(number);
                return;
            }
            (Ok(order), Some(stop)) => (Ok(order), stop::untried(stop)),
            (Err(invalid), _) => {
                let untried = (Outcome::Skipped(invalid.reason), invalid.message.clone());
                (Err(invalid), untried)
            }
        };
        self.tell_not_tried(Target { number, name, tried, order }, outcome, error, now);
    }

    /// The next target is not below the number that [`room`](Self::room) said.
    pub fn handle_none_below(&mut self) {
        self.waving.handle_none_below();
    }

    /// There are no more targets.
    pub fn handle_end_of_targets(&mut self) {
        self.source_has_ended = true;
    }

    /// The list of targets broke off.
    pub fn handle_failed_source(&mut self, cause: String) {
        self.source_has_ended = true;
        self.source_has_failed = true;
        self.events.push(Event::SourceFailed(cause));
    }

    /// A name was looked up.
    pub fn handle_looked_up(&mut self, number: u32, addresses: Result<Vec<SocketAddr>, DialError>, now: Moment) {
        let Some(active) = self.active.get_mut(&number).filter(|active| active.state == State::LookingUp) else {
            return;
        };
        match addresses {
            Ok(addresses) => {
                active.addresses = addresses;
                self.identify(number);
            }
            Err(error) => {
                let end = not_found(active, &error, now);
                self.conclude(number, end.outcome, end.evidence, now);
            }
        }
    }

    /// The first of a duplicate is called so, where that is known.
    pub fn handle_duplicate(&mut self, duplicate: Duplicate, first: Option<String>, now: Moment) {
        let Some(active) = self.active.get(&duplicate.target) else { return };
        let first = first.unwrap_or_else(|| format!("target {}", duplicate.first));
        let place = active.places().first().map(Place::to_string).unwrap_or_default();
        let error = format!("not sent: the same command goes to {place} already, as {first}");
        self.end_untried(duplicate.target, Outcome::Skipped(Skipped::Duplicate), error, now);
    }

    /// So many of all intents are durable.
    pub fn handle_granted(&mut self, granted: u64) {
        while self.granted < granted {
            let Some(number) = self.asked.pop_front() else { return };
            self.granted += 1;
            if let Some(active) = self.active.get_mut(&number).filter(|active| active.state == State::Asked) {
                active.state = State::Granted;
                self.startable.push_back(number);
            }
        }
    }

    /// An exchange is over.
    pub fn handle_ended(&mut self, number: u32, end: End, now: Moment) {
        if !self.active.get(&number).is_some_and(|active| active.state == State::InFlight) {
            return;
        }
        self.in_flight -= 1;
        let outcome = match (end.outcome, &self.stop) {
            (Outcome::Cancelled, Some(stop)) => stop::untried(stop).0,
            (outcome, _) => outcome,
        };
        self.conclude(number, outcome, end.evidence, now);
    }

    /// A batch of ends has been handled: judges the halt rules.
    pub fn judge(&mut self, now: Moment) {
        let canary = self.waving.is_canary();
        let rules = self.pace.halts.iter().chain(self.pace.canary_halts.iter().filter(|_| canary));
        if self.stop.is_none()
            && let Some(rule) = self.tally.broken(rules)
        {
            self.stop(Stop::Halt(rule.clone()), now);
        }
    }

    /// The reader of events is behind (or no longer): nothing new begins meanwhile.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    // ---- what to do ----

    /// Moves everything on to `now`; to be called before what follows is polled.
    pub fn advance(&mut self, now: Moment) {
        if self.pace.deadline.is_some_and(|deadline| now >= self.began + deadline) && self.stop.is_none() {
            self.stop(Stop::Deadline, now);
        }
        let is_empty = self.active.is_empty();
        let over = self.source_has_ended || self.stop.is_some();
        self.events.extend(self.waving.advance(is_empty && !over, now));
        while let Some(Reverse((due, number))) = self.waiting.peek().copied().filter(|Reverse((due, _))| *due <= now) {
            debug_assert!(due <= now);
            self.waiting.pop();
            if self.active.get(&number).is_some_and(|active| active.state == State::Waiting) {
                self.begin_attempt(number);
            }
        }
        if self.short_until.is_some_and(|until| until <= now) {
            self.short_until = None;
        }
        self.ask(now);
    }

    /// The names to be looked up.
    pub fn poll_lookups(&mut self) -> Vec<Lookup> {
        let numbers = std::mem::take(&mut self.lookups);
        let lookup = |number| {
            let active = self.active.get(&number)?;
            let name = active.name_to_look_up()?.to_owned();
            let limit = active.order.task.call.times().connect;
            Some(Lookup { id: u64::from(number), name, port: active.order.endpoint.port, limit })
        };
        numbers.into_iter().filter_map(lookup).collect()
    }

    /// The duplicates whose first ones are to be named.
    pub fn poll_duplicates(&mut self) -> Vec<Duplicate> {
        std::mem::take(&mut self.duplicates)
    }

    /// What the gate is to be asked for.
    pub fn poll_intents(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }

    /// What is to be started is appended.
    pub fn poll_starts(&mut self, jobs: &mut Vec<Job>) {
        while self.in_flight < self.pace.fanout && self.short_until.is_none() {
            let Some(number) = self.startable.pop_front() else { break };
            let seq = self.chance.next();
            if let Some(active) = self.active.get_mut(&number).filter(|active| active.state == State::Granted) {
                active.state = State::InFlight;
                jobs.push(active.job(seq));
                self.in_flight += 1;
            }
        }
        self.look_ahead();
    }

    /// What is to be cut.
    pub fn poll_cut(&mut self) -> Option<Cut> {
        self.cut.take()
    }

    /// What has happened since it was asked last is appended.
    pub fn poll_events(&mut self, events: &mut Vec<Event>) {
        events.append(&mut self.events);
    }

    /// When to [`advance`](Self::advance) if nothing happens before.
    pub fn deadline(&self) -> Option<Moment> {
        let run = self.pace.deadline.filter(|_| self.stop.is_none()).map(|deadline| self.began + deadline);
        let waiting = self.waiting.peek().map(|Reverse((due, _))| *due);
        let may_ask = !self.ready.is_empty() && !self.held && self.stop.is_none() && self.may_ask_next();
        let starts = self.short_until.or(may_ask.then(|| self.next_start()).flatten());
        [run, waiting, starts, self.waving.deadline()].into_iter().flatten().min()
    }

    /// Whether every target has its outcome.
    pub fn is_over(&self) -> bool {
        self.source_has_ended && self.active.is_empty()
    }

    /// Whether the list of targets broke off.
    pub fn source_has_failed(&self) -> bool {
        self.source_has_failed
    }

    /// Why no more is started.
    pub fn stopped(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    // ---- a target's way ----

    fn begin_attempt(&mut self, number: u32) {
        let Some(active) = self.active.get_mut(&number) else { return };
        active.attempt = active.attempt.saturating_add(1);
        if active.addresses.is_empty() && active.name_to_look_up().is_some() {
            active.state = State::LookingUp;
            self.lookups.push(number);
            return;
        }
        self.identify(number);
    }

    /// Its places are known: it is a device of its own, or one that has been told the same.
    fn identify(&mut self, number: u32) {
        let Some(active) = self.active.get_mut(&number) else { return };
        active.state = State::Ready;
        let claimed = self.claims.claim(&active.places(), active.order.task.fingerprint(), number);
        match claimed {
            Ok(()) => self.ready.push_back(number),
            Err(first) => self.duplicates.push(Duplicate { target: number, first }),
        }
    }

    /// Asks for as many as places, rate and the gate's lead allow.
    fn ask(&mut self, now: Moment) {
        while self.stop.is_none() && !self.held && self.short_until.is_none() && self.may_ask_next() {
            if self.next_start().is_some_and(|next| next > now) {
                return;
            }
            let Some(number) = self.ready.pop_front() else { return };
            let Some(active) = self.active.get_mut(&number).filter(|active| active.state == State::Ready) else {
                continue;
            };
            let places = active.places();
            if !self.places.enter(&places, number) {
                continue;
            }
            if let Some(meter) = &mut self.meter {
                meter.take(now);
            }
            match active.order.task.call.effect() {
                Effect::Read => {
                    active.state = State::Granted;
                    self.startable.push_back(number);
                }
                Effect::Idempotent | Effect::Once => {
                    active.state = State::Asked;
                    self.intents.push(active.intent(&places));
                    self.asked.push_back(number);
                    self.look_ahead();
                }
            }
        }
    }

    /// Whether the next one may be asked for: what the gate is asked about so far ahead of its start, what is granted as it
    /// stands when there is room to start it.
    fn may_ask_next(&self) -> bool {
        let next = self.ready.front().and_then(|number| self.active.get(number));
        match next.map(|active| active.order.task.call.effect()) {
            Some(Effect::Read) => self.in_flight + self.startable.len() < self.pace.fanout,
            Some(Effect::Idempotent | Effect::Once) => self.asks_ahead,
            None => true,
        }
    }

    /// What the gate is asked about has become more, or less.
    fn look_ahead(&mut self) {
        let lead = (self.pace.fanout / 4 * 3).max(LEAST_INTENTS);
        let ahead = self.asked.len() + self.startable.len();
        self.asks_ahead = ahead < lead && (self.asks_ahead || ahead <= lead / 2);
    }

    /// When the rate allows the next start.
    fn next_start(&self) -> Option<Moment> {
        self.meter.as_ref().map(Meter::next)
    }
}
