//! Machines read this: the events of a run, version 1, and values as JSON. Keys may be added within a version, never
//! changed; `docs/schema/events.json` says what there is.

mod outcome;
mod run;
pub(crate) mod writer;

use serde_json::{Value as Json, json};
use wigwag_protocol::bytes::{display, hex};
use wigwag_protocol::exchange::Secrets;
use wigwag_protocol::layout::{Fields, Value};

pub(crate) use outcome::microseconds;
pub(super) use outcome::{Outcomes, all_fields};
pub(crate) use run::{finished, started};

/// The same with `<secret>` in place of every secret that a device repeats.
pub(super) fn hide(hidden: &Secrets, json: Json) -> Json {
    match json {
        Json::String(text) => Json::String(hidden.hide_text(text)),
        Json::Array(elements) => Json::Array(elements.into_iter().map(|element| hide(hidden, element)).collect()),
        Json::Object(map) => Json::Object(map.into_iter().map(|(key, value)| (key, hide(hidden, value))).collect()),
        Json::Null | Json::Bool(_) | Json::Number(_) => json,
    }
}

/// Bytes as a string: UTF-8 as it is, every other byte as `<0x9B>`.
pub(crate) fn text(bytes: &[u8]) -> String {
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

/// JSON whose strings cannot act on a terminal: what JSON itself does not escape (DEL, C1, bidirectional and invisible
/// characters) is written as `\u` escapes, which say the same.
pub(crate) fn safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c == '\n' || writer::is_inert(c) {
            true => out.push(c),
            false => out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
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
