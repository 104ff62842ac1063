//! Protocol files: what each key means, and what is said of files that are wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod anything;
mod classes;
mod commands;
mod examples;
mod frames;
mod right;
mod session;
mod wrong;

use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::protocol::{Command, FileError, Protocol};

/// The protocol of this file.
#[track_caller]
fn parse(file: &str) -> Protocol {
    Protocol::parse(file).unwrap_or_else(|error| panic!("{error} at `{}`\n{file}", marked(file, &error).unwrap_or("-")))
}

/// The text that an error marks.
fn marked<'f>(file: &'f str, error: &FileError) -> Option<&'f str> {
    error.at.clone().map(|at| &file[at])
}

/// A protocol of lines with these tables added.
#[track_caller]
fn lines(tables: &str) -> Protocol {
    parse(&format!("name = \"lines\"\nrequest.layout = \"body <CR>\"\nresponse.layout = \"body <CR LF>\"\n{tables}"))
}

/// A protocol without frames with these tables added.
#[track_caller]
fn frameless(tables: &str) -> Protocol {
    parse(&format!("name = \"frameless\"\n{tables}"))
}

#[track_caller]
fn command<'p>(protocol: &'p Protocol, name: &str) -> &'p Command {
    protocol.command(name).unwrap_or_else(|| panic!("no command {name}"))
}

fn int(number: i128) -> Value {
    Value::Integer(number)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn name(name: &str) -> Value {
    Value::Name(name.into())
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Fields {
    Fields::from(fields)
}

/// The layouts of these, as they were written.
fn sources<'l>(layouts: impl IntoIterator<Item = &'l wigwag_protocol::layout::Layout>) -> Vec<&'l str> {
    layouts.into_iter().map(|layout| layout.source()).collect()
}
