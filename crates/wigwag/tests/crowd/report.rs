//! The figures of a trial.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::agent::Log;
use crate::footprint::Holds;
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
        let mut text =
            format!("{}: connections = {}, {:?}\n", self.trial.name, self.trial.connections, self.trial.lasts);
        for (kind, came) in self.came {
            let _ = writeln!(
                text,
                "  hostile {:<14} {:>9} made, {:>9} tried",
                format!("{kind:?}"),
                came.made(),
                came.tried()
            );
        }
        for served in self.served {
            let failed = served.failures.len();
            let _ = writeln!(
                text,
                "  good    {:<14} {:>9} exchanges, {failed} failed, median {:?}, 99th {:?}, longest {:?}",
                format!("{:?}", served.habit),
                served.took.len(),
                percentile(&served.took, 50),
                percentile(&served.took, 99),
                percentile(&served.took, 100),
            );
        }
        for (when, footprint) in &self.watched.footprints {
            let Holds { descriptors, threads, children } = footprint.holds;
            let (now, most) = (footprint.resident_kib, footprint.most_resident_kib);
            let _ = writeln!(
                text,
                "  agent   {when:<14} {now:>9} KiB resident, {most} at most; {descriptors} descriptors, {threads} threads, \
                 {children} children"
            );
        }
        let _ = writeln!(text, "  agent   at most        {:?}", self.watched.most);
        let _ = writeln!(text, "  agent   said           {:?}; {}", self.log.lines, self.log.last);
        text
    }

    /// In one line of JSON, to be kept.
    fn line(&self) -> String {
        let came: BTreeMap<String, u64> =
            self.came.iter().map(|(kind, came)| (format!("{kind:?}"), came.made())).collect();
        let served = self.served.iter().map(|served| {
            serde_json::json!({
                "habit": format!("{:?}", served.habit),
                "exchanges": served.took.len(),
                "failed": served.failures.len(),
                "median_us": percentile(&served.took, 50).as_micros() as u64,
                "p99_us": percentile(&served.took, 99).as_micros() as u64,
                "longest_us": percentile(&served.took, 100).as_micros() as u64,
            })
        });
        let footprints = self.watched.footprints.iter().map(|(when, footprint)| {
            let Holds { descriptors, threads, children } = footprint.holds;
            serde_json::json!({
                "when": when,
                "resident_kib": footprint.resident_kib,
                "most_resident_kib": footprint.most_resident_kib,
                "descriptors": descriptors,
                "threads": threads,
                "children": children,
            })
        });
        let most = [self.watched.most.descriptors, self.watched.most.threads, self.watched.most.children];
        serde_json::json!({
            "crowd": self.trial.name,
            "connections": self.trial.connections,
            "seconds": self.trial.lasts.as_secs_f64(),
            "hostile": came,
            "good": served.collect::<Vec<_>>(),
            "agent": footprints.collect::<Vec<_>>(),
            "most": { "descriptors": most[0], "threads": most[1], "children": most[2] },
            "last": self.log.last,
        })
        .to_string()
    }
}

/// Of what is in order.
fn percentile(took: &[Duration], percent: usize) -> Duration {
    let last = took.len().saturating_sub(1);
    took.get((took.len() * percent / 100).min(last)).copied().unwrap_or_default()
}
