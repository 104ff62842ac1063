//! What can be wrong with a device.
//!
//! To add a fault: a variant of [`Kind`] and its name here, the arguments that it takes in `read`, and what it does in
//! `play` (or where clients are received, if it concerns connections). Then a row in the tests that says which outcome
//! it must lead to.

mod client_view;
mod garble;
mod odds;
mod play;
mod read;

use std::time::Duration;

pub(super) use odds::Faults;
pub(super) use play::{Played, answers_match, can_be_busy, is_acted_on, play};
pub use read::FaultError;

/// One thing that can be wrong with a device, and how often it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// How often, in millionths of a per cent.
    pub(super) odds: u64,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// It answers only after this time.
    Slow(Duration),
    /// It takes the command and never answers.
    Silent,
    /// It resets the connection when the command has come.
    Reset,
    /// It closes the connection in the middle of its answer.
    CloseMidFrame,
    /// It sends its answer byte by byte.
    Split,
    /// One byte of its answer is wrong, so that no client can take it for an answer.
    Garble,
    /// It answers another command than ours.
    WrongId,
    /// It answers when nobody waits any more: after this time, or a second after the protocol's first time-out.
    Late(Option<Duration>),
    /// It drops the connection when the client closes its sending side.
    NoHalfClose,
    /// It would take the command at another time.
    Busy,
    /// It refuses connections.
    Refuse,
    /// It says this instead of being there, and closes.
    Banner(String),
}

/// When it is decided whether a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Once for each device.
    Device,
    /// For each connection.
    Connection,
    /// For each command.
    Command,
}

/// Certainly.
pub(super) const ALWAYS: u64 = 100 * PER_CENT;

/// One per cent.
pub(super) const PER_CENT: u64 = 1_000_000;

impl Kind {
    /// The names of all kinds, in the order of [`index`](Self::index).
    pub const NAMES: [&str; 12] = [
        "slow",
        "silent",
        "reset",
        "close-mid-frame",
        "split",
        "garble",
        "wrong-id",
        "late",
        "no-half-close",
        "busy",
        "refuse",
        "banner",
    ];

    /// Its place in [`NAMES`](Self::NAMES).
    pub const fn index(&self) -> usize {
        match self {
            Self::Slow(_) => 0,
            Self::Silent => 1,
            Self::Reset => 2,
            Self::CloseMidFrame => 3,
            Self::Split => 4,
            Self::Garble => 5,
            Self::WrongId => 6,
            Self::Late(_) => 7,
            Self::NoHalfClose => 8,
            Self::Busy => 9,
            Self::Refuse => 10,
            Self::Banner(_) => 11,
        }
    }

    /// Its name, as it is typed and logged.
    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.index()]
    }

    pub(super) const fn level(&self) -> Level {
        match self {
            Self::Refuse => Level::Device,
            Self::NoHalfClose | Self::Banner(_) => Level::Connection,
            Self::Slow(_)
            | Self::Silent
            | Self::Reset
            | Self::CloseMidFrame
            | Self::Split
            | Self::Garble
            | Self::WrongId
            | Self::Late(_)
            | Self::Busy => Level::Command,
        }
    }
}
