//! `wigwag protocol explain`: captured bytes, part by part.
//!
//! | file | what it decides |
//! |---|---|
//! | `input` | what is explained, and by what |
//! | `cut` | where frames end, and how far bytes come that are none |
//! | `meaning` | what a frame can say |
//! | `requests`, `answers` | what it says |
//! | `piece` | what stands where |
//! | `text`, `json` | how it is told |

mod answers;
mod cut;
mod input;
mod json;
mod meaning;
mod piece;
mod requests;
mod text;

use std::ops::Range;
use std::sync::Arc;

use wigwag_protocol::layout::{EndReason, one_line};
use wigwag_protocol::protocol::{Command, Example, Form, Protocol};

use crate::cli::{self, ExplainArgs};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;

use cut::{Misfit, Wrong};
use input::{Input, Subject};
use meaning::{Meaning, Placed, Progress, Reader, Said};
use piece::Piece;

/// What is told of the bytes, and how the program ends.
pub(super) fn explain(arguments: &ExplainArgs) -> Result<(String, Exit), Problem> {
    let Input { subject, bytes, taken_out } = Input::new(arguments)?;
    let frames = frames(&subject, &bytes);
    let exit = if frames.iter().all(|told| told.wrong.is_none()) { Exit::Ok } else { Exit::Unconfirmed };
    let mut notes: Vec<String> = subject.hint(&bytes, &frames).into_iter().collect();
    if taken_out > 0 {
        let count = report::byte_count_of(taken_out);
        notes.push(format!("{count} of Telnet's own were taken out; offsets count without them"));
    }
    let told = match arguments.output {
        cli::Form::Text => text::page(&subject, &bytes, &frames, &notes),
        cli::Form::Json => json::object(&bytes, &frames, &notes),
    };
    Ok((told, exit))
}

/// A piece of an exchange: who sent it, the bytes, and the lines that explain them.
pub(super) type Explained<'e> = (&'static str, &'e [u8], Vec<String>);

/// What goes over the wire in an example of this command, in its order; the greeting only if it is to be told.
pub(super) fn exchange<'e>(
    protocol: &Protocol,
    command: &Arc<Command>,
    example: &'e Example,
    is_greeted: bool,
) -> Vec<Explained<'e>> {
    let reader = || Reader::new(protocol.clone());
    let requests = Subject::Requests(reader(), Some(command.clone()));
    let answers = Subject::Responses(reader(), Some(command.clone()));
    let told = |subject: &Subject, direction, wire: &'e [u8], frames: &dyn Fn(&[u8]) -> Vec<Told>| {
        let bytes = subject.plain(wire);
        let dumps = frames(&bytes).into_iter().map(|told| text::dump(subject, &bytes, &told));
        (direction, wire, dumps.collect::<Vec<_>>().concat().lines().map(str::to_owned).collect())
    };
    let greeting = if is_greeted { example.greeting.as_slice() } else { &[] };
    let all = [
        told(&answers, "<-", greeting, &|bytes| answers.greeting(bytes).into_iter().collect()),
        told(&requests, "->", &example.send, &|bytes| frames(&requests, bytes)),
        told(&answers, "<-", &example.recv, &|bytes| frames(&answers, bytes)),
    ];
    all.into_iter().filter(|(_, bytes, _)| !bytes.is_empty()).collect()
}

/// What is told of some of the bytes: a frame, or what cannot be one.
#[derive(Debug)]
struct Told {
    kind: Kind,
    at: Range<usize>,
    /// Which of several cases it is, or would be.
    case: Option<CaseTold>,
    pieces: Vec<Piece>,
    /// Why it ended; none if it did not.
    ended_by: Option<EndReason>,
    meaning: Option<Meaning>,
    /// What is wrong; counted from the start of what was given.
    wrong: Option<Wrong>,
    /// Why it is none of the other cases, by their numbers.
    others: Vec<(usize, String)>,
}

/// What some bytes are, or should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Response,
    /// Of a layout that nothing is known about.
    Frame,
    /// Dropped before a frame starts.
    Padding,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Frame => "frame",
            Self::Padding => "padding",
        }
    }
}

/// One of several layouts that a frame may have.
#[derive(Debug)]
struct CaseTold {
    number: usize,
    of: usize,
    layout: String,
    when: Option<String>,
}

impl CaseTold {
    fn of(form: &Form, index: usize) -> Option<Self> {
        let case = form.cases.get(index).filter(|_| form.cases.len() > 1)?;
        let layout = one_line(case.layout.source());
        let when = case.when.as_ref().map(ToString::to_string);
        Some(Self { number: index + 1, of: form.cases.len(), layout, when })
    }
}

