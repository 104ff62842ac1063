//! Names and words as they are shown.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Unit};
use wigwag_protocol::outcome::Outcome;

use crate::report::folded;

/// The most names of a group that are folded; of more, only their number is told.
pub(super) const FOLDED: usize = 10_000;

/// The names of a group of so many.
pub(super) fn group(names: &[String], count: usize) -> String {
    match count.saturating_sub(names.len()) {
        0 => format!("{} ({count})", folded(names)),
        more => format!("{} and {more} more ({count})", folded(names)),
    }
}

/// `unreachable (refused)`
pub(super) fn outcome(outcome: Outcome) -> String {
    match outcome.reason() {
        Some(reason) => format!("{} ({reason})", outcome.word()),
        None => outcome.word().to_owned(),
    }
}

/// To the second, in UTC, as ids of runs are.
pub(super) fn time(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).and_then(|time| time.round(Unit::Second));
    time.map_or_else(|_| "an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// A duration as a person compares them: `1.2 ms`, `30.1 s`.
pub(super) fn duration(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds => format!("{seconds:.1} s"),
    }
}
