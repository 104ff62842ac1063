//! What has to be certain before a command leaves.

use std::sync::Arc;

use crate::schedule::Place;

/// A command that is about to be sent to a device. It is written down before its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The target's number.
    pub target: u32,
    /// Which attempt it is, from 1.
    pub attempt: u16,
    /// Where it goes: the first place, where there are several.
    pub place: Place,
    /// What is sent: see [`Task::fingerprint`](crate::Task::fingerprint).
    pub fingerprint: u64,
}

/// Grants starts.
///
/// Only what was granted is sent. Grants come in the order of the questions, so that one rising number tells them all;
/// whoever grants wakes the driver.
pub trait Gate: Send {
    /// Asks for these. Never blocks.
    fn ask(&mut self, intents: Vec<Intent>);

    /// How many of all that were asked for are granted.
    fn granted(&self) -> u64;

    /// Why nothing will be granted any more.
    fn refusal(&self) -> Option<Arc<str>>;
}

/// A gate that is always open: nothing is written down.
#[derive(Debug, Default)]
pub struct Open {
    asked: u64,
}

impl Gate for Open {
    fn ask(&mut self, intents: Vec<Intent>) {
        self.asked += intents.len() as u64;
    }

    fn granted(&self) -> u64 {
        self.asked
    }

    fn refusal(&self) -> Option<Arc<str>> {
        None
    }
}