impl Told {
    /// Nothing yet but which bytes.
    fn of(kind: Kind, at: Range<usize>) -> Self {
        let (case, pieces, ended_by, meaning, wrong, others) = (None, Vec::new(), None, None, None, Vec::new());
        Self { kind, at, case, pieces, ended_by, meaning, wrong, others }
    }

    /// Up to where its parts reach.
    fn known_to(&self) -> usize {
        let ends = self.pieces.iter().filter_map(|piece| piece.at.as_ref().map(|at| at.end));
        ends.max().unwrap_or(self.at.start)
    }
}

/// Explains one frame after the other.
fn frames(subject: &Subject, bytes: &[u8]) -> Vec<Told> {
    let mut frames: Vec<Told> = subject.opening(bytes).into_iter().collect();
    let mut at = frames.first().map_or(0, |first| first.at.end);
    let mut progress = Progress::default();
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let form = subject.form(progress);
        let told = match form.padding(rest) {
            0 => next(subject, &form, progress, rest, at),
            size => padding(rest, at, size),
        };
        if let Some(meaning) = told.meaning.as_ref().filter(|_| subject.command().is_some()) {
            progress = progress.after(meaning);
        }
        at = told.at.end;
        frames.push(told);
    }
    frames
}

fn padding(rest: &[u8], at: usize, size: usize) -> Told {
    let bytes = rest.get(..size).unwrap_or_default();
    let pieces = vec![Piece::named("padding", at, bytes)];
    Told { pieces, ..Told::of(Kind::Padding, at..at + size) }
}

/// The frame at the start of `rest`.
fn next(subject: &Subject, form: &Arc<Form>, progress: Progress, rest: &[u8], at: usize) -> Told {
    let whole = cut::first(form, rest, |frame, whole| {
        let wire = rest.get(..whole.size).unwrap_or_default();
        let placed = Placed { frame, wire, start: at };
        let told = Told {
            case: CaseTold::of(form, whole.case).filter(|_| !subject.cases_are_commands()),
            pieces: Piece::all_of(&frame.parts(), at, wire),
            ended_by: Some(whole.reason),
            ..Told::of(subject.kind(), at..at + whole.size)
        };
        match subject.said(form, progress, placed) {
            Some(said) => told.saying(said),
            None => told,
        }
    });
    whole.unwrap_or_else(|misfit| broken(subject, form, *misfit, rest, at))
}

impl Told {
    fn saying(mut self, said: Said) -> Self {
        let Said { meaning, inside, wrong } = said;
        if let Some(body) = self.pieces.iter_mut().find(|piece| piece.name.as_deref() == Some("body")) {
            body.inside = inside;
        }
        if let Meaning::Command { command, .. } | Meaning::Echo(command) = &meaning {
            let secrets: Vec<&str> = meaning::secret_params(command).collect();
            Piece::hide(&mut self.pieces, &secrets);
        }
        Self { meaning: Some(meaning), wrong, ..self }
    }
}

/// Bytes that are no frame: as far as they fit, and what is wrong then.
fn broken(subject: &Subject, form: &Form, misfit: Misfit, rest: &[u8], at: usize) -> Told {
    let Misfit { case, parts, wrong, size, others } = misfit;
    let size = size.unwrap_or(rest.len()).max(1);
    let others = others.into_iter().map(|(index, why)| (index + 1, why));
    Told {
        case: case.and_then(|case| CaseTold::of(form, case)),
        pieces: Piece::all_of(&parts, at, rest),
        wrong: Some(wrong.moved(at)),
        others: others.collect(),
        ..Told::of(subject.kind(), at..at + size)
    }
}

#[cfg(test)]
mod tests {
    use wigwag_protocol::protocol::library;

    use super::*;

    /// Everything that the library knows byte for byte has a meaning, and that of its command.
    #[test]
    fn every_example_of_the_library_is_explained() {
        for name in library::names() {
            let protocol = Protocol::named(name).unwrap().unwrap();
            for example in &protocol.examples {
                let reader = || Reader::new(protocol.clone());
                let sent = frames(&Subject::Requests(reader(), example.command.clone()), &example.send);
                let received = frames(&Subject::Responses(reader(), example.command.clone()), &example.recv);
                let wrong = sent.iter().chain(&received).find(|told| told.wrong.is_some());
                assert!(wrong.is_none(), "{name}: {wrong:?}");
                let Some(command) = &example.command else { continue };
                let recognised = sent.iter().any(|told| match &told.meaning {
                    Some(Meaning::Command { command: found, .. }) => found == command,
                    _ => false,
                });
                let answered = received.iter().any(|told| match &told.meaning {
                    Some(Meaning::Answer(answered)) => answered.command.as_ref() == Some(command),
                    Some(Meaning::Refusal(_)) => true,
                    _ => false,
                });
                assert!(
                    recognised && (answered || received.is_empty()),
                    "{name}, {}: {sent:?} {received:?}",
                    command.name
                );
            }
        }
    }
}
