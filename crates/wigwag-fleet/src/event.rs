//! What a run tells, once, for all who read it.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, SystemTime};

use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::outcome::Outcome;

use crate::pace::HaltRule;
use crate::target::Target;

/// Something happened in a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// An attempt ended, and the target is tried again.
    Tried(Ended),
    /// A target has its outcome. There is one for each.
    Ended(Ended),
    /// Every target of a wave has its outcome.
    WaveEnded(WaveEnded),
    /// Starts go on with the next wave.
    WaveStarted {
        /// Which one, from 0.
        wave: usize,
    },
    /// No more is started.
    Stopped(Stop),
    /// This machine is short of something: starts wait for a while.
    Short {
        /// What it is, in a line.
        cause: String,
        /// For how long.
        pause: Duration,
    },
    /// The list of targets broke off.
    SourceFailed(String),
}

/// How it ended for one target, or how one of its attempts did.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Whom it was sent to.
    pub target: Target,
    /// Which attempt it was, from 1; 0 where nothing was tried.
    pub attempt: u16,
    /// What is known.
    pub outcome: Outcome,
    /// What that rests on.
    pub evidence: Box<Evidence>,
    /// When it ended.
    pub time: SystemTime,
}

/// The end of a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveEnded {
    /// Which one, from 0.
    pub wave: usize,
    /// How many targets were in it and in those before it.
    pub targets: u32,
    /// How the next one begins.
    pub next: Next,
}

/// How a wave begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After this time.
    After(Duration),
    /// When somebody agrees.
    Asked,
}

/// Why no more is started.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// A person wants it so.
    Person,
    /// A halt rule holds.
    Halt(HaltRule),
    /// The deadline of the run has passed.
    Deadline,
    /// The gate grants nothing any more, for this reason.
    Refused(String),
}

/// Events that are told at once, in their order.
///
/// Whoever reads them shares them with the runner, which keeps each batch until it is the last to hold it: memory that one
/// thread takes and another one gives back costs both of them a lock.
pub type Batch = Arc<Vec<Event>>;

/// Takes the events of a run.
pub trait Sink: Send {
    /// Takes a batch; false when there is no room for it now. Never blocks.
    fn offer(&mut self, events: &Batch) -> bool;
}

impl Sink for SyncSender<Batch> {
    fn offer(&mut self, events: &Batch) -> bool {
        match self.try_send(events.clone()) {
            // Where nobody reads any more there is nobody to tell.
            Ok(()) | Err(TrySendError::Disconnected(_)) => true,
            Err(TrySendError::Full(_)) => false,
        }
    }
}
