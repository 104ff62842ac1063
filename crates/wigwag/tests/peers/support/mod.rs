//! How counterparts are found, started and talked to.
//!
//! | file | what it gives |
//! |---|---|
//! | `program` | starting any program, waiting for what it prints, exit codes |
//! | `python` | the programs of `tests/peers`, in the environment that has what they need |
//! | `simulated` | `wigwag simulate` |
//! | `send` | `wigwag send` to a port |

#[path = "../../support/program.rs"]
#[expect(dead_code, reason = "the tests of the commands need more of it")]
mod program;
mod python;
mod send;
mod simulated;

pub(crate) use program::{Ended, Program, Running};
pub(crate) use python::{PythonServer, python};
pub(crate) use send::Sender;
pub(crate) use simulated::Simulated;
