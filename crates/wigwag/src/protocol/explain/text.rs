//! The annotated dump.

use std::fmt::Write as _;

use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::{EndReason, Fields, Value};
use wigwag_protocol::protocol::Refusal;

use super::cut::Wrong;
use super::input::Subject;
use super::meaning::{self, Answered, Meaning};
use super::{Kind, Piece, Told};
use crate::report::{self, Row};

const INDENT: &str = "  ";

/// The most commands that are named where an answer could be that of several.
const NAMED: usize = 4;

/// All frames, one below the other.
pub(super) fn page(subject: &Subject, bytes: &[u8], frames: &[Told], notes: &[String]) -> String {
    let mut blocks: Vec<String> = frames.iter().map(|told| block(subject, bytes, told, frames.len() > 1)).collect();
    blocks.extend(notes.iter().map(|note| format!("hint: {note}\n")));
    blocks.join("\n")
}

fn block(subject: &Subject, bytes: &[u8], told: &Told, is_one_of_many: bool) -> String {
    let mut page = head(told, is_one_of_many) + "\n";
    for line in dump(subject, bytes, told).lines() {
        // Writing to memory cannot fail.
        let _ = writeln!(page, "{INDENT}{line}");
    }
    page
}

/// The bytes part by part, and what they say.
pub(super) fn dump(subject: &Subject, bytes: &[u8], told: &Told) -> String {
    let mut dump = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::rows(&mut dump, "", &rows(bytes, told));
    let mut dump = String::from_utf8_lossy(&dump).into_owned();
    let mut line = |text: &str| {
        let _ = writeln!(dump, "{text}");
    };
    if let Some(wrong) = told.wrong.as_ref().filter(|wrong| wrong.offset >= told.at.end) {
        line(&format!("{:04x}  ^^ {}", wrong.offset, words(wrong, "")));
    }
    if !told.others.is_empty() {
        line("none of the other cases either:");
        for (number, why) in &told.others {
            line(&format!("{number:>4}  {}", escape_str(why)));
        }
    }
    if let Some(meaning) = &told.meaning {
        line(&said(subject, meaning));
    }
    dump
}

/// `response of 12 bytes, ended by terminator`
fn head(told: &Told, is_one_of_many: bool) -> String {
    let count = report::byte_count_of(told.at.len());
    let mut head = match (&told.meaning, told.kind) {
        (Some(Meaning::Greeting), _) => "greeting".to_owned(),
        (Some(Meaning::Echo(_)), _) => "echo of the request".to_owned(),
        (_, kind) => kind.word().to_owned(),
    };
    if is_one_of_many {
        let _ = write!(head, " at {:04x}", told.at.start);
    }
    let _ = match (told.ended_by, &told.wrong) {
        (Some(reason), _) => write!(head, " of {count}, ended by {}", ended_by(reason)),
        (None, Some(wrong)) if wrong.is_short => write!(head, ": {count}, and not whole"),
        (None, Some(_)) => write!(head, ": {count} that do not decode"),
        (None, None) => write!(head, " of {count}"),
    };
    if let Some(case) = &told.case {
        let _ = write!(head, ", case {} of {}", case.number, case.of);
        if let Some(when) = &case.when {
            let _ = write!(head, " (when {when})");
        }
    }
    escape_str(&head).to_string()
}

fn ended_by(reason: EndReason) -> String {
    match reason {
        EndReason::Idle => "idle, if nothing more comes".to_owned(),
        EndReason::Eof => "eof, if the connection ends here".to_owned(),
        EndReason::Size | EndReason::Length | EndReason::Terminator | EndReason::Given => reason.to_string(),
    }
}

/// Every byte of a frame: its parts, and what stands between and behind them.
fn rows<'b>(bytes: &'b [u8], told: &'b Told) -> Vec<Row<'b>> {
    let mut rows = Vec::new();
    for piece in &told.pieces {
        push(&mut rows, piece);
    }
    let mut all = Vec::with_capacity(rows.len());
    let mut at = told.at.start;
    for row in rows {
        if let Some(start) = row.at {
            fill(&mut all, bytes, at, start, "");
            at = at.max(start + row.bytes.len());
        }
        all.push(row);
    }
    let unknown = if told.ended_by.is_none() { "?" } else { "" };
    fill(&mut all, bytes, at, told.at.end, unknown);
    if let Some(wrong) = &told.wrong {
        mark(&mut all, wrong);
    }
    all
}

/// Bytes that belong to no part: stuffing and its delimiters, white space that is taken off, what could not be read.
fn fill<'b>(rows: &mut Vec<Row<'b>>, bytes: &'b [u8], from: usize, to: usize, name: &str) {
    if let Some(between) = bytes.get(from..to).filter(|between| !between.is_empty()) {
        rows.push(Row::of(from, between, name));
    }
}

