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
    /// A single command has only this one, and does not pay for the space of others.
    first: Option<Duration>,
    /// None before the second; grows with the longest.
    histogram: Option<Histogram<u64>>,
}

impl Latency {
    pub(super) fn add(&mut self, took: Duration) {
        let Some(first) = self.first else {
            self.first = Some(took);
            return;
        };
        if self.histogram.is_none() {
            self.histogram = Histogram::new(DIGITS).ok();
            self.record(first);
        }
        self.record(took);
    }

    /// p50, p90, p99 and the longest; nothing where there is nothing to say it of.
    pub(super) fn percentiles(&self) -> Option<[(&'static str, Duration); 4]> {
        let first = self.first?;
        let at = |quantile: f64| match &self.histogram {
            Some(histogram) => Duration::from_micros(histogram.value_at_quantile(quantile)),
            None => first,
        };
        Some([("p50", at(0.5)), ("p90", at(0.9)), ("p99", at(0.99)), ("max", at(1.0))])
    }

    fn record(&mut self, took: Duration) {
        if let Some(histogram) = &mut self.histogram {
            // It grows up to what is longest.
            let _ = histogram.record(microseconds(took).min(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_thousand() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentiles(), None);
        latency.add(Duration::from_millis(1));
        let of_one = ["p50", "p90", "p99", "max"].map(|name| (name, Duration::from_millis(1)));
        assert_eq!(latency.percentiles(), Some(of_one));
        (2..=1000).for_each(|ms| latency.add(Duration::from_millis(ms)));
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
