//! How long devices take to answer.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::report::microseconds;

/// What is longer counts as this long; no attempt takes an hour.
const LONGEST: u64 = 3_600_000_000;
/// Percentiles are exact to one in a thousand, which is finer than two runs ever agree.
const DIGITS: u8 = 3;

/// Times in microseconds, in a space that does not grow with their number.
#[derive(Debug, Default)]
pub(super) struct Latency {
    /// None before the first; grows with the longest, so that a single command pays for little of it.
    histogram: Option<Histogram<u64>>,
}

impl Latency {
    pub(super) fn add(&mut self, took: Duration) {
        if self.histogram.is_none() {
            self.histogram = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.histogram {
            // It grows up to what is longest.
            let _ = histogram.record(microseconds(took).min(LONGEST));
        }
    }

    /// p50, p90, p99 and the longest; nothing where there is nothing to say it of.
    pub(super) fn percentiles(&self) -> Option<[(&'static str, Duration); 4]> {
        let histogram = self.histogram.as_ref()?;
        let at = |quantile: f64| Duration::from_micros(histogram.value_at_quantile(quantile));
        let longest = Duration::from_micros(histogram.max());
        Some([("p50", at(0.5)), ("p90", at(0.9)), ("p99", at(0.99)), ("max", longest)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_thousand() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentiles(), None);
        (1..=1000).for_each(|ms| latency.add(Duration::from_millis(ms)));
        let found =
            latency.percentiles().unwrap().map(|(name, took)| (name, took.as_secs_f64().mul_add(1e3, 0.5) as u64));
        for ((name, ms), expected) in found.into_iter().zip([500_u64, 900, 990, 1000]) {
            assert!(ms.abs_diff(expected) <= 1, "{name}: {ms} ms, expected {expected}");
        }
        latency.add(Duration::from_secs(1_000_000));
        let [.., (name, longest)] = latency.percentiles().unwrap();
        assert!(name == "max" && longest.as_secs().abs_diff(3600) <= 3, "{name}: {longest:?}");
    }
}
