//! Several devices: so many at a time, each told as it ends.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use wigwag_fleet::inventory::Host;
use wigwag_fleet::schedule::Place;
use wigwag_net::Clock;
use wigwag_net::resolve::Resolver;

use super::found::Found;
use super::hosts::{Hosts, Target, Ways};
use super::report::Report;
use super::turns::Turns;
use crate::cli::{CheckArgs, PaceArgs};
use crate::descriptors;
use crate::exit::Exit;
use crate::inventory::census::Census;
use crate::problem::Problem;
use crate::report::{MOST_NAMES, some_of};
use crate::send::{Interrupts, runtime};

/// How long what is left to be written may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) fn check(hosts: &Hosts, ways: Ways, census: &Census, arguments: &CheckArgs) -> Result<Exit, Problem> {
    let fanout = arguments.fanout.unwrap_or(PaceArgs::FANOUT).min(census.targets);
    descriptors::make_room(fanout)?;
    let mut report = Report::new(arguments.output, census.longest_name);
    let runtime = runtime()?;
    let left = runtime.block_on(async {
        let checks = Checks::new(hosts, ways, fanout, arguments.banner_wait);
        checks.run(&mut report).await
    });
    // What is under way is cut, and a resolver that never answers must not hold the program back.
    runtime.shutdown_background();
    let left = left?;
    let unchecked = u64::from(census.targets).saturating_sub(report.counts.total());
    report.summarise(unchecked);
    if unchecked > 0 {
        let _ = writeln!(io::stderr(), "not checked: {}", some_of(&left, unchecked));
    }
    let exit = if unchecked > 0 { Exit::Interrupted } else { Exit::Ok };
    Ok(report.exit().or(exit))
}

/// The checks of a selection: no more of them exist at a time than are under way.
struct Checks {
    hosts: Box<dyn Iterator<Item = Host>>,
    ways: Ways,
    fanout: usize,
    common: Common,
    under_way: JoinSet<(u32, Found)>,
    /// The names of those under way.
    names: BTreeMap<u32, String>,
    next: u32,
}

/// What all checks have in common.
#[derive(Clone)]
struct Common {
    resolver: Resolver,
    turns: Turns,
    clock: Clock,
    banner_wait: Duration,
}

impl Checks {
    fn new(hosts: &Hosts, ways: Ways, fanout: u32, banner_wait: Duration) -> Self {
        let (resolver, clock) = (Resolver::of_this_machine(), Clock::start());
        Self {
            hosts: hosts.iter(),
            ways,
            fanout: fanout as usize,
            common: Common { resolver, turns: Turns::default(), clock, banner_wait },
            under_way: JoinSet::new(),
            names: BTreeMap::new(),
            next: 0,
        }
    }

    /// Runs until all have ended, or a person stops it. The names of those that have not ended then, as far as they are
    /// worth being kept.
    async fn run(mut self, report: &mut Report) -> Result<Vec<String>, Problem> {
        let mut interrupts = Interrupts::new()?;
        tokio::select! {
            biased;
            () = interrupts.next() => {}
            done = self.work(report) => done?,
        }
        // A reader who takes nothing is not waited for.
        if let Ok(done) = timeout(LAST_WORDS, report.finish()).await {
            done?;
        }
        let Self { hosts, names, .. } = self;
        Ok(names.into_values().chain(hosts.map(|host| host.name().to_owned())).take(MOST_NAMES).collect())
    }

    async fn work(&mut self, report: &mut Report) -> Result<(), Problem> {
        report.begin().await?;
        loop {
            self.start()?;
            let ended = self.ended().await?;
            if ended.is_empty() {
                return Ok(());
            }
            report.ended(&ended).await?;
        }
    }

    /// Starts as many as there is room for.
    fn start(&mut self) -> Result<(), Problem> {
        while self.under_way.len() < self.fanout {
            let Some(host) = self.hosts.next() else { break };
            let target = self.ways.target(&host).map_err(|problem| problem.of(host.name()))?;
            self.names.insert(self.next, target.name.clone());
            self.under_way.spawn(look(self.next, target, self.common.clone()));
            self.next += 1;
        }
        Ok(())
    }

    /// What has ended: at least one, unless none is under way.
    async fn ended(&mut self) -> Result<Vec<Found>, Problem> {
        let mut ended = Vec::new();
        let mut next = self.under_way.join_next().await;
        while let Some(joined) = next {
            let (number, found) = joined.map_err(|error| Problem::Fault(format!("a check broke off: {error}")))?;
            self.names.remove(&number);
            ended.push(found);
            next = self.under_way.try_join_next();
        }
        Ok(ended)
    }
}

/// Checks one of them.
async fn look(number: u32, target: Target, common: Common) -> (u32, Found) {
    let Common { resolver, turns, clock, banner_wait } = common;
    let Target { name, endpoint, dialer, timeout } = target;
    let mut found = Found::new(&name, endpoint);
    if let Some(name) = dialer.name_to_look_up(&found.endpoint) {
        let began = clock.now();
        match resolver.lookup(name, found.endpoint.port, timeout).await {
            Ok(addresses) => {
                found.addresses = addresses;
                found.resolve = Some(clock.now().since(began));
            }
            Err(error) => {
                found.failure = Some(error);
                return (number, found);
            }
        }
    }
    let _turn = turns.wait(number, Place::of(&found.endpoint, &found.addresses).into_vec()).await;
    found.connect(&dialer, banner_wait, clock).await;
    (number, found)
}
