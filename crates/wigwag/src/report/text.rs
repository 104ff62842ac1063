//! Results and errors for a person.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::{escape, escape_str, escape_text};
use wigwag_protocol::bytes::hex as hex_of;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::Value;
use wigwag_protocol::outcome::Outcome;

use super::said::{Said, shown, words};

/// The most bytes of stale or extra bytes that a warning shows.
const SHOWN: usize = 60;

/// What the response says and nothing else; nothing at all where there is no answer.
pub(super) fn response(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    match ended.outcome {
        Outcome::Ok => answer(ended, out),
        Outcome::Sent
        | Outcome::Rejected
        | Outcome::Unreachable(_)
        | Outcome::Unconfirmed(_)
        | Outcome::Garbled(_)
        | Outcome::Skipped(_)
        | Outcome::Cancelled
        | Outcome::Expired => Ok(()),
    }
}

/// A single part as it is, several as `name=value` lines, a list of frames a line each; else the text of the body.
fn answer(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    let evidence = &*ended.evidence;
    match Said::of_command(ended) {
        Said::Body(body) => writeln!(out, "{}", escape_text(&body)),
        Said::Frames(frames) => frames.iter().try_for_each(|parts| writeln!(out, "{}", words(evidence, parts))),
        Said::Parts(parts) => match parts.as_slice() {
            [(_, said)] => writeln!(out, "{}", shown(evidence, said)),
            several => several.iter().try_for_each(|(name, said)| writeln!(out, "{name}={}", shown(evidence, said))),
        },
    }
}

/// The response's bytes as they came, in hex.
pub(super) fn hex(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    if ended.evidence.response.is_empty() {
        return Ok(());
    }
    let Evidence { response, secrets, .. } = &*ended.evidence;
    match secrets.are_in(response) {
        true => writeln!(out, "{}", escape(&secrets.hide(response))),
        false => writeln!(out, "{}", hex_of::encode_spaced(response)),
    }
}

/// Whose fault, which device, which phase, the cause once, and what to try.
pub(super) fn error(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    let device = device(ended);
    for (bytes, what) in [
        (&ended.evidence.stale, "came before the command was sent, so not in response to it"),
        (&ended.evidence.extra, "came behind the response"),
        (&ended.evidence.foreign, "answer another command"),
    ] {
        // An error before the command was sent tells itself what the device said.
        if !bytes.is_empty() && !ended.outcome.proves_not_sent() {
            let (count, said) = (byte_count(bytes), ended.evidence.secrets.hide(bytes));
            let shown = escape(&said).truncated(SHOWN);
            writeln!(out, "warning: {device}: {count} {what}: {shown}")?;
        }
    }
    if let Some(error) = error_of(ended) {
        writeln!(out, "error: {device}: {}", escape_str(error))?;
    }
    if let Some(hint) = &ended.evidence.hint {
        writeln!(out, "hint: {}", escape_str(hint))?;
    }
    Ok(())
}

/// What went wrong, in one line without the device's name.
pub(super) fn error_of(ended: &Ended) -> Option<&str> {
    let invalid = || ended.target.order.as_ref().err().map(|invalid| invalid.message.as_str());
    ended.evidence.error.as_deref().or_else(invalid)
}

/// `4 bytes stale, 2 bytes extra`
pub(super) fn beside(evidence: &Evidence) -> Option<String> {
    let kinds = [("stale", &evidence.stale), ("extra", &evidence.extra), ("foreign", &evidence.foreign)];
    let some = kinds.into_iter().filter(|(_, bytes)| !bytes.is_empty());
    let words: Vec<String> = some.map(|(what, bytes)| format!("{} {what}", byte_count(bytes))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The device as it was named, and its address where that says more.
pub(super) fn device(ended: &Ended) -> String {
    let name = escape_str(&ended.target.name);
    let Ok(order) = &ended.target.order else { return name.to_string() };
    let endpoint = order.endpoint.to_string();
    match ended.evidence.address.map(|address| address.to_string()) {
        Some(address) if address != endpoint => format!("{name} ({address})"),
        _ => escape_str(&endpoint).to_string(),
    }
}

/// `unreachable (refused)`
pub(crate) fn outcome_words(outcome: Outcome) -> String {
    match outcome.reason() {
        Some(reason) => format!("{} ({reason})", outcome.word()),
        None => outcome.word().to_owned(),
    }
}

/// How many they are, in words: `1 byte`, `2 bytes`.
pub(crate) fn byte_count(bytes: &[u8]) -> String {
    byte_count_of(bytes.len())
}

pub(crate) fn byte_count_of(count: usize) -> String {
    match count {
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
