//! What happened, in one line for a person: whose fault, in which phase, the cause once. The device's name is put in
//! front by whoever prints it, what to try behind it.

use std::fmt;
use std::time::Duration;

use super::Refusal;
use crate::bytes::display::{escape, escape_str};
use crate::layout::{DecodeError, DecodeErrorKind, Value};
use crate::outcome::Unreachable;
use crate::units::show_duration;

/// The most bytes of what a device said that a one-line message shows.
const SHOWN: usize = 60;

const NOT_KNOWN: &str = "it is not known whether the device acted on the command";

/// Which time-out it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// The one of what was waited for.
    Of(Duration),
    /// The one of the whole attempt.
    Total(Duration),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(limit) => f.write_str(&show_duration(*limit)),
            Self::Total(limit) => write!(f, "the {} of the whole attempt", show_duration(*limit)),
        }
    }
}

/// How much of a command the kernel took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) written: usize,
    pub(super) size: usize,
}

// ---- before the commit point ----

pub(super) fn unreachable(reason: Unreachable, cause: &str) -> String {
    format!("{}: {cause}", reason.failure())
}

pub(super) fn not_resolved(limit: Limit) -> String {
    format!("could not resolve the name: no answer within {limit}")
}

pub(super) fn not_connected(limit: Limit) -> String {
    format!("could not connect: no answer within {limit}")
}

pub(super) fn not_secured(limit: Limit) -> String {
    format!("could not agree on TLS: connected, but not done within {limit}")
}

/// How an orderly end is told; a [`Failure`](super::Failure) brings its own cause.
pub(super) const CLOSED: &str = "the device closed the connection";

pub(super) fn dropped(how: &str, said: &[u8]) -> String {
    format!("could not send: {how} before the command was sent{}", after_saying(said))
}

pub(super) fn could_not_send_here(cause: &str) -> String {
    format!("could not send: {}", own_fault(cause))
}

pub(super) fn took_nothing(limit: Limit) -> String {
    format!("could not send: connected, but not a byte of the command was taken within {limit}")
}

pub(super) fn no_greeting(limit: Limit, said: &[u8]) -> String {
    if said.is_empty() {
        return format!("could not send: no greeting within {limit}");
    }
    format!("could not send: {}", unfinished("the greeting", limit, said))
}

pub(super) fn wrong_greeting(error: &DecodeError, said: &[u8]) -> String {
    format!("could not send: this is not the greeting of the protocol: {error}{}", after_saying(said))
}

pub(super) fn greeted_with(refusal: &Refusal, greeting: &[u8]) -> String {
    format!("could not send: instead of a greeting {}", refused(refusal, greeting))
}

pub(super) const CANCELLED: &str = "cancelled before anything was sent";

// ---- after it ----

pub(super) fn partial_send(progress: Written, cause: &str, received: &[u8]) -> String {
    format!("only {progress} were sent: {cause}{}; {NOT_KNOWN}", after_saying(received))
}

pub(super) fn took_no_more(limit: Limit) -> String {
    format!("the device took no more within {limit}")
}

pub(super) fn no_reply(limit: Limit) -> String {
    format!("no response within {limit}; {NOT_KNOWN}")
}

pub(super) fn stalled(limit: Limit, received: &[u8]) -> String {
    format!("{}; {NOT_KNOWN}", unfinished("the response", limit, received))
}

pub(super) fn never_silent(limit: Limit) -> String {
    format!("no response is due, but the device did not fall silent within {limit}; {NOT_KNOWN}")
}

pub(super) fn cut_off(how: &str, received: &[u8]) -> String {
    if received.is_empty() {
        return format!("{how} before a response came; {NOT_KNOWN}");
    }
    format!("{how} in the middle of the response, after {}; {NOT_KNOWN}", so_far(received))
}

pub(super) fn closed_after_fin() -> String {
    format!("{CLOSED} without a response when we closed our sending side; {NOT_KNOWN}")
}

pub(super) fn interrupted(progress: Written, received: &[u8]) -> String {
    if progress.written < progress.size {
        return format!("interrupted when only {progress} were sent{}; {NOT_KNOWN}", after_saying(received));
    }
    if received.is_empty() {
        return format!("interrupted after the command was sent, before a response came; {NOT_KNOWN}");
    }
    format!("interrupted in the middle of the response, after {}; {NOT_KNOWN}", so_far(received))
}

pub(super) fn garbled(error: &DecodeError) -> String {
    let what = match error.kind {
        DecodeErrorKind::Framing => "the response is not framed as the protocol says",
        DecodeErrorKind::Checksum => "the response has a wrong checksum",
        DecodeErrorKind::TooLong => {
            let DecodeError { expected, found, .. } = error;
            return format!("the response is too long: expected {expected}, found {found}; {NOT_KNOWN}");
        }
        DecodeErrorKind::Text => "the response is not text in the protocol's encoding",
    };
    format!("{what}: {error}; {NOT_KNOWN}")
}

pub(super) fn refused(refusal: &Refusal, body: &[u8]) -> String {
    let show = |value: &Value| match value {
        Value::Text(text) => escape_str(text).truncated(SHOWN).to_string(),
        Value::Bytes(bytes) => escape(bytes).truncated(SHOWN).to_string(),
        Value::Name(name) => name.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bits(number, _) => number.to_string(),
        Value::List(_) | Value::Record(_) => "more than can be shown".to_owned(),
    };
    match (&refusal.code, &refusal.text) {
        (Some(code), Some(text)) => format!("the device refused: {} (code {})", show(text), show(code)),
        (None, Some(text)) => format!("the device refused: {}", show(text)),
        (Some(code), None) => format!("the device refused: code {}", show(code)),
        (None, None) => format!("the device refused: {}", escape(body).truncated(SHOWN)),
    }
}

pub(super) fn own_fault(cause: &str) -> String {
    format!("this machine failed ({cause})")
}

// ---- what to try ----

/// Against a device that drops its answer when our side is closed.
pub(super) const TRY_OPEN: &str =
    "many small devices drop their answer when the sending side is closed after the command: try --after-send open";

pub(super) fn expected_end(layout: &str) -> String {
    format!(
        "expected `{layout}`: if the device ends its responses otherwise, try another --response; if it pauses within them, a longer --idle-timeout"
    )
}

// ---- pieces ----

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.written, self.size)
    }
}

/// What the device said, to be put behind an error.
fn after_saying(said: &[u8]) -> String {
    if said.is_empty() { String::new() } else { format!("; the device said: {}", escape(said).truncated(SHOWN)) }
}

fn unfinished(what: &str, limit: Limit, received: &[u8]) -> String {
    let received = so_far(received);
    match limit {
        Limit::Of(_) => format!("{what} stopped before its end: nothing for {limit} after {received}"),
        Limit::Total(_) => format!("{what} did not end within {limit}: {received}"),
    }
}

fn so_far(received: &[u8]) -> String {
    let bytes = if received.len() == 1 { "byte" } else { "bytes" };
    format!("{} {bytes}, {}", received.len(), escape(received).truncated(SHOWN))
}
