//! How a command is typed, and what goes over the wire then.

use std::sync::Arc;

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::protocol::{Command, Example, Expected, Protocol};

use super::super::explain;
use super::page::WIDTH;
use super::{Page, Shown};
use crate::report;

/// How many bytes stand on a line.
const BYTES: usize = 16;

/// What was told already and need not be told again.
#[derive(Debug, Default)]
pub(super) struct Said<'p> {
    greetings: Vec<&'p [u8]>,
}

impl<'p> Said<'p> {
    /// The greeting of an example, the first time.
    fn greeting(&mut self, example: &'p Example) -> &'p [u8] {
        if self.greetings.contains(&&*example.greeting) {
            return &[];
        }
        self.greetings.push(&example.greeting);
        &example.greeting
    }
}

/// The examples of a command, or those without one: how it is typed, the bytes, what they say.
pub(super) fn briefly<'p>(page: &mut Page, shown: &'p Shown, command: Option<&'p Arc<Command>>, said: &mut Said<'p>) {
    for example in of_command(&shown.protocol, command) {
        page.blank();
        page.inside(|page| {
            line(page, shown, example);
            let wires = [("<-", said.greeting(example)), ("->", &example.send), ("<-", &example.recv)];
            bytes(page, &wires);
            page.entry_behind("   ", &expected(&shown.protocol, example));
        });
    }
}

/// The examples of a command part by part.
pub(super) fn in_full(page: &mut Page, shown: &Shown, command: &Arc<Command>) {
    let mut said = Said::default();
    for example in of_command(&shown.protocol, Some(command)) {
        let is_greeted = !said.greeting(example).is_empty();
        page.blank();
        page.inside(|page| {
            line(page, shown, example);
            for (direction, bytes, dump) in explain::exchange(&shown.protocol, command, example, is_greeted) {
                page.line(&format!("{direction} {}", report::byte_count(bytes)));
                page.inside(|page| dump.iter().for_each(|line| page.line(line)));
            }
        });
    }
}

fn of_command<'p>(protocol: &'p Protocol, command: Option<&'p Arc<Command>>) -> impl Iterator<Item = &'p Example> {
    protocol.examples.iter().filter(move |example| example.command.as_ref() == command)
}

fn line(page: &mut Page, shown: &Shown, example: &Example) {
    if let Some(about) = &example.about {
        page.paragraph(&format!("# {about}"));
    }
    page.line(&format!("$ {}", command_line(shown, example)));
}

/// Bytes in hex and as text: with control characters by their names, where there is room for them.
fn bytes(page: &mut Page, wires: &[(&str, &[u8])]) {
    const HEX: usize = 3 * BYTES - 1;
    const ROOM: usize = WIDTH - HEX - 12;
    let lines = || wires.iter().flat_map(|(_, bytes)| bytes.chunks(BYTES));
    let is_narrow = lines().all(|line| escape(line).to_string().chars().count() <= ROOM);
    for (direction, bytes) in wires {
        for (line, chunk) in bytes.chunks(BYTES).enumerate() {
            let direction = if line == 0 { direction } else { "" };
            let hex = hex::encode_spaced(chunk);
            let text = if is_narrow { escape(chunk).to_string() } else { report::dots(chunk) };
            page.line(&format!("{direction:<2} {hex:<HEX$}  {text}"));
        }
    }
}

/// What the answer says: its fields, or that it is a no.
fn expected(protocol: &Protocol, example: &Example) -> String {
    let fields = |fields: &Fields| {
        let words: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", report::value(value))).collect();
        words.join(" ")
    };
    match &example.expected {
        Expected::Fields(said) => fields(said),
        Expected::List(frames) => frames.iter().map(fields).collect::<Vec<_>>().join(", "),
        Expected::Error(None) => "the device says no".to_owned(),
        Expected::Error(Some(code)) => {
            let texts = protocol.classes.error.iter().flat_map(|error| &error.texts);
            let text = texts.into_iter().find(|(known, _)| known.agrees_with(code)).map(|(_, text)| text);
            let text = text.map(|text| format!(": {text}")).unwrap_or_default();
            format!("the device says no, {}{text}", report::value(code))
        }
    }
}

/// What is typed to send it.
pub(super) fn command_line(shown: &Shown, example: &Example) -> String {
    let host = if shown.protocol.port.is_some() { "HOST" } else { "HOST:PORT" };
    let mut words = vec!["wigwag".to_owned(), "send".to_owned(), host.to_owned()];
    words.extend(["--protocol".to_owned(), quoted(&shown.found.name)]);
    for (name, _) in example.secrets.iter() {
        words.push(format!("--secret {name}=ask"));
    }
    let command = example.command.as_ref();
    words.extend(command.map(|command| command.name.to_string()));
    for (name, value) in example.params.iter() {
        let is_secret = command.and_then(|command| command.param(name)).is_some_and(|param| param.rule.secret);
        match is_secret {
            true => words.push(format!("--secret {name}=ask")),
            false => words.push(quoted(&format!("{name}={}", typed(value)))),
        }
    }
    if let Some(body) = &example.body {
        match std::str::from_utf8(body) {
            Ok(text) if !text.is_empty() && !text.contains(char::is_control) && !text.starts_with('-') => {
                words.push(quoted(text));
            }
            _ => words.push(format!("--hex '{}'", hex::encode_spaced(body))),
        }
    }
    words.join(" ")
}

/// A value as it is typed behind the name of its parameter.
fn typed(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Text(text) => text.clone(),
        Value::Name(name) => name.to_string(),
        Value::Bits(number, _) => number.to_string(),
        Value::List(elements) => elements.iter().map(typed).collect::<Vec<_>>().join(","),
        Value::Record(bits) => {
            let set = bits.iter().filter(|(_, value)| **value != Value::Integer(0));
            set.map(|(name, _)| name).collect::<Vec<_>>().join("+")
        }
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.,:/=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let mut text = String::from("$'");
    for c in word.chars() {
        match c {
            '\r' => text.push_str("\\r"),
            '\n' => text.push_str("\\n"),
            '\\' | '\'' => text.extend(['\\', c]),
            c if c.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("n=1"), "n=1");
        assert_eq!(quoted("./a scale.toml"), "'./a scale.toml'");
        assert_eq!(quoted("text=it's"), "'text=it'\\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a=it's\r\u{1b}\\"), "$'a=it\\'s\\r\\x1b\\\\'");
    }

    #[test]
    fn values_are_typed_as_they_are_read() {
        let bits =
            Fields::from([("drawer", Value::Integer(1)), ("cover", Value::Integer(0)), ("feed", Value::Integer(1))]);
        assert_eq!(typed(&Value::Record(bits)), "drawer+feed");
        assert_eq!(typed(&Value::List(vec![Value::Integer(10), Value::Integer(258)])), "10,258");
    }
}
