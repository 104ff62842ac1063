//! One thread's loop in which the parts meet: targets in, events out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wigwag_net::driver::{Done, Driver};
use wigwag_protocol::Moment;

use crate::control::Control;
use crate::event::{Batch, Sink, Stop};
use crate::gate::Gate;
use crate::pace::Pace;
use crate::schedule::{Room, Schedule};
use crate::target::{Pulled, Source};

/// How soon a reader that was behind is asked again.
const READER_IS_BEHIND: Duration = Duration::from_millis(5);

/// So many events are told at once, or a small part of what may be in flight: what is not told is not written down either, and
/// would be unknown if this program were killed. And how long the first of them waits for others.
const TOLD_AT_ONCE: usize = 256;
const PART_TOLD: usize = 32;
const TOLD_WITHIN: Duration = Duration::from_millis(1);

/// What a run is made of.
pub struct Run<'a> {
    /// How fast, and what stops it.
    pub pace: Pace,
    /// Whom it is for.
    pub source: &'a mut dyn Source,
    /// What has to be certain before a command leaves.
    pub gate: &'a mut dyn Gate,
    /// Who is told.
    pub sink: &'a mut dyn Sink,
    /// What sends.
    pub driver: &'a mut dyn Driver,
    /// A person's hand on it.
    pub control: &'a Control,
    /// Decides where waits and the numbers of commands begin; random unless a run is to be had again.
    pub seed: u64,
    /// What was told to whom before, in earlier processes of the run.
    pub claims: &'a mut dyn Iterator<Item = Claim>,
    /// The wave to begin with.
    pub wave: usize,
}

/// A target that was told something before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where it went: the place of its [`Intent`](crate::Intent), as it is shown.
    pub place: String,
    /// What was sent: see [`Task::fingerprint`](crate::Task::fingerprint).
    pub fingerprint: u64,
    /// The target's number.
    pub target: u32,
}

/// How a run ended. How it ended for each target has been told.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Why it stopped before its end, if it did.
    pub stopped: Option<Stop>,
    /// The list of targets broke off.
    pub source_failed: bool,
    /// How long it took.
    pub wall: Duration,
}

impl Run<'_> {
    /// Runs until every target has its outcome and everything has been told.
    pub fn run(self) -> Finished {
        let Self { pace, source, gate, sink, driver, control, seed, claims, wave } = self;
        control.set_waker(driver.waker());
        let began = driver.now();
        let fanout = pace.fanout;
        let mut schedule = Schedule::new(pace, wave, seed, SystemTime::now(), began);
        for Claim { place, fingerprint, target } in claims {
            schedule.claim(&place, fingerprint, target);
        }
        let mut telling = Telling::new((fanout / PART_TOLD).clamp(1, TOLD_AT_ONCE));
        let (mut starts, mut done) = (Vec::new(), Vec::new());
        let mut has_stopped = false;
        loop {
            let now = driver.now();
            schedule.handle_stops(control.stops(), now);
            schedule.handle_agreed(control.agreed());
            if let Some(why) = gate.refusal() {
                schedule.handle_refused(&why, now);
            }
            schedule.advance(now);
            if schedule.stopped().is_some() && !std::mem::replace(&mut has_stopped, true) {
                source.stop();
            }
            let source_has_more = pull(&mut schedule, source, now);
            schedule.advance(now);

            for duplicate in schedule.poll_duplicates() {
                let first = source.name_of(duplicate.first);
                schedule.handle_duplicate(duplicate, first, now);
            }
            let intents = schedule.poll_intents();
            if !intents.is_empty() {
                gate.ask(intents);
            }
            schedule.handle_granted(gate.granted());
            driver.look_up(schedule.poll_lookups());
            schedule.poll_starts(&mut starts);
            starts.drain(..).for_each(|job| driver.start(job));
            if let Some(cut) = schedule.poll_cut() {
                driver.cut(cut);
            }

            telling.add(&mut schedule, now);
            telling.tell(sink, schedule.is_over(), now);
            schedule.hold(telling.reader_is_behind);
            if schedule.is_over() && telling.untold.is_empty() {
                let (stopped, source_failed) = (schedule.stopped().cloned(), schedule.source_has_failed());
                return Finished { stopped, source_failed, wall: driver.now().since(began) };
            }

            let until = match source_has_more && !telling.reader_is_behind {
                true => Some(now),
                false => schedule.deadline().into_iter().chain(telling.deadline(now)).min(),
            };
            driver.poll(until, &mut done);
            handle(&mut schedule, &mut done, driver.now());
        }
    }
}

