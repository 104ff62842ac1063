//! How many starts in a time.

use std::str::FromStr;
use std::time::Duration;

use wigwag_protocol::Moment;

/// So many starts in a time, spread evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    per: Duration,
}

impl Rate {
    /// The time between two starts.
    pub fn gap(self) -> Duration {
        self.per / self.count
    }
}

/// `100/s`, `30/m`, `5/h`.
impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate such as 100/s, 30/m or 5/h");
        let (count, per) = text.split_once('/').ok_or_else(wrong)?;
        let count: u32 = count.trim().parse().map_err(|_| wrong())?;
        let per = match per.trim() {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(wrong()),
        };
        if !(1..=1_000_000).contains(&count) {
            return Err(format!("`{text}`: from 1 to 1000000"));
        }
        Ok(Self { count, per })
    }
}

/// Measures starts out.
#[derive(Debug)]
pub(crate) struct Meter {
    gap: Duration,
    /// When the next start is due.
    next: Moment,
}

/// How far starts may lag behind before the lag is forgotten: what a sleeping machine missed is not made up for at once.
const LAG: Duration = Duration::from_millis(100);

impl Meter {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { gap: rate.gap(), next: Moment::ORIGIN }
    }

    /// When the next start may be; in the past if it may be now.
    pub(crate) fn next(&self) -> Moment {
        self.next
    }

    /// Takes a start now, if one is due.
    pub(crate) fn take(&mut self, now: Moment) -> bool {
        if self.next > now {
            return false;
        }
        let behind = now.since(self.next);
        let from = if behind > LAG.max(self.gap) { now } else { self.next };
        self.next = from + self.gap;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> Moment {
        Moment::after_origin(Duration::from_millis(milliseconds))
    }

    #[test]
    fn rates_are_read() {
        assert_eq!("100/s".parse::<Rate>().unwrap().gap(), Duration::from_millis(10));
        assert_eq!("30/m".parse::<Rate>().unwrap().gap(), Duration::from_secs(2));
        for wrong in ["100", "0/s", "-1/s", "1/d", "/s"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn starts_are_spread_evenly_and_a_long_lag_is_forgotten() {
        let mut meter = Meter::new("100/s".parse().unwrap());
        assert!(meter.take(at(0)));
        assert!(!meter.take(at(9)));
        assert!(meter.take(at(10)) && !meter.take(at(10)));
        // A loop that comes a little late makes up for it.
        assert!(meter.take(at(40)) && meter.take(at(40)) && meter.take(at(40)) && !meter.take(at(40)));
        // One that slept does not.
        assert!(meter.take(at(5000)) && !meter.take(at(5000)));
    }
}
