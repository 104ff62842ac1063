//! What runs over many devices are held to.
//!
//! | file | what it gives |
//! |---|---|
//! | `program` | starting `wigwag`, waiting for what it prints, signals, exit codes |
//! | `fleet` | simulated devices in a network of their own, a journal, and commands to them |
//! | `received` | what the devices received, from the simulator's log |
//! | `report` | what is said of the devices, from the events of a run |
//! | `chance` | numbers that nobody can foresee, and that can be had again |

mod chance;
mod fleet;
#[path = "../../support/program.rs"]
#[expect(dead_code, reason = "the tests of the commands need more of it")]
mod program;
mod received;
mod report;

pub(crate) use chance::Chance;
pub(crate) use fleet::{Fleet, wait};
pub(crate) use program::{Ended, Program, Running, wigwag};
pub(crate) use received::Received;
pub(crate) use report::{Report, kind};