fn push<'b>(rows: &mut Vec<Row<'b>>, piece: &'b Piece) {
    let in_place = piece.inside.iter().all(|inside| inside.at.is_some());
    if piece.inside.is_empty() || !in_place {
        rows.push(row(piece));
    }
    for inside in &piece.inside {
        push(rows, inside);
    }
}

fn row(piece: &Piece) -> Row<'_> {
    let name = piece.name.as_deref().unwrap_or("");
    let row = Row { at: piece.at.as_ref().map(|at| at.start), ..Row::of(0, &piece.bytes, name) };
    match &piece.value {
        _ if piece.hidden => Row { says: "<secret>".to_owned(), hidden: true, ..row },
        Some(said) => Row { says: report::value(said), ..row },
        None => row,
    }
}

/// Points at the byte where something is wrong.
fn mark(rows: &mut [Row<'_>], wrong: &Wrong) {
    let holds = |row: &Row<'_>| row.at.is_some_and(|at| (at..at + row.bytes.len()).contains(&wrong.offset));
    if let Some(row) = rows.iter_mut().find(|row| holds(row)) {
        let offset = wrong.offset - row.at.unwrap_or_default();
        row.wrong = Some((offset, words(wrong, &row.name)));
    }
}

/// What is wrong; the part is named where its row does not.
fn words(wrong: &Wrong, row: &str) -> String {
    let Wrong { part, expected, found, .. } = wrong;
    let part = part.as_deref().filter(|part| *part != row && !wrong.is_short);
    let part = part.map(|part| format!(" for {part}")).unwrap_or_default();
    escape_str(&format!("expected {expected}{part}, found {found}")).to_string()
}

fn said(subject: &Subject, meaning: &Meaning) -> String {
    let protocol = subject.reader().map_or("", |reader| reader.protocol.name.as_str());
    match meaning {
        Meaning::Greeting => "what the device says first".to_owned(),
        Meaning::Echo(command) => format!("{}, repeated by the device", command.name),
        Meaning::Command { command, params, has_digits } => {
            let digits = if *has_digits { " behind the digits of the authentication" } else { "" };
            let shown = |name: &str, value: &Value| meaning::shown(command, name, value);
            format!("command {}{digits}{}", command.name, listed(params, shown))
        }
        Meaning::NoCommand => format!("no command of {protocol}"),
        Meaning::Event => "event: nobody asked for it".to_owned(),
        Meaning::Progress => "sign of progress: the wait starts again".to_owned(),
        Meaning::Heartbeat => "heartbeat: answered by itself".to_owned(),
        Meaning::Unasked(command, wrong) => {
            let (name, at) = (&command.name, wrong.offset);
            format!("nobody asked for it: it is not the answer of {name} ({} at {at:04x})", words(wrong, ""))
        }
        Meaning::Extra(command) => format!("extra: {} is due no further answer", command.name),
        Meaning::Refusal(refusal) => refused(refusal),
        Meaning::Answer(answered) => answer(answered),
        Meaning::Other(command) => match subject.kind() {
            Kind::Request => format!("not the command {}", command.name),
            Kind::Response | Kind::Frame | Kind::Padding => format!("not the answer of {}", command.name),
        },
    }
}

fn refused(refusal: &Refusal) -> String {
    let code = refusal.code.as_ref().map(|code| format!(", code {}", report::value(code)));
    let text = refusal.text.as_ref().map(|text| format!(": {}", report::value(text)));
    let busy = if refusal.busy { "; busy, to be tried again later" } else { "" };
    format!("error: the device says no{}{}{busy}", code.unwrap_or_default(), text.unwrap_or_default())
}

fn answer(answered: &Answered) -> String {
    let fields = listed(&answered.fields, |_, value| report::value(value));
    match (&answered.command, answered.fits.as_slice()) {
        (Some(command), _) => {
            let more = if answered.goes_on { ", of which more frames are due" } else { "" };
            format!("answer of {}{more}{fields}", command.name)
        }
        (None, []) => format!("answer{fields}"),
        (None, names) => {
            let shown: Vec<&str> = names.iter().take(NAMED).map(|name| &**name).collect();
            let more = match names.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(", {more} more"),
            };
            format!("answer of one of {}{more}; --command says which", shown.join(", "))
        }
    }
}

/// `: n=1 on=on`
fn listed(fields: &Fields, shown: impl Fn(&str, &Value) -> String) -> String {
    let words: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", shown(name, value))).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(" ")) }
}
