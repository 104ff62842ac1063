//! A run over many devices, told as it goes: the report on standard output; progress, notes and a summary on standard
//! error.

mod exit;
mod latency;
mod notes;
mod progress;
mod readers;
mod summary;

use std::time::{Duration, SystemTime};

use wigwag_fleet::{Event, Stop};

pub(crate) use exit::exit;
pub(crate) use progress::Progress;
pub(crate) use readers::{Audience, Readers};

/// What is known of a run when it begins.
#[derive(Debug, Clone)]
pub(crate) struct Begun<'r> {
    /// Its id, where it is journaled.
    pub(crate) run: Option<&'r str>,
    /// The command as it was typed.
    pub(crate) command: Option<&'r str>,
    /// How many targets there are; none where the list is still being read.
    pub(crate) targets: Option<u32>,
    /// How long the longest name is, in columns, where the names are known: what stands beside them is aligned by it.
    pub(crate) longest_name: Option<usize>,
    pub(crate) time: SystemTime,
}

/// What is known of a run when it has ended, besides its outcomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finished {
    pub(crate) time: SystemTime,
    pub(crate) wall: Duration,
    /// Attempts that were followed by another.
    pub(crate) tried_again: u64,
    /// A rule stopped it.
    pub(crate) halted: bool,
    /// A person stopped it.
    pub(crate) interrupted: bool,
    /// The list of targets broke off: there may be more of them.
    pub(crate) incomplete: bool,
    /// The journal could not be written.
    pub(crate) faulty: bool,
}

impl Default for Finished {
    fn default() -> Self {
        Self {
            time: SystemTime::UNIX_EPOCH,
            wall: Duration::ZERO,
            tried_again: 0,
            halted: false,
            interrupted: false,
            incomplete: false,
            faulty: false,
        }
    }
}

impl Finished {
    /// Learns what an event says of the run as a whole.
    pub(crate) fn learn(&mut self, event: &Event) {
        match event {
            Event::Tried(_) => self.tried_again += 1,
            Event::Stopped(Stop::Person) => self.interrupted = true,
            Event::Stopped(Stop::Halt(_)) => self.halted = true,
            Event::Stopped(Stop::Refused(_)) => self.faulty = true,
            Event::SourceFailed(_) => self.incomplete = true,
            // What the deadline kept from starting has outcomes that say so.
            Event::Stopped(Stop::Deadline) => {}
            Event::Ended(_) | Event::WaveEnded(_) | Event::WaveStarted { .. } | Event::Short { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
