//! What happened, in one line for a person. The device's name is put in front by whoever prints it.

use std::time::Duration;

use crate::bytes::display::escape;
use crate::layout::{DecodeError, Value};
use crate::outcome::{Garbled, Unconfirmed, Unreachable};

use super::Refusal;

/// The most bytes of a response that a one-line message shows.
const SHOWN: usize = 60;

pub(super) const NOT_KNOWN: &str = "it is not known whether the device acted on the command";

pub(super) fn unreachable(reason: Unreachable, cause: &str) -> String {
    match reason {
        Unreachable::Dns => format!("could not resolve the name: {cause}"),
        Unreachable::Refused | Unreachable::NoRoute | Unreachable::Timeout | Unreachable::Local => {
            format!("could not connect: {cause}")
        }
        Unreachable::Tls => format!("could not agree on TLS: {cause}"),
        Unreachable::Proxy => format!("could not connect through the proxy: {cause}"),
        Unreachable::Dropped => format!("could not send: {cause}"),
        Unreachable::Greeting => format!("could not send: {cause}"),
        Unreachable::Login => format!("could not log in: {cause}"),
    }
}

pub(super) fn dropped(how: &str, said: &[u8]) -> String {
    format!("connection {how} before the command was sent{}", after_saying(said))
}

/// What the device said before, to be put behind an error.
pub(super) fn after_saying(said: &[u8]) -> String {
    if said.is_empty() { String::new() } else { format!("; the device said: {}", escape(said).truncated(SHOWN)) }
}

pub(super) fn no_reply(first: Duration) -> String {
    format!("no response within {}; {NOT_KNOWN}", seconds(first))
}

pub(super) fn partial_send(written: usize, size: usize, cause: &str) -> String {
    format!("only {written} of {size} bytes could be sent: {cause}; {NOT_KNOWN}")
}

pub(super) fn cut_off(how: &str, received: &[u8]) -> String {
    if received.is_empty() {
        return format!("connection {how} without a response; {NOT_KNOWN}");
    }
    format!("connection {how} in the middle of the response, after {}; {NOT_KNOWN}", so_far(received))
}

pub(super) fn stalled(received: &[u8]) -> String {
    format!("the response did not end in time; came so far: {}; {NOT_KNOWN}", so_far(received))
}

pub(super) fn garbled(reason: Garbled, error: &DecodeError) -> String {
    let what = match reason {
        Garbled::Framing | Garbled::Mismatch => "the response is not framed as expected",
        Garbled::Checksum => "the response has a wrong checksum",
        Garbled::TooLong => "the response is too long",
        Garbled::Decode => "the response is not text in the protocol's encoding",
    };
    format!("{what}: {error}")
}

pub(super) fn refused(refusal: &Refusal, body: &[u8]) -> String {
    let show = |value: &Value| match value {
        Value::Text(text) => crate::bytes::display::escape_str(text).to_string(),
        Value::Bytes(bytes) => escape(bytes).to_string(),
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

pub(super) fn interrupted(reason: Unconfirmed) -> String {
    format!("{} after the command was sent; {NOT_KNOWN}", reason.word())
}

/// What to try against a device that drops its answer when our side is closed.
pub(super) const TRY_OPEN: &str =
    "many small devices drop their answer when the sending side is closed after the command: try --after-send open";

fn so_far(received: &[u8]) -> String {
    let bytes = if received.len() == 1 { "byte" } else { "bytes" };
    format!("{} {bytes}, {}", received.len(), escape(received).truncated(SHOWN))
}

/// `5 s`, `250 ms`.
pub(super) fn seconds(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds >= 1000 && milliseconds.is_multiple_of(1000) {
        format!("{} s", milliseconds / 1000)
    } else if milliseconds >= 1000 {
        format!("{} s", duration.as_secs_f64())
    } else {
        format!("{milliseconds} ms")
    }
}
