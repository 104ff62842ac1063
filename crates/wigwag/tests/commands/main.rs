//! The built programs from the outside: what is typed, what is printed, which code they end with, and what really went
//! over the wire. One folder or file per command, one program for all, so that waits run beside each other.
//!
//! Ports come from the system, everything is on loopback, every process ends with its test.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod agent;
mod check;
mod demo;
mod help;
mod inventory;
mod listen;
mod protocol;
mod runs;
mod send;
mod simulate;
mod support;
