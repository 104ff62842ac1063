//! What happened, in one line for a person: whose fault, in which phase, the cause once. The device's name is put in
//! front by whoever prints it, what to try behind it.

use std::fmt;
use std::time::Duration;

use crate::bytes::display::{escape, escape_str};
use crate::layout::{DecodeError, DecodeErrorKind, EncodeError, Value};
use crate::outcome::Unreachable;
use crate::protocol::Refusal;
use crate::units::show_duration;

/// The most bytes of what a device said that a one-line message shows.
const SHOWN: usize = 60;

/// What has to be said behind every error that leaves it open.
pub(super) fn not_known_whether_it_acted(error: String) -> String {
    format!("{error}; it is not known whether the device acted on the command")
}

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

pub(super) fn unwritable(error: &EncodeError) -> String {
    format!("could not send: what the device said cannot be put into the command: {error}")
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

// ---- the login ----

pub(super) fn not_logged_in(cause: &str, said: &[u8]) -> String {
    format!("could not log in: {cause}{}", after_saying(said))
}

pub(super) fn asks_for(secret: &str) -> String {
    let name = secret.strip_prefix("secret.").unwrap_or(secret);
    format!("the device asks for a secret `{name}` and none is configured (--secret {name}=ask)")
}

pub(super) fn nothing_expected(limit: Limit) -> String {
    format!("what the login waits for did not come within {limit}")
}

pub(super) fn never_expected(bytes: usize) -> String {
    format!("what the login waits for is not among {bytes} bytes")
}

pub(super) const CANCELLED: &str = "cancelled before anything was sent";

// ---- after it ----

pub(super) fn partial_send(progress: Written, cause: &str, received: &[u8]) -> String {
    format!("only {progress} were sent: {cause}{}", after_saying(received))
}

pub(super) fn took_no_more(limit: Limit) -> String {
    format!("the device took no more within {limit}")
}

pub(super) fn no_reply(limit: Limit) -> String {
    format!("no response within {limit}")
}

pub(super) fn stalled(limit: Limit, received: &[u8]) -> String {
    unfinished("the response", limit, received)
}

pub(super) fn never_silent(limit: Limit) -> String {
    format!("no response is due, but the device did not fall silent within {limit}")
}

pub(super) fn cut_off(how: &str, received: &[u8]) -> String {
    if received.is_empty() {
        return format!("{how} before a response came");
    }
    format!("{how} in the middle of the response, after {}", so_far(received))
}

pub(super) fn closed_after_fin() -> String {
    format!("{CLOSED} without a response when we closed our sending side")
}

pub(super) fn interrupted(progress: Written, received: &[u8]) -> String {
    if progress.written < progress.size {
        return format!("interrupted when only {progress} were sent{}", after_saying(received));
    }
    if received.is_empty() {
        return "interrupted after the command was sent, before a response came".to_owned();
    }
    format!("interrupted in the middle of the response, after {}", so_far(received))
}

pub(super) fn garbled(error: &DecodeError) -> String {
    let what = match error.kind {
        DecodeErrorKind::Framing => "the response is not framed as the protocol says",
        DecodeErrorKind::Checksum => "the response has a wrong checksum",
        DecodeErrorKind::TooLong => {
            let DecodeError { expected, found, .. } = error;
            return format!("the response is too long: expected {expected}, found {found}");
        }
        DecodeErrorKind::Text => "the response is not text in the protocol's encoding",
    };
    format!("{what}: {error}")
}

pub(super) fn mismatch(wanted: &str, body: &[u8]) -> String {
    let came = escape(body).truncated(SHOWN);
    match wanted {
        "" => format!("this is not the reply to the command: expected an empty body, found {came}"),
        _ => format!("this is not the reply to the command: expected `{wanted}`, found {came}"),
    }
}

pub(super) fn endless(most: usize) -> String {
    format!("the response goes on behind {most} bytes")
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
