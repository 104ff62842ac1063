//! How long devices took, drawn.

use std::io::{self, Write};
use std::time::Duration;

use crate::runs::names;

/// The ends of the bars, in milliseconds: as people read them, three in each power of ten.
const ENDS: [u64; 16] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, u64::MAX];

/// How long the longest bar is.
const WIDTH: usize = 40;

/// How long devices took: four bytes each, so that percentiles are exact.
#[derive(Debug, Default)]
pub(super) struct Latency {
    micros: Vec<u32>,
}

impl Latency {
    pub(super) fn add(&mut self, took: Duration) {
        // What is longer than an hour counts as one.
        self.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.micros.sort_unstable();
        let (Some(longest), Some(shortest)) = (self.micros.last(), self.micros.first()) else { return Ok(()) };
        let at = |percent: usize| {
            let place = (self.micros.len() * percent).div_ceil(100).saturating_sub(1);
            self.micros.get(place).copied().unwrap_or_default()
        };
        let shown = |micros: u32| names::duration(Duration::from_micros(micros.into()));
        let [p50, p90, p99] = [50, 90, 99].map(|percent| shown(at(percent)));
        writeln!(out, "\nanswers took p50 {p50}, p90 {p90}, p99 {p99}, max {}", shown(*longest))?;
        let bars = self.bars();
        let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        let place = |micros: u32| ENDS.iter().position(|end| u64::from(micros) < end.saturating_mul(1000));
        let drawn = place(*shortest).unwrap_or_default()..=place(*longest).unwrap_or(ENDS.len());
        for (_, (end, count)) in bars.iter().enumerate().filter(|(place, _)| drawn.contains(place)) {
            let bar = "█".repeat((count * WIDTH).div_ceil(most));
            writeln!(out, "{}", format!("  {end:>8}  {count:>8}  {bar}").trim_end())?;
        }
        Ok(())
    }

    /// The bars with what they end at, and how many are in them. The times are sorted.
    fn bars(&self) -> Vec<(String, usize)> {
        let mut before = 0;
        let bar = |end: &u64| {
            let up_to = self.micros.partition_point(|micros| u64::from(*micros) < end.saturating_mul(1000));
            let count = up_to - before;
            before = up_to;
            let label = match *end {
                u64::MAX => "longer".to_owned(),
                end if end < 1000 => format!("< {end} ms"),
                end => format!("< {} s", end / 1000),
            };
            (label, count)
        };
        ENDS.iter().map(bar).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_where_times_are() {
        let mut latency = Latency::default();
        (0..90).for_each(|_| latency.add(Duration::from_micros(1500)));
        (0..9).for_each(|_| latency.add(Duration::from_millis(7)));
        latency.add(Duration::from_secs(3));
        let mut out = Vec::new();

        latency.write(&mut out).unwrap();

        let drawn = String::from_utf8(out).unwrap();
        assert!(drawn.contains("p50 1.5 ms, p90 1.5 ms, p99 7.0 ms, max 3.0 s"), "{drawn}");
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines[2].starts_with("    < 2 ms        90  ████"), "{drawn}");
        assert_eq!(lines[4], "   < 10 ms         9  ████");
        assert_eq!(*lines.last().unwrap(), "     < 5 s         1  █");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let mut out = Vec::new();
        Latency::default().write(&mut out).unwrap();
        assert!(out.is_empty());
    }
}
