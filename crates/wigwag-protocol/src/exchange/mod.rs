//! One command and its answer, as state machines without sockets or clocks.
//!
//! [`Exchange`] is the side that sends commands, [`Session`] the side that answers them. A driver tells them what
//! happened (`handle_*`, `receive`) and asks what to do (`poll_*`, `deadline`), always with the present [`Moment`].
//!
//! [`Moment`]: crate::Moment

mod client;
mod device;
mod evidence;
mod words;

pub use client::{End, Exchange, Expect, Failure};
pub use device::{Answer, Request, Session, SessionLimits};
pub use evidence::{Evidence, Phase, Refusal, Timing};

/// What a driver must write next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transmit<'a> {
    /// These bytes, in one `write` if the kernel takes them.
    Bytes(&'a [u8]),
    /// No bytes: close the sending side.
    HalfClose,
}

/// White space off both ends, as the protocol asks for.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = bytes.iter().position(|byte| !is_space(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}
