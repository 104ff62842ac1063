//! What an outcome rests on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::Secrets;
use crate::layout::{EndReason, Fields};
use crate::protocol::Refusal;

/// Everything that is known about one attempt.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The address that was connected to, or tried last.
    pub address: Option<SocketAddr>,
    /// How far it got.
    pub phase: Phase,
    /// How many bytes of the command the kernel took.
    pub bytes_written: usize,
    /// The command's bytes on the wire; nothing where they hang on what was not learned. One for all who were sent the same.
    pub request: Arc<[u8]>,
    /// The response's bytes on the wire, events left out; where there was no whole response, what there was of it.
    pub response: Vec<u8>,
    /// The body of a whole response, trimmed if the protocol says so; the whole frame where it has no part `body`. Bodies
    /// of several frames stand on lines of their own.
    pub body: Vec<u8>,
    /// The named parts of a whole response.
    pub fields: Fields,
    /// The named parts of each frame, where the answer is a list of like frames.
    pub list: Vec<Fields>,
    /// Why the response's last frame ended.
    pub ended_by: Option<EndReason>,
    /// Why the device said no.
    pub refusal: Option<Refusal>,
    /// Bytes that came before the command was sent and are no greeting.
    pub stale: Vec<u8>,
    /// Bytes behind the last frame of the response.
    pub extra: Vec<u8>,
    /// Whole frames that answer somebody else's command.
    pub foreign: Vec<u8>,
    /// Whole frames that nobody asked for, and signs of progress.
    pub events: Vec<u8>,
    /// What of all this may never be shown.
    pub secrets: Secrets,
    /// One line: what went wrong, without the device's name.
    pub error: Option<String>,
    /// What to try, where that is known.
    pub hint: Option<String>,
    /// Trying again by itself is of no use or not allowed: a login or a certificate was refused, or what was asked for
    /// cannot be.
    pub lasting: bool,
    /// How long each phase took.
    pub timing: Timing,
}

/// How far an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Phase {
    /// Looking up the name.
    #[default]
    Resolve,
    /// Connecting, a proxy included.
    Connect,
    /// Agreeing on TLS.
    Tls,
    /// Waiting for the greeting.
    Greeting,
    /// Logging in.
    Login,
    /// Writing the command.
    Send,
    /// Waiting for the response, or reading it.
    Response,
}

impl Phase {
    /// Its word, as it stands in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::Login => "login",
            Self::Send => "send",
            Self::Response => "response",
        }
    }
}

/// How long each phase took; `None` where it was not reached or does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Looking up the name.
    pub resolve: Option<Duration>,
    /// Connecting, a proxy included.
    pub connect: Option<Duration>,
    /// Agreeing on TLS.
    pub tls: Option<Duration>,
    /// Waiting for the greeting.
    pub greeting: Option<Duration>,
    /// From our last byte to the first one of the response.
    pub first_byte: Option<Duration>,
    /// From the start to the end.
    pub total: Duration,
}
