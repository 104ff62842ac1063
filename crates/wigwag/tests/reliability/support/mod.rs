//! What stands between and behind the programs under test.
//!
//! | file | what it gives |
//! |---|---|
//! | `program` | starting `wigwag` and `wigwag-agent`, waiting for what they print, signals, exit codes |
//! | `proxy` | a TCP proxy that does what a bad wire does |
//! | `agent` | an agent that notes each time it acts |
//! | `client` | one command of `wigwag send`, and what it says came of it |
//! | `beside` | many cases beside each other |

mod agent;
mod beside;
mod client;
#[path = "../../support/program.rs"]
#[expect(dead_code, reason = "the tests of the commands need more of it")]
mod program;
mod proxy;

pub(crate) use agent::{Agent, acts};
pub(crate) use beside::beside;
pub(crate) use client::{Patience, Told, Tries, send};
pub(crate) use program::wigwag;
pub(crate) use proxy::{Passed, Proxy};
