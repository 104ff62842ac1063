//! The outcome event, version 1. Keys may be added within a version, never changed.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use wigwag_protocol::bytes::{display, hex};
use wigwag_protocol::exchange::{End, Timing};
use wigwag_protocol::layout::{Fields, Value};

use crate::send::Plan;

/// Prints the outcome as one object on one line.
pub(super) fn outcome(plan: &Plan, end: &End, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", safe(&event(plan, end).to_string()))
}

fn event(plan: &Plan, end: &End) -> Json {
    let evidence = &end.evidence;
    let request_body = plan.protocol.request.decode(&evidence.request, |frame| frame.bytes("body").map(<[u8]>::to_vec));
    let request_body = request_body.ok().flatten();
    let mut event = Map::new();
    let mut set = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            event.insert(key.to_owned(), value);
        }
    };
    set("v", Some(json!(1)));
    set("event", Some(json!("outcome")));
    set("device", Some(json!(plan.device)));
    set("address", evidence.address.map(|address| json!(address.to_string())));
    set("time", Some(json!(Timestamp::now().to_string())));
    set("command", plan.command.as_ref().map(|command| json!(command)));
    // Nothing has declared the command harmless or repeatable.
    set("effect", Some(json!("once")));
    set("outcome", Some(json!(end.outcome.word())));
    set("reason", end.outcome.reason().map(|reason| json!(reason)));
    set("phase", Some(json!(evidence.phase.word())));
    set("attempt", Some(json!(1)));
    set("bytes_written", Some(json!(evidence.bytes_written)));
    set("request", Some(bytes(&evidence.request, request_body.as_deref())));
    let body = evidence.ended_by.is_some().then_some(evidence.body.as_slice());
    set("response", (!evidence.response.is_empty()).then(|| bytes(&evidence.response, body)));
    set("fields", (!evidence.fields.is_empty()).then(|| fields(&evidence.fields)));
    let refusal = evidence.refusal.as_ref();
    set("code", refusal.and_then(|refusal| refusal.code.as_ref()).map(value));
    set("text", refusal.and_then(|refusal| refusal.text.as_ref()).map(text_value));
    set("stale", (!evidence.stale.is_empty()).then(|| bytes(&evidence.stale, None)));
    set("extra", (!evidence.extra.is_empty()).then(|| bytes(&evidence.extra, None)));
    set("ended_by", evidence.ended_by.map(|reason| json!(reason.to_string())));
    set("timing_us", Some(timing(&evidence.timing)));
    set("error", evidence.error.as_ref().map(|error| json!(error)));
    set("hint", evidence.hint.as_ref().map(|hint| json!(hint)));
    Json::Object(event)
}

/// All the bytes in hex, and the text of the body, or of all of them where there is no body.
fn bytes(wire: &[u8], body: Option<&[u8]>) -> Json {
    json!({ "hex": hex::encode(wire), "text": text(body.unwrap_or(wire)) })
}

/// Bytes as a string: UTF-8 as it is, every other byte as `<0x9B>`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&display::escape(chunk.invalid()).to_string());
    }
    text
}

fn fields(fields: &Fields) -> Json {
    Json::Object(fields.iter().map(|(name, field)| (name.to_owned(), value(field))).collect())
}

fn value(field: &Value) -> Json {
    // The largest number below which every whole number is a double, which is all that many readers of JSON have.
    const EXACT: i128 = 1 << 53;
    match field {
        Value::Integer(number) if (-EXACT..=EXACT).contains(number) => json!(*number as i64),
        Value::Integer(number) => json!(number.to_string()),
        Value::Float(number) if number.is_finite() => json!(number),
        Value::Float(number) => json!(number.to_string()),
        Value::Bytes(bytes) => json!(hex::encode(bytes)),
        Value::Text(text) => json!(text),
        Value::Name(name) => json!(&**name),
        Value::Bits(_, bits) => Json::Object(bits.iter().map(|(name, set)| (name.to_string(), json!(set))).collect()),
        Value::List(elements) => Json::Array(elements.iter().map(value).collect()),
        Value::Record(record) => fields(record),
    }
}

/// What a device says to a person is text, whatever the type of its part.
fn text_value(field: &Value) -> Json {
    match field {
        Value::Bytes(bytes) => json!(text(bytes)),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Name(_)
        | Value::Bits(..)
        | Value::List(_)
        | Value::Record(_) => value(field),
    }
}

fn timing(timing: &Timing) -> Json {
    let phases = [
        ("resolve", timing.resolve),
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("greeting", timing.greeting),
        ("first_byte", timing.first_byte),
        ("total", Some(timing.total)),
    ];
    let known = phases.into_iter().filter_map(|(name, duration)| Some((name, duration?)));
    Json::Object(known.map(|(name, duration)| (name.to_owned(), json!(duration.as_micros() as u64))).collect())
}

/// JSON whose strings cannot act on a terminal: what JSON itself does not escape (DEL, C1, bidirectional and invisible
/// characters) is written as `\u` escapes, which say the same.
pub(crate) fn safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut utf8, mut utf16) = ([0; 4], [0; 2]);
    for c in json.chars() {
        let as_it_is = &*c.encode_utf8(&mut utf8);
        let inert = c == '\n' || display::escape_str(as_it_is).to_string() == as_it_is;
        if inert {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut utf16).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_could_act_on_a_terminal_are_escaped_and_mean_the_same() {
        let dangerous = "a\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{200b}é\u{e0001}";
        let written = safe(&json!(dangerous).to_string());
        assert!(written.chars().all(|c| c.is_ascii() || c == 'é'), "{written}");
        assert!(!written.contains('\x7f') && !written.contains('\x1b'));
        assert_eq!(serde_json::from_str::<Json>(&written).unwrap(), json!(dangerous));
    }

    #[test]
    fn numbers_beyond_a_double_are_strings() {
        assert_eq!(value(&Value::Integer(1 << 53)), json!(9_007_199_254_740_992_i64));
        assert_eq!(value(&Value::Integer((1 << 53) + 1)), json!("9007199254740993"));
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_in_the_text() {
        assert_eq!(text(b"ok \xff\n"), "ok <0xFF>\n");
    }
}
