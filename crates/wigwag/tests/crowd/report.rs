//! The figures of a trial.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::Log;
use crate::footprint::{Footprint, Holds};
use crate::good::Served;
use crate::hostile::{Came, Kind};
use crate::trial::{Trial, Watched};

/// What was measured.
pub(crate) struct Report<'t> {
    pub(crate) trial: &'t Trial,
    pub(crate) came: &'t [(Kind, Came)],
    pub(crate) served: &'t [Served],
    pub(crate) watched: &'t Watched,
    pub(crate) log: &'t Log,
}

impl Report<'_> {
    #[expect(clippy::print_stderr, reason = "figures are read, promises are asserted")]
    pub(crate) fn print(&self) {
        eprintln!("{}{}", self.lines(), self.line());
    }

    /// In lines, to be read.
    fn lines(&self) -> String {
        let Trial { name, connections, lasts, .. } = self.trial;
        let hostile = self.came.iter().map(|(kind, came)| hostile(*kind, came));
        let good = self.served.iter().map(good);
        let agent = self.watched.footprints.iter().map(|(when, footprint)| agent(when, *footprint));
        let lines: String = hostile.chain(good).chain(agent).collect();
        let Log { lines: said, last, .. } = self.log;
        let most = self.watched.most;
        format!(
            "{name}: connections = {connections}, {lasts:?}\n{lines}  agent    at most {most:?}\n  agent    said {said:?}; {last}\n"
        )
    }

    /// In one line of JSON, to be kept.
    fn line(&self) -> String {
        let hostile: BTreeMap<String, u64> =
            self.came.iter().map(|(kind, came)| (format!("{kind:?}"), came.made())).collect();
        let agent = self.watched.footprints.iter().map(|(when, footprint)| {
            let (resident, most) = (footprint.resident_kib, footprint.most_resident_kib);
            json!({ "when": when, "resident_kib": resident, "most_kib": most, "holds": holds_in_json(footprint.holds) })
        });
        let line = json!({
            "crowd": self.trial.name,
            "connections": self.trial.connections,
            "seconds": self.trial.lasts.as_secs_f64(),
            "hostile": hostile,
            "good": self.served.iter().map(good_in_json).collect::<Vec<_>>(),
            "agent": agent.collect::<Vec<_>>(),
            "most": holds_in_json(self.watched.most),
            "last": self.log.last,
        });
        line.to_string()
    }
}

fn hostile(kind: Kind, came: &Came) -> String {
    let kind = format!("{kind:?}");
    format!("  hostile  {kind:<14} {:>9} made of {} tried\n", came.made(), came.tried())
}

fn good(served: &Served) -> String {
    let (habit, exchanges, failed) = (format!("{:?}", served.habit), served.took.len(), served.failures.len());
    let [median, most, longest] = [50, 99, 100].map(|percent| percentile(&served.took, percent));
    format!(
        "  good     {habit:<14} {exchanges:>9} exchanges, {failed} failed; median {median:?}, 99th {most:?}, \
         longest {longest:?}\n"
    )
}

fn good_in_json(served: &Served) -> Value {
    let [median, most, longest] = [50, 99, 100].map(|percent| percentile(&served.took, percent).as_micros() as u64);
    json!({
        "habit": format!("{:?}", served.habit),
        "exchanges": served.took.len(),
        "failed": served.failures.len(),
        "median_us": median,
        "p99_us": most,
        "longest_us": longest,
    })
}

fn agent(when: &str, footprint: Footprint) -> String {
    let Footprint { resident_kib, most_resident_kib, holds: Holds { descriptors, threads, children } } = footprint;
    format!(
        "  agent    {when:<14} {resident_kib:>9} KiB, {most_resident_kib} at most; {descriptors} descriptors, \
         {threads} threads, {children} children\n"
    )
}

fn holds_in_json(Holds { descriptors, threads, children }: Holds) -> Value {
    json!({ "descriptors": descriptors, "threads": threads, "children": children })
}

/// Of what is in order.
fn percentile(took: &[Duration], percent: usize) -> Duration {
    let last = took.len().saturating_sub(1);
    took.get((took.len() * percent / 100).min(last)).copied().unwrap_or_default()
}
