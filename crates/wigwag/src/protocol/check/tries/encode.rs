//! The command with its params is written as `send`.

use std::ops::Range;

use wigwag_protocol::bytes::hex;

use super::{Result, Try, fault, fault_with};
use crate::protocol::check::client;
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told;

pub(super) fn encode(scene: &Scene<'_>) -> Result<()> {
    let sent = client::sends(scene).map_err(|end| {
        let mut never = fault(scene, Try::Encode, format!("the command is never sent: {}", told::outcome(&end)));
        let help = "what the example has as `greeting` comes before the command; [session] says how it is read";
        never.help = (!scene.example.greeting.is_empty()).then(|| help.to_owned());
        never
    })?;
    let expected = &scene.example.send;
    if sent.written == *expected {
        return Ok(Some(()));
    }
    let message = "`send` is not what this command writes";
    Err(fault_with(scene, Try::Encode, message, difference(scene, expected, &sent.written)))
}

/// One part of a request.
struct Part {
    name: String,
    at: Range<usize>,
}

/// The parts in which they differ, side by side; the bytes as a whole where `expected` has no such parts.
fn difference(scene: &Scene<'_>, expected: &[u8], got: &[u8]) -> Vec<String> {
    let (in_expected, in_got) = (parts(scene, expected), parts(scene, got));
    let same_parts = !in_got.is_empty()
        && in_expected.len() == in_got.len()
        && in_expected.iter().zip(&in_got).all(|(expected, got)| expected.name == got.name);
    let rows: Vec<[String; 3]> = match same_parts {
        true => in_expected
            .iter()
            .zip(&in_got)
            .map(|(expected_part, got_part)| {
                [got_part.name.clone(), shown(expected, &expected_part.at), shown(got, &got_part.at)]
            })
            .filter(|[_, expected, got]| expected != got)
            .collect(),
        false => vec![whole_row(&in_got, expected, got)],
    };
    let heading = ["part", "`send` says", "it writes"].map(str::to_owned);
    table(std::iter::once(heading).chain(rows).collect())
}

/// All the bytes, and in which part of what is written the first difference is.
fn whole_row(parts: &[Part], expected: &[u8], got: &[u8]) -> [String; 3] {
    let first = expected.iter().zip(got).take_while(|(expected, got)| expected == got).count();
    let part = parts.iter().find(|part| part.at.contains(&first)).map_or("", |part| &part.name);
    let place = if part.is_empty() { format!("byte {first}") } else { format!("{part} (byte {first})") };
    [place, hex::encode_spaced(expected), hex::encode_spaced(got)]
}

fn shown(bytes: &[u8], at: &Range<usize>) -> String {
    hex::encode_spaced(bytes.get(at.clone()).unwrap_or_default())
}

fn table(rows: Vec<[String; 3]>) -> Vec<String> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    rows.iter().map(|[part, expected, got]| format!("{part:<first$}  {expected:<second$}  {got}")).collect()
}

/// The parts of a request in the order of the wire, those of its body in the body's place; none where it is no request
/// of this command.
fn parts(scene: &Scene<'_>, wire: &[u8]) -> Vec<Part> {
    let framed = scene.call.request().layouts().find_map(|layout| layout.decode(wire, |frame| frame.parts()).ok());
    let of_body = |at: &Range<usize>| {
        let send = &scene.call.command()?.send;
        let bytes = wire.get(at.clone())?;
        let parts = send.decode(bytes, |body| body.parts()).ok()?;
        let within = |part: &Range<usize>| part.start + at.start..part.end + at.start;
        Some(parts.into_iter().map(|part| named(part.name.as_deref(), within(&part.wire))).collect::<Vec<_>>())
    };
    let mut parts = Vec::new();
    for part in framed.unwrap_or_default() {
        match part.name.as_deref() {
            Some("body") => match of_body(&part.wire) {
                Some(inner) => parts.extend(inner),
                None => parts.push(named(Some("body"), part.wire)),
            },
            name => parts.push(named(name, part.wire)),
        }
    }
    parts
}

fn named(name: Option<&str>, at: Range<usize>) -> Part {
    Part { name: name.unwrap_or("literal").to_owned(), at }
}
