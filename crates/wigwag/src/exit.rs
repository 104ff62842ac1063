//! Exit codes: one meaning each.

use std::process::ExitCode;

use wigwag_protocol::outcome::Outcome;

/// How the program ends.
#[derive(Debug, Clone, Copy)]
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Fault => 1,
            Exit::Usage => 2,
            Exit::Rejected => 3,
            Exit::Unreachable => 4,
            Exit::Unconfirmed => 5,
            Exit::Interrupted => 130,
            Exit::Undone => 7,
            Exit::Agent(code) => return code,
        })
    }
}
