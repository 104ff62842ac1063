//! A crowd is set on an agent.

use std::thread;
use std::time::{Duration, Instant};

use crate::agent::{Agent, Ended, REQUEST};
use crate::footprint::{Footprint, Holds};
use crate::good::{self, Good, Served};
use crate::hostile::{Came, Crowd, Kind};
use crate::report::Report;

/// What is tried.
pub(crate) struct Trial {
    pub(crate) name: &'static str,
    /// `limits.connections` of the agent.
    pub(crate) connections: usize,
    pub(crate) crowd: Crowd,
    pub(crate) lasts: Duration,
}

/// What the agent took: before, with the crowd at the door, at the end of each third, and after.
pub(crate) struct Watched {
    pub(crate) footprints: Vec<(&'static str, Footprint)>,
    pub(crate) most: Holds,
}

const THIRDS: [&str; 3] = ["first third", "second third", "third third"];

impl Trial {
    pub(crate) fn hold(&self) {
        let agent = Agent::start(self.connections);
        let start = Holds::of(agent.pid());
        let beforehand = good::once_each(agent.door);
        Holds::wait(agent.pid(), "good clients have left something", |holds| holds == start);
        let mut watched = Watched { footprints: vec![("before", Footprint::of(agent.pid()))], most: start };

        let gathered = self.crowd.gather(agent.door);
        Holds::wait(agent.pid(), "the crowd does not get in", |holds| holds.descriptors >= self.has_come());
        let good = Good::start(agent.door);
        self.watch(agent.pid(), &mut watched);
        let served = good.finish();
        let came = gathered.disperse();

        // Behind all of the crowd that still waits to be accepted.
        let afterwards = good::once_each(agent.door);
        Holds::wait(agent.pid(), "the crowd has left something", |holds| holds == start);
        watched.footprints.push(("after", Footprint::of(agent.pid())));
        let ended = agent.stop();
        let report = Report { trial: self, came: &came, served: &served, watched: &watched, log: &ended.log };
        report.print();
        let served = [beforehand, served, afterwards].concat();
        all_right(&served);
        self.little_was_taken(&watched, start);
        all_are_told_of(&ended, &came, &served);
    }

    /// How many descriptors the agent has when the crowd has come.
    fn has_come(&self) -> usize {
        let idle: usize = self.crowd.0.iter().filter(|(kind, _)| *kind == Kind::Idle).map(|(_, count)| count).sum();
        idle.min(self.connections)
    }

    /// For as long as the crowd is there.
    fn watch(&self, pid: u32, watched: &mut Watched) {
        const LOOKS: u32 = 100;
        watched.footprints.push(("all are there", Footprint::of(pid)));
        let began = Instant::now();
        for (third, name) in (1..).zip(THIRDS) {
            while began.elapsed() < self.lasts * third / 3 {
                watched.most = watched.most.most(Holds::of(pid));
                thread::sleep(self.lasts / LOOKS);
            }
            watched.footprints.push((name, Footprint::of(pid)));
        }
    }

    /// No more than the limits say, and no more and more.
    fn little_was_taken(&self, watched: &Watched, start: Holds) {
        /// Of each connection in a debug build: what is known of it, and a request in a buffer that doubles as it grows.
        const OF_ONE_KIB: u64 = 16 + 2 * REQUEST as u64 / 1024;
        /// Of memory that is in use the allocator loses this part where clients that need little and clients that need much
        /// take turns, as all do when those that were idle for too long come back. Where the house is full it is little, and
        /// 16 bytes that were lost with each connection would be more in a minute.
        const TORN: u64 = 6;
        /// It is asked of the kernel in pieces.
        const LOOSE_KIB: u64 = 4 * 1024;
        /// Two pipes and the process itself, and what is on its way.
        const OF_A_PROGRAM: usize = 4;
        /// Connections that have been cut and not yet been closed.
        const LEAVING: usize = 64;
        let at = |name: &str| watched.footprints.iter().find(|(when, _)| *when == name).unwrap().1;
        let (before, early, late, after) = (at("before"), at(THIRDS[0]), at(THIRDS[2]), at("after"));

        let flat = early.resident_kib + early.resident_kib / TORN + LOOSE_KIB;
        assert!(late.resident_kib <= flat, "{} KiB became {}", early.resident_kib, late.resident_kib);
        let bound = before.resident_kib + self.connections as u64 * OF_ONE_KIB + LOOSE_KIB;
        assert!(after.most_resident_kib <= bound, "{} KiB, {bound} are allowed", after.most_resident_kib);
        let most = start.descriptors + self.connections + OF_A_PROGRAM * watched.most.children + LEAVING;
        assert!(watched.most.descriptors <= most, "{:?}, {most} descriptors are allowed", watched.most);
        assert_eq!(watched.most.threads, start.threads, "no client is worth a thread");
    }
}

fn all_right(served: &[Served]) {
    const SHOWN: usize = 10;
    for served in served {
        let failed = served.failures.len();
        let shown = &served.failures[..failed.min(SHOWN)];
        assert!(failed == 0 && !served.took.is_empty(), "{failed} of {:?} failed: {shown:#?}", served.habit);
    }
}

/// What the agent says of its connections in the end is what we know of them.
fn all_are_told_of(ended: &Ended, came: &[(Kind, Came)], served: &[Served]) {
    let good: u64 = served.iter().map(|served| served.connections).sum();
    let made: u64 = came.iter().map(|(_, came)| came.made()).sum();
    let tried: u64 = came.iter().map(|(_, came)| came.tried()).sum();
    let [accepted, gave_way, no_room] = ended.connections();

    assert_eq!((ended.code, &ended.log.errors[..]), (Some(0), &[][..]));
    // Of those that were still being made when the crowd was sent away some came to be. Where too many wait to be accepted the
    // kernel forgets one now and then that its client takes for made.
    let forgotten = made / 100;
    let right = made + good - forgotten..=tried + good;
    assert!(right.contains(&accepted), "{accepted} of {made} to {tried}, and {good} good ones");
    assert!(gave_way + no_room + good <= accepted, "{}", ended.log.last);
}
