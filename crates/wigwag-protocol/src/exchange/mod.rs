//! One command and its answer, as state machines without sockets or clocks.
//!
//! [`Exchange`] is the side that sends commands, [`Session`] the side that answers them. A driver tells them what
//! happened (`handle_*`, `receive`) and asks what to do (`poll_*`, `deadline`), always with the present [`Moment`].
//!
//! | file | what it decides |
//! |---|---|
//! | `client/mod` | how a command is sent, and what a connection that breaks means |
//! | `client/greeting` | what the device says first |
//! | `client/response` | what comes after the command |
//! | `client/waits` | what is waited for, and until when |
//! | `device` | how requests are cut and answered |
//! | `evidence` | what is known at the end |
//! | `words` | how it is told to a person |
//!
//! [`Moment`]: crate::Moment

mod client;
mod device;
mod evidence;
mod words;

use crate::layout::{Decoder, Fields};
use crate::protocol::Protocol;

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

/// The most stale and extra bytes that are kept each. Nothing is decided by them but that they came, and a device may
/// talk for as long as the exchange lasts.
const KEPT: usize = 64 * 1024;

/// Keeps bytes as evidence, up to [`KEPT`].
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

/// The body of the frame of `size` bytes that the decoder just told of: trimmed if the protocol says so, the whole frame
/// where it has no part `body`.
fn body_of(protocol: &Protocol, decoder: &Decoder, input: &[u8], size: usize) -> Vec<u8> {
    let whole = input.get(..size).unwrap_or(input);
    let body = decoder.frame(input).bytes("body").unwrap_or(whole);
    if protocol.trim { trimmed(body) } else { body }.to_vec()
}

/// White space off both ends, as the protocol asks for.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = bytes.iter().position(|byte| !is_space(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// The reason for a no, if the body says no: the first of the protocol's errors that fits.
fn refusal(protocol: &Protocol, body: &[u8]) -> Option<Refusal> {
    protocol.errors.iter().find_map(|error| {
        let fields: Fields = error.decode(body, |frame| frame.fields()).ok()?;
        Some(Refusal { code: fields.get("code").cloned(), text: fields.get("text").cloned() })
    })
}
