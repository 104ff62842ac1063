//! Simulated devices on loopback, and what clients make of them.
//!
//! Ports come from the system, everything is in one process.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod faults;
mod many;
mod scenarios;
mod seeds;
mod stage;
