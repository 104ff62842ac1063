//! Which fault happens, if any: one draw for all of them.

use super::{ALWAYS, Fault, Kind, Level};

/// Faults of which at most one happens at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::simulate) struct Faults {
    device: Vec<Fault>,
    connection: Vec<Fault>,
    command: Vec<Fault>,
}

/// More than 100 % of something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("of {} at most one happens to a {of}: together they cannot be more than 100%", names.join(", "))]
pub(in crate::simulate) struct Sums {
    /// What there is at most one of.
    pub(in crate::simulate) of: &'static str,
    /// The faults that there are too many of.
    pub(in crate::simulate) names: Vec<&'static str>,
}

impl Faults {
    /// These, in their order.
    pub(in crate::simulate) fn new(all: &[Fault]) -> Result<Self, Sums> {
        let at = |level| all.iter().filter(|fault| fault.kind.level() == level).cloned().collect::<Vec<_>>();
        let faults = Self { device: at(Level::Device), connection: at(Level::Connection), command: at(Level::Command) };
        for (of, level) in
            [("device", &faults.device), ("connection", &faults.connection), ("command", &faults.command)]
        {
            if level.iter().map(|fault| fault.odds).sum::<u64>() > ALWAYS {
                return Err(Sums { of, names: level.iter().map(|fault| fault.kind.name()).collect() });
            }
        }
        Ok(faults)
    }

    /// The one that happens where this was drawn.
    pub(in crate::simulate) fn drawn(&self, level: Level, drawn: u64) -> Option<&Kind> {
        let faults = self.at(level);
        if faults.is_empty() {
            return None;
        }
        let drawn = (u128::from(drawn) * u128::from(ALWAYS)) >> u64::BITS;
        let mut below = 0;
        let happens = |fault: &&Fault| {
            below += u128::from(fault.odds);
            drawn < below
        };
        faults.iter().find(happens).map(|fault| &fault.kind)
    }

    pub(in crate::simulate) fn at(&self, level: Level) -> &[Fault] {
        match level {
            Level::Device => &self.device,
            Level::Connection => &self.connection,
            Level::Command => &self.command,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::seed::{Draw, Seed};

    fn faults(texts: &[&str]) -> Result<Faults, Sums> {
        Faults::new(&texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn of_many_draws_each_fault_has_its_share() {
        let faults = faults(&["slow=10%", "refuse=50%", "reset=30%"]).unwrap();
        let mut counts = [0; 12];
        for count in 0..10_000 {
            if let Some(kind) = faults.drawn(Level::Command, Seed(7).draw(Draw::Command, 1, count)) {
                counts[kind.index()] += 1;
            }
        }
        // Far outside of what chance does in ten thousand draws; the seed is fixed.
        assert!((900..1100).contains(&counts[0]) && (2850..3150).contains(&counts[2]), "{counts:?}");
        assert_eq!(counts.iter().sum::<i32>(), counts[0] + counts[2]);
    }

    #[test]
    fn a_hundred_per_cent_is_always_and_more_is_refused() {
        let always = faults(&["slow=33.3%", "reset=33.3%", "silent=33.4%", "refuse"]).unwrap();
        assert!([0, 1, u64::MAX / 2, u64::MAX].iter().all(|drawn| always.drawn(Level::Command, *drawn).is_some()));
        assert_eq!(faults(&["slow", "reset=1%"]), Err(Sums { of: "command", names: vec!["slow", "reset"] }));
        assert!(faults(&[]).unwrap().drawn(Level::Command, 0).is_none());
    }
}
