//! One command and its answer, as state machines without sockets or clocks.
//!
//! [`Exchange`] is the side that sends commands, [`Session`] the side that answers them. A driver tells them what
//! happened (`handle_*`, `receive`) and asks what to do (`poll_*`, `deadline`), always with the present [`Moment`].
//!
//! | file | what it decides |
//! |---|---|
//! | `client/mod` | how a connection is told of, what is written, and what one that breaks means |
//! | `client/quiet` | what is known while the device has said nothing yet |
//! | `client/greeting` | what the device says first |
//! | `client/login` | what comes between the greeting and the command |
//! | `client/turn` | one command on the wire: its bytes, and what its answer has said so far |
//! | `client/response` | what comes after a command |
//! | `client/waits` | what is waited for, and until when |
//! | `device/` | how a client is let in, requests are cut and answered |
//! | `link` | what is known of a connection from one command to the next |
//! | `inbox` | what has come and is not yet done with |
//! | `telnet` | what Telnet puts between the bytes |
//! | `evidence` | what is known at the end |
//! | `secrets` | what of it may never be shown |
//! | `words` | how it is told to a person |
//!
//! [`Moment`]: crate::Moment

mod client;
mod device;
mod evidence;
mod inbox;
mod link;
mod secrets;
mod telnet;
mod words;

pub use client::{End, Exchange, Failure, NoConnection, Quiet};
pub use device::{Answer, Opening, Request, Session, SessionLimits};
pub use evidence::{Evidence, Phase, Timing};
pub use link::Link;
pub use secrets::Secrets;
pub use telnet::without_telnet;

/// What a driver must write next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transmit<'a> {
    /// These bytes, in one `write` if the kernel takes them.
    Bytes(&'a [u8]),
    /// No bytes: close the sending side.
    HalfClose,
}

/// The most stale, extra, foreign and unasked-for bytes that are kept each. Nothing is decided by them but that they
/// came, and a device may talk for as long as the exchange lasts.
const KEPT: usize = 64 * 1024;

/// Keeps bytes as evidence, up to [`KEPT`].
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

/// Takes in what came, up to [`KEPT`]: for times in which nothing is read yet.
fn keep_inbox(inbox: &mut inbox::Inbox, bytes: &[u8]) {
    let room = KEPT.saturating_sub(inbox.len());
    inbox.extend(bytes.get(..room).unwrap_or(bytes));
}