/// What has happened and is still to be told.
struct Telling {
    untold: Batch,
    /// When the first of them happened.
    since: Moment,
    at_once: usize,
    /// There was no room for them.
    reader_is_behind: bool,
    /// What may still be read.
    told: VecDeque<Batch>,
    /// Empty, with memory for others: what has grown once need not grow again.
    spare: Vec<Batch>,
}

impl Telling {
    fn new(at_once: usize) -> Self {
        Self {
            untold: Batch::default(),
            since: Moment::ORIGIN,
            at_once,
            reader_is_behind: false,
            told: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    fn add(&mut self, schedule: &mut Schedule, now: Moment) {
        if self.untold.is_empty() {
            self.since = now;
        }
        // Nobody else holds what is not told yet.
        schedule.poll_events(Arc::make_mut(&mut self.untold));
    }

    /// Tells a batch, if there are enough, or the first has waited for long enough, or `all` are to be told.
    fn tell(&mut self, sink: &mut dyn Sink, all: bool, now: Moment) {
        let is_due = all || self.untold.len() >= self.at_once || now >= self.since + TOLD_WITHIN;
        if is_due && !self.untold.is_empty() {
            self.reader_is_behind = !sink.offer(&self.untold);
            if !self.reader_is_behind {
                let next = self.spare.pop().unwrap_or_default();
                self.told.push_back(std::mem::replace(&mut self.untold, next));
            }
        }
        while let Some(events) = self.told.front_mut().and_then(Arc::get_mut) {
            events.clear();
            self.spare.extend(self.told.pop_front());
        }
    }

    /// When the next batch is told, if there are not enough before.
    fn deadline(&self, now: Moment) -> Option<Moment> {
        match (self.untold.is_empty(), self.reader_is_behind) {
            (true, _) => None,
            (false, true) => Some(now + READER_IS_BEHIND),
            (false, false) => Some(self.since + TOLD_WITHIN),
        }
    }
}

/// Takes in targets as far as there is room. Whether the source may have more at once.
fn pull(schedule: &mut Schedule, source: &mut dyn Source, now: Moment) -> bool {
    let Room { targets, below } = schedule.room();
    if targets == 0 {
        return false;
    }
    match source.pull(targets, below) {
        Pulled::Targets(targets) => targets.into_iter().for_each(|target| schedule.add(target, now)),
        Pulled::Later => return false,
        Pulled::NoneBelow => schedule.handle_none_below(),
        Pulled::End => schedule.handle_end_of_targets(),
        Pulled::Failed(cause) => schedule.handle_failed_source(cause),
    }
    schedule.room().targets > 0
}

/// Hands on what the driver has done, and judges it as one batch.
fn handle(schedule: &mut Schedule, done: &mut Vec<Done>, now: Moment) {
    for done in done.drain(..) {
        match done {
            Done::LookedUp { id, addresses } => schedule.handle_looked_up(number(id), addresses, now),
            Done::Ended { id, end } => schedule.handle_ended(number(id), end, now),
        }
    }
    schedule.judge(now);
}

/// The number of a target, which is what its jobs are called.
fn number(id: u64) -> u32 {
    u32::try_from(id).unwrap_or(u32::MAX)
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("pace", &self.pace).finish_non_exhaustive()
    }
}
