//! Results and errors for a person.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use wigwag_fleet::{Ended, Task};
use wigwag_protocol::bytes::display::{escape, escape_str, escape_text};
use wigwag_protocol::bytes::hex as hex_of;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::{Fields, Layout, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::Reply;

/// The most bytes of stale or extra bytes that a warning shows.
const SHOWN: usize = 60;

/// What the response says and nothing else; nothing at all where there is no answer.
pub(super) fn response(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    match (ended.outcome, &ended.target.order) {
        (Outcome::Ok, Ok(order)) => answer(&order.task, &ended.evidence, out),
        // No device answers what was not sent to it.
        (Outcome::Ok, Err(_)) => Ok(()),
        (
            Outcome::Sent
            | Outcome::Rejected
            | Outcome::Unreachable(_)
            | Outcome::Unconfirmed(_)
            | Outcome::Garbled(_)
            | Outcome::Skipped(_)
            | Outcome::Cancelled
            | Outcome::Expired,
            _,
        ) => Ok(()),
    }
}

/// The parts that a command's reply names, or its response where that has no body: a single one as it is, several as
/// `name=value` lines; else the text of the body.
fn answer(task: &Task, evidence: &Evidence, out: &mut impl Write) -> io::Result<()> {
    let named: Vec<&str> = task.call.reply().layouts().iter().flat_map(Layout::names).collect();
    let said = |fields: &Fields| -> Vec<(String, String)> {
        let says_nothing_more = matches!(task.call.reply(), Reply::Any) && fields.get("body").is_none();
        let names_all = task.call.command().is_some() && says_nothing_more;
        let of_reply = fields.iter().filter(|(name, _)| names_all || named.contains(name));
        of_reply.map(|(name, said)| (name.to_owned(), evidence.secrets.hide_text(value(said)))).collect()
    };
    for record in &evidence.list {
        let words: Vec<String> = said(record).iter().map(|(name, value)| format!("{name}={value}")).collect();
        writeln!(out, "{}", words.join(" "))?;
    }
    match said(&evidence.fields).as_slice() {
        _ if !evidence.list.is_empty() => Ok(()),
        [] => writeln!(out, "{}", escape_text(&evidence.secrets.hide(&evidence.body))),
        [(_, value)] => writeln!(out, "{value}"),
        several => several.iter().try_for_each(|(name, value)| writeln!(out, "{name}={value}")),
    }
}

/// The response's bytes as they came, in hex.
pub(super) fn hex(ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    if ended.evidence.response.is_empty() {
        return Ok(());
    }
    let Evidence { response, secrets, .. } = &ended.evidence;
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
        writeln!(out, "error: {device}: {error}")?;
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
