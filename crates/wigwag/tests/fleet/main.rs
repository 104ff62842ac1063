//! One command to many devices, held to what is promised: real processes on loopback, killed, interrupted and cut off from
//! their journal, and in the end what the devices received is compared with what is said of them.
//!
//! Each fleet has a network of loopback of its own and a port from the system; each test has a journal of its own.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod beside;
mod exit_codes;
mod faults;
mod halts;
mod journal_trouble;
mod kill;
mod many;
mod pace;
mod plan;
mod questions;
mod retries;
mod same_device;
mod secrets;
mod selection;
mod signals;
mod support;
mod verify;
