//! What an outcome rests on.

use std::net::SocketAddr;
use std::time::Duration;

use crate::layout::{EndReason, Fields, Value};

/// Everything that is known about one attempt.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The address that was connected to, or tried last.
    pub address: Option<SocketAddr>,
    /// How far it got.
    pub phase: Phase,
    /// How many bytes of the command the kernel took.
    pub bytes_written: usize,
    /// The command's bytes on the wire.
    pub request: Vec<u8>,
    /// The response's bytes on the wire; where there was no whole response, what there was of it.
    pub response: Vec<u8>,
    /// The body of a whole response, trimmed if the protocol says so; the whole frame where it has no part `body`.
    pub body: Vec<u8>,
    /// The named parts of a whole response.
    pub fields: Fields,
    /// Why the response frame ended.
    pub ended_by: Option<EndReason>,
    /// Why the device said no.
    pub refusal: Option<Refusal>,
    /// Bytes that came before the command was sent and are no greeting.
    pub stale: Vec<u8>,
    /// Bytes behind the last frame of the response.
    pub extra: Vec<u8>,
    /// One line: what went wrong, without the device's name.
    pub error: Option<String>,
    /// What to try, where that is known.
    pub hint: Option<String>,
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
            Self::Send => "send",
            Self::Response => "response",
        }
    }
}

/// Why a device said no.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The part `code` of the error.
    pub code: Option<Value>,
    /// The part `text` of the error.
    pub text: Option<Value>,
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
