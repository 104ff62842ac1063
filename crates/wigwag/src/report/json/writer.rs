//! JSON, written as it is said: a million events are no time to build trees.
//!
//! The bytes are those of `serde_json`, made [`safe`](super::safe): what a terminal could act on is a `\u` escape.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;

use wigwag_protocol::bytes::display;
use wigwag_protocol::layout::{Fields, Value};

/// The largest number below which every whole number is a double, which is all that many readers of JSON have.
const EXACT: i128 = 1 << 53;

/// An object that is being written. [`close`](Self::close) ends it.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// Goes on with an object that was begun elsewhere, and has members.
    pub(crate) fn go_on(out: &'o mut Vec<u8>, begun: &[u8]) -> Self {
        out.extend_from_slice(begun);
        Self { out, is_empty: false }
    }

    /// Writes a key of ours, in which nothing is to be escaped; its value has to follow.
    pub(crate) fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        debug_assert!(key.bytes().all(is_plain), "{key}");
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Writes a key that comes from elsewhere; its value has to follow.
    pub(crate) fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.comma();
        string(self.out, name);
        self.out.push(b':');
        self.out
    }

    pub(crate) fn string(&mut self, key: &'static str, text: &str) {
        string(self.key(key), text);
    }

    pub(crate) fn number(&mut self, key: &'static str, number: impl Into<u64>) {
        whole(self.key(key), number.into());
    }

    pub(crate) fn truth(&mut self, key: &'static str, is_so: bool) {
        truth(self.key(key), is_so);
    }

    /// Writes keys and values that were written before, without the braces around them.
    pub(crate) fn members(&mut self, written: &[u8]) {
        if !written.is_empty() {
            self.comma();
            self.out.extend_from_slice(written);
        }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
    }
}

/// A string with its quotes.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    characters(out, text);
    out.push(b'"');
}

/// What stands between the quotes of a string.
pub(crate) fn characters(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    // Every byte before the first that is not plain is a whole character.
    while let Some((plain, special)) =
        rest.as_bytes().iter().position(|byte| !is_plain(*byte)).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(plain.as_bytes());
        let mut characters = special.chars();
        if let Some(c) = characters.next() {
            character(out, c);
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

fn character(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        _ if is_inert(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => escaped(out, c),
    }
}

/// `\u001b`, twice for what is beyond the first plane.
fn escaped(out: &mut Vec<u8>, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// Whether a terminal shows the character and does nothing else.
pub(super) fn is_inert(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let mut utf8 = [0; 4];
    let as_it_is = &*c.encode_utf8(&mut utf8);
    let mut same = Same(as_it_is);
    fmt::write(&mut same, format_args!("{}", display::escape_str(as_it_is))).is_ok() && same.0.is_empty()
}

/// Compares what is written with what is expected.
struct Same<'t>(&'t str);

impl fmt::Write for Same<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Bytes as a string: UTF-8 as it is, every other byte as `<0x9B>`.
pub(crate) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        characters(out, chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "<0x{byte:02X}>");
        }
    }
    out.push(b'"');
}

pub(crate) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value & 0xF)];
    out.reserve(2 + 2 * bytes.len());
    out.push(b'"');
    for byte in bytes {
        out.extend_from_slice(&[digit(byte >> 4), digit(*byte)]);
    }
    out.push(b'"');
}

/// A value of a part.
pub(crate) fn value(out: &mut Vec<u8>, field: &Value) {
    match field {
        Value::Integer(number) if (-EXACT..=EXACT).contains(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) if number.is_finite() => {
            let _ = serde_json::to_writer(&mut *out, number);
        }
        Value::Integer(number) => string(out, &number.to_string()),
        Value::Float(number) => string(out, &number.to_string()),
        Value::Bytes(bytes) => hex(out, bytes),
        Value::Text(text) => string(out, text),
        Value::Name(name) => string(out, name),
        Value::Bits(_, bits) => {
            let mut object = Object::open(out);
            bits.iter().for_each(|(name, set)| truth(object.name(name), *set));
            object.close();
        }
        Value::List(elements) => list(out, elements, value),
        Value::Record(record) => fields(out, record),
    }
}

pub(crate) fn fields(out: &mut Vec<u8>, fields: &Fields) {
    let mut object = Object::open(out);
    fields.iter().for_each(|(name, field)| value(object.name(name), field));
    object.close();
}

pub(crate) fn list<T>(out: &mut Vec<u8>, elements: &[T], element: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, one) in elements.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        element(out, one);
    }
    out.push(b']');
}

fn truth(out: &mut Vec<u8>, is_so: bool) {
    out.extend_from_slice(if is_so { b"true" } else { b"false" });
}

pub(crate) fn whole(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

pub(crate) fn signed(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// `"10.4.0.7:9100"`
pub(crate) fn address(out: &mut Vec<u8>, address: SocketAddr) {
    out.push(b'"');
    match address {
        SocketAddr::V4(address) => {
            for (index, octet) in address.ip().octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                whole(out, octet.into());
            }
            out.push(b':');
            whole(out, address.port().into());
        }
        SocketAddr::V6(address) => {
            let _ = write!(out, "{address}");
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::safe;
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|number| Value::Integer(number.into())),
            any::<f64>().prop_map(Value::Float),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Text),
            "[a-z]{1,4}".prop_map(|name| Value::Name(name.into())),
            any::<bool>().prop_map(|set| Value::Bits(1, vec![("paper".into(), set), ("head".into(), !set)])),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
                inner.prop_map(|value| Value::Record(Fields::from([("part", value)]))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_string_is_written_as_serde_json_does_but_safe(text: String) {
            prop_assert_eq!(written(|out| string(out, &text)), safe(&json!(text).to_string()));
        }

        #[test]
        fn a_value_is_written_as_the_tree_of_it(field in values()) {
            prop_assert_eq!(written(|out| value(out, &field)), safe(&super::super::value(&field).to_string()));
        }

        #[test]
        fn an_address_is_written_as_it_is_shown(shown: SocketAddr) {
            prop_assert_eq!(written(|out| address(out, shown)), json!(shown.to_string()).to_string());
        }

        #[test]
        fn bytes_are_written_as_text(bytes: Vec<u8>) {
            prop_assert_eq!(written(|out| text(out, &bytes)), safe(&json!(super::super::text(&bytes)).to_string()));
        }
    }
}
