//! Counterparts that are not ours: `wigwag send` to servers that other people wrote, and their clients to
//! `wigwag simulate`. One file per counterpart.
//!
//! `cargo xtask test` installs them. Ports come from the system, everything is on loopback, every process ends with its
//! test.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod mbpoll;
mod pymodbus;
mod python_escpos;
mod pyvisa;
mod redis;
mod support;
