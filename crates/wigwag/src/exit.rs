//! Exit codes: one meaning each.

use std::process::ExitCode;

use wigwag_protocol::outcome::Outcome;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Exit {
    /// Everything is as it was wished.
    Ok,
    /// A fault of Wigwag's own.
    Fault,
    /// Usage or configuration: nothing was sent.
    Usage,
    /// The device answered no.
    Rejected,
    /// Proven not sent.
    Unreachable,
    /// It is not known what the device did.
    Unconfirmed,
    /// A rule stopped the run.
    Halted,
    /// Stopped by a person before anything was sent.
    Interrupted,
    /// Not done: skipped, cancelled or too late.
    Undone,
    /// As the agent says.
    Agent(ExitCode),
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok | Outcome::Sent => Self::Ok,
            Outcome::Rejected => Self::Rejected,
            Outcome::Unreachable(_) => Self::Unreachable,
            Outcome::Unconfirmed(_) | Outcome::Garbled(_) => Self::Unconfirmed,
            Outcome::Cancelled => Self::Interrupted,
            Outcome::Skipped(_) | Outcome::Expired => Self::Undone,
        }
    }
}

impl Exit {
    /// The worst first.
    const ORDER: [Self; 9] = [
        Self::Usage,
        Self::Fault,
        Self::Unconfirmed,
        Self::Halted,
        Self::Rejected,
        Self::Unreachable,
        Self::Interrupted,
        Self::Undone,
        Self::Ok,
    ];

    /// The worse of two.
    pub(crate) fn or(self, other: Self) -> Self {
        Self::ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(self)
    }

    /// What the program ends with; what an agent ends with is its own.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Ok | Self::Agent(_) => 0,
            Self::Fault => 1,
            Self::Usage => 2,
            Self::Rejected => 3,
            Self::Unreachable => 4,
            Self::Unconfirmed => 5,
            Self::Halted => 6,
            Self::Undone => 7,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Agent(code) => code,
            Exit::Ok
            | Exit::Fault
            | Exit::Usage
            | Exit::Rejected
            | Exit::Unreachable
            | Exit::Unconfirmed
            | Exit::Halted
            | Exit::Undone
            | Exit::Interrupted => Self::from(exit.number()),
        }
    }
}
