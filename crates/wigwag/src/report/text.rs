//! Results and errors for a person.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use wigwag_protocol::bytes::display::{escape, escape_str, escape_text};
use wigwag_protocol::bytes::hex as hex_of;
use wigwag_protocol::exchange::End;
use wigwag_protocol::layout::Value;
use wigwag_protocol::outcome::Outcome;

use crate::send::Plan;

/// The most bytes of stale or extra bytes that a warning shows.
const SHOWN: usize = 60;

/// The response's text and nothing else; nothing at all where there is no answer.
pub(super) fn response(end: &End, out: &mut impl Write) -> io::Result<()> {
    match end.outcome {
        Outcome::Ok => writeln!(out, "{}", escape_text(&end.evidence.body)),
        Outcome::Sent
        | Outcome::Rejected
        | Outcome::Unreachable(_)
        | Outcome::Unconfirmed(_)
        | Outcome::Garbled(_)
        | Outcome::Cancelled => Ok(()),
    }
}

/// The response's bytes as they came, in hex.
pub(super) fn hex(end: &End, out: &mut impl Write) -> io::Result<()> {
    if end.evidence.response.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", hex_of::encode_spaced(&end.evidence.response))
}

/// Whose fault, which device, which phase, the cause once, and what to try.
pub(super) fn error(plan: &Plan, end: &End, out: &mut impl Write) -> io::Result<()> {
    let device = device(plan, end);
    for (bytes, what) in [
        (&end.evidence.stale, "came before the command was sent, so not in response to it"),
        (&end.evidence.extra, "came behind the response"),
    ] {
        // An error before the command was sent tells itself what the device said.
        if !bytes.is_empty() && !end.outcome.proves_not_sent() {
            let (count, shown) = (byte_count(bytes), escape(bytes).truncated(SHOWN));
            writeln!(out, "warning: {device}: {count} {what}: {shown}")?;
        }
    }
    if let Some(error) = &end.evidence.error {
        writeln!(out, "error: {device}: {error}")?;
    }
    if let Some(hint) = &end.evidence.hint {
        writeln!(out, "hint: {}", escape_str(hint))?;
    }
    Ok(())
}

/// The device as it was named, and its address where that says more.
pub(super) fn device(plan: &Plan, end: &End) -> String {
    let endpoint = plan.endpoint.to_string();
    match end.evidence.address.map(|address| address.to_string()) {
        Some(address) if address != endpoint => format!("{} ({address})", escape_str(&plan.device)),
        _ => escape_str(&endpoint).to_string(),
    }
}

/// How many they are, in words: `1 byte`, `2 bytes`.
pub(crate) fn byte_count(bytes: &[u8]) -> String {
    match bytes.len() {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

/// A duration as a person compares them.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

/// A value of a part.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bytes(bytes) => escape(bytes).to_string(),
        Value::Text(text) => escape_str(text).to_string(),
        Value::Name(name) => name.to_string(),
        Value::Bits(number, bits) => {
            let set: Vec<&str> = bits.iter().filter(|(_, set)| *set).map(|(name, _)| &**name).collect();
            format!("{number:#x} {{{}}}", set.join(" "))
        }
        Value::List(elements) => {
            let elements: Vec<String> = elements.iter().map(self::value).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Record(fields) => {
            let mut text = String::from("{");
            for (index, (name, field)) in fields.iter().enumerate() {
                let separator = if index > 0 { ", " } else { "" };
                // Writing to a String cannot fail.
                let _ = write!(text, "{separator}{name}={}", self::value(field));
            }
            text + "}"
        }
    }
}
