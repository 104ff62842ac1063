//! The outcome event, version 1. Keys may be added within a version, never changed.

use std::io::{self, Write};
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use wigwag_fleet::{Ended, Task};
use wigwag_protocol::bytes::{display, hex};
use wigwag_protocol::exchange::{Evidence, Secrets, Timing};
use wigwag_protocol::layout::{Fields, Value};

/// Prints the outcome as one object on one line. `run` is the run's id, where it has one.
pub(super) fn outcome(run: Option<&str>, ended: &Ended, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", safe(&event(run, ended).to_string()))
}

fn event(run: Option<&str>, ended: &Ended) -> Json {
    let evidence = &ended.evidence;
    let task = ended.target.order.as_ref().ok().map(|order| &*order.task);
    let request_body = task.and_then(|task| {
        task.call.request().layouts().find_map(|layout| {
            layout.decode(&evidence.request, |frame| frame.bytes("body").map(<[u8]>::to_vec)).ok().flatten()
        })
    });
    let hidden = &evidence.secrets;
    let bytes = |wire: &[u8], body: Option<&[u8]>| bytes(hidden, wire, body);
    let mut event = Map::new();
    let mut set = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            event.insert(key.to_owned(), value);
        }
    };
    set("v", Some(json!(1)));
    set("event", Some(json!("outcome")));
    set("run", run.map(|run| json!(run)));
    set("device", Some(json!(&*ended.target.name)));
    set("address", evidence.address.map(|address| json!(address.to_string())));
    set("time", time(ended.time));
    set("command", task.and_then(|task| task.command.as_ref()).map(|command| json!(&**command)));
    set("params", task.and_then(params));
    set("effect", task.map(|task| json!(task.call.effect().word())));
    set("outcome", Some(json!(ended.outcome.word())));
    set("reason", ended.outcome.reason().map(|reason| json!(reason)));
    set("phase", Some(json!(evidence.phase.word())));
    set("attempt", Some(json!(ended.attempt)));
    set("bytes_written", Some(json!(evidence.bytes_written)));
    set("request", (!evidence.request.is_empty()).then(|| bytes(&evidence.request, request_body.as_deref())));
    let body = evidence.ended_by.is_some().then_some(evidence.body.as_slice());
    set("response", (!evidence.response.is_empty()).then(|| bytes(&evidence.response, body)));
    set("fields", says(evidence).map(|says| hide(hidden, says)));
    let refusal = evidence.refusal.as_ref();
    set("code", refusal.and_then(|refusal| refusal.code.as_ref()).map(value));
    set("text", refusal.and_then(|refusal| refusal.text.as_ref()).map(text_value));
    set("busy", refusal.filter(|refusal| refusal.busy).map(|_| json!(true)));
    set("stale", (!evidence.stale.is_empty()).then(|| bytes(&evidence.stale, None)));
    set("extra", (!evidence.extra.is_empty()).then(|| bytes(&evidence.extra, None)));
    set("foreign", (!evidence.foreign.is_empty()).then(|| bytes(&evidence.foreign, None)));
    set("events", (!evidence.events.is_empty()).then(|| bytes(&evidence.events, None)));
    set("ended_by", evidence.ended_by.map(|reason| json!(reason.to_string())));
    set("timing_us", Some(timing(&evidence.timing)));
    set("error", super::text::error_of(ended).map(|error| json!(error)));
    set("hint", evidence.hint.as_ref().map(|hint| json!(hint)));
    Json::Object(event)
}

/// All the bytes in hex, and the text of the body, or of all of them where there is no body. Bytes that were made of a
/// secret have no hex.
fn bytes(hidden: &Secrets, wire: &[u8], body: Option<&[u8]>) -> Json {
    let said = body.unwrap_or(wire);
    match hidden.are_in(wire) || hidden.are_in(said) {
        true => json!({ "hex": null, "text": text(&hidden.hide(said)) }),
        false => json!({ "hex": hex::encode(wire), "text": text(said) }),
    }
}

/// What the parameters are; secret ones are not told.
fn params(task: &Task) -> Option<Json> {
    let command = task.call.command()?;
    let given = command.params.iter().filter_map(|param| {
        let said = task.call.fields().get(&param.name)?;
        let said = if param.rule.secret { json!("<secret>") } else { value(said) };
        Some((param.name.to_string(), said))
    });
    let given: Map<String, Json> = given.collect();
    (!given.is_empty()).then_some(Json::Object(given))
}

/// The fields of an answer, or of each of its frames.
fn says(evidence: &Evidence) -> Option<Json> {
    match evidence.list.is_empty() {
        true if evidence.fields.is_empty() => None,
        true => Some(fields(&evidence.fields)),
        false => Some(Json::Array(evidence.list.iter().map(fields).collect())),
    }
}

/// The same with `<secret>` in place of every secret that a device repeats.
fn hide(hidden: &Secrets, json: Json) -> Json {
    match json {
        _ if hidden.is_empty() => json,
        Json::String(text) => Json::String(hidden.hide_text(text)),
        Json::Array(elements) => Json::Array(elements.into_iter().map(|element| hide(hidden, element)).collect()),
        Json::Object(map) => Json::Object(map.into_iter().map(|(key, value)| (key, hide(hidden, value))).collect()),
        Json::Null | Json::Bool(_) | Json::Number(_) => json,
    }
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

pub(crate) fn fields(fields: &Fields) -> Json {
    Json::Object(fields.iter().map(|(name, field)| (name.to_owned(), value(field))).collect())
}

pub(crate) fn value(field: &Value) -> Json {
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
pub(crate) fn text_value(field: &Value) -> Json {
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

/// A moment in RFC 3339, in UTC; none beyond the years that it can write.
fn time(time: SystemTime) -> Option<Json> {
    Timestamp::try_from(time).ok().map(|time| json!(time.to_string()))
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
