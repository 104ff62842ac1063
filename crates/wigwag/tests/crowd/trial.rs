//! A crowd is set on an agent.

use std::thread;
use std::time::{Duration, Instant};

use crate::agent::Agent;
use crate::footprint::{Footprint, Holds};
use crate::good::{self, Good, Served};
use crate::hostile::{Crowd, Kind};
use crate::report::Report;

/// What is tried.
pub(crate) struct Trial {
    pub(crate) name: &'static str,
    /// `limits.connections` of the agent.
    pub(crate) connections: usize,
    pub(crate) crowd: Crowd,
    pub(crate) lasts: Duration,
}

/// What the agent took while the crowd was there.
struct Watched {
    footprints: Vec<(&'static str, Footprint)>,
    most: Holds,
}

impl Trial {
    #[expect(clippy::print_stderr, reason = "the figures are what it is for, beside the promises")]
    pub(crate) fn hold(&self) {
        let agent = Agent::start(self.connections);
        // What it makes once, for its first program, is there from here on.
        all_right(&good::once_each(agent.door));
        let start = Holds::wait(agent.pid(), "it still holds something", |holds| holds.children == 0);
        let before = Footprint::of(agent.pid());

        let gathered = self.crowd.gather(agent.door);
        Holds::wait(agent.pid(), "the crowd does not get in", |holds| holds.descriptors >= self.least_held());
        let good = Good::start(agent.door);
        let watched = self.watch(agent.pid(), before);
        let served = good.finish();
        let came = gathered.disperse();

        let left = Holds::wait(agent.pid(), "the crowd has left something", |holds| holds == start || self.hopeless());
        let after = Footprint::of(agent.pid());
        let afterwards = good::once_each(agent.door);
        let ended = agent.stop();
        let Watched { mut footprints, most } = watched;
        footprints.push(("after", after));
        let report = Report {
            name: self.name,
            connections: self.connections,
            lasted: self.lasts,
            came: &came,
            served: &served,
            footprints: &footprints,
            most,
            log: &ended.log,
        };
        eprint!("{}{}\n", report.lines(), report.line());
        let _ = left;
        all_right(&served);
        all_right(&afterwards);
        assert_eq!(ended.code, Some(0));
    }

    fn hopeless(&self) -> bool { false }

    /// How many descriptors the agent has at least when the crowd has arrived.
    fn least_held(&self) -> usize {
        let idle: usize = self.crowd.0.iter().filter(|(kind, _)| *kind == Kind::Idle).map(|(_, count)| count).sum();
        idle.min(self.connections)
    }

    fn watch(&self, pid: u32, before: Footprint) -> Watched {
        const LOOKS: u32 = 60;
        let mut watched = Watched { footprints: vec![("before", before), ("crowd is in", Footprint::of(pid))], most: before.holds };
        let began = Instant::now();
        for third in [("first third", 1), ("second third", 2), ("third third", 3)] {
            while began.elapsed() < self.lasts * third.1 / 3 {
                watched.most = watched.most.most(Holds::of(pid));
                thread::sleep(self.lasts / LOOKS);
            }
            watched.footprints.push((third.0, Footprint::of(pid)));
        }
        watched
    }
}

fn all_right(served: &[Served]) {
    for served in served {
        let failed = served.failures.len();
        let shown = &served.failures[..failed.min(10)];
        assert!(failed == 0 && !served.took.is_empty(), "{failed} of {:?} failed: {shown:#?}", served.habit);
    }
}
