//! What happens to a run as a whole, in lines for standard error.

use std::fmt::Write;

use wigwag_fleet::event::Next;
use wigwag_fleet::{Event, Stop};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::units::show_duration;

/// The line that tells of an event; outcomes are the report's.
pub(super) fn note(event: &Event, is_quiet: bool) -> Option<String> {
    match event {
        Event::Tried(_) | Event::Ended(_) => None,
        Event::WaveStarted { wave: 0 } => None,
        Event::WaveEnded(_) | Event::WaveStarted { .. } if is_quiet => None,
        Event::WaveEnded(ended) => {
            let mut line = format!("note: wave {} is done, {} so far", ended.wave + 1, targets(ended.targets));
            // Writing to a String cannot fail.
            let _ = match ended.next {
                Next::After(pause) if pause.is_zero() => Ok(()),
                Next::After(pause) => write!(line, "; the next begins in {}", show_duration(pause)),
                Next::Asked => write!(line, "; the next begins when you agree"),
            };
            Some(line)
        }
        Event::WaveStarted { wave } => Some(format!("note: wave {} begins", wave + 1)),
        Event::Stopped(stop) => Some(stopped(stop)),
        Event::Short { cause, pause } => {
            Some(format!("warning: {}; nothing is started for {}", escape_str(cause), show_duration(*pause)))
        }
        Event::SourceFailed(cause) => {
            Some(format!("error: the list of targets broke off: {}; what came before counts", escape_str(cause)))
        }
    }
}

fn stopped(stop: &Stop) -> String {
    match stop {
        Stop::Person => "note: nothing more is started; waiting for the answers that are due, again to cut".to_owned(),
        Stop::Halt(rule) => format!("error: halted by the rule {rule}: nothing more is started"),
        Stop::Deadline => "error: the run's deadline has passed: nothing more is started".to_owned(),
        Stop::Refused(cause) => format!("error: nothing more is started: {}", escape_str(cause)),
    }
}

fn targets(count: u32) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}
