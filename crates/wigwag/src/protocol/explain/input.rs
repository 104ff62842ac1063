//! What is explained, and by what.

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;

use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::without_telnet;
use wigwag_protocol::layout::{Closing, Frame, Layout, Options, Step};
use wigwag_protocol::protocol::{Command, Form, Transport};

use super::meaning::{Meaning, Placed, Progress, Reader, Said};
use super::piece::Piece;
use super::{Kind, Told, cut};
use crate::cli::ExplainArgs;
use crate::problem::Problem;
use crate::profile;
use crate::protocols;

/// The longest text that is read: more than any capture that a person looks at.
const MOST: u64 = 16 * 1024 * 1024;

/// The bytes, and what they are read by.
pub(super) struct Input {
    pub(super) subject: Subject,
    pub(super) bytes: Vec<u8>,
    /// How many bytes were Telnet's own. They are not explained, and offsets count without them.
    pub(super) taken_out: usize,
}

/// What the bytes are read by.
pub(super) enum Subject {
    Layout(Arc<Form>),
    Requests(Reader, Option<Arc<Command>>),
    Responses(Reader, Option<Arc<Command>>),
}

impl Input {
    pub(super) fn new(arguments: &ExplainArgs) -> Result<Self, Problem> {
        let (subject, words) = match (&arguments.layout, arguments.words.as_slice()) {
            (Some(layout), words) => (Subject::Layout(Arc::new(Form::of(self::layout(layout)?))), words),
            (None, [name, words @ ..]) => (Subject::of_protocol(name, arguments)?, words),
            (None, []) => return Err(Problem::usage("no protocol was given")),
        };
        let wire = bytes(words)?;
        let bytes = subject.plain(&wire).into_owned();
        Ok(Self { subject, taken_out: wire.len() - bytes.len(), bytes })
    }
}

/// A layout of frames that end by themselves if it is one, else of bytes that are all there.
fn layout(source: &str) -> Result<Layout, Problem> {
    let options = Options::default();
    let layout = Layout::frame(source, &options).or_else(|_| Layout::body(source, &options));
    layout.map_err(|error| Problem::layout("--layout", source, error))
}

fn bytes(words: &[String]) -> Result<Vec<u8>, Problem> {
    let text = match words {
        [] => String::new(),
        [only] if only == "-" => from_stdin()?,
        words => words.join(" "),
    };
    let bytes = hex::parse(&text);
    let bytes = bytes.map_err(|error| Problem::marked("HEX", &text, error.at, error.message, error.help))?;
    match bytes.is_empty() {
        true => Err(Problem::usage("there are no bytes to explain")
            .with_help("give them in hex, as in '1b 40 0d', or - to read them from standard input")),
        false => Ok(bytes),
    }
}

fn from_stdin() -> Result<String, Problem> {
    let mut text = Vec::new();
    let read = io::stdin().take(MOST + 1).read_to_end(&mut text);
    read.map_err(|error| Problem::usage(format!("standard input: {}", wigwag_net::cause::words(&error))))?;
    if text.len() as u64 > MOST {
        return Err(Problem::usage(format!("standard input: longer than {MOST} bytes")));
    }
    String::from_utf8(text)
        .map_err(|_| Problem::usage("standard input: this is not text").with_help("raw bytes go through `xxd` first"))
}

impl Subject {
    fn of_protocol(name: &str, arguments: &ExplainArgs) -> Result<Self, Problem> {
        let protocol = protocols::read(name)?;
        let command =
            arguments.command.as_ref().map(|command| profile::command(&protocol, command).cloned()).transpose()?;
        let reader = Reader::new(protocol);
        Ok(if arguments.request { Self::Requests(reader, command) } else { Self::Responses(reader, command) })
    }

    pub(super) fn reader(&self) -> Option<&Reader> {
        match self {
            Self::Layout(_) => None,
            Self::Requests(reader, _) | Self::Responses(reader, _) => Some(reader),
        }
    }

    /// The bytes without what the transport puts between them.
    pub(super) fn plain<'w>(&self, wire: &'w [u8]) -> Cow<'w, [u8]> {
        match self.reader().map(|reader| reader.protocol.transport) {
            Some(Transport::Telnet) => without_telnet(wire).into(),
            Some(Transport::Plain) | None => wire.into(),
        }
    }

    pub(super) fn command(&self) -> Option<&Arc<Command>> {
        match self {
            Self::Layout(_) => None,
            Self::Requests(_, command) | Self::Responses(_, command) => command.as_ref(),
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Layout(_) => Kind::Frame,
            Self::Requests(..) => Kind::Request,
            Self::Responses(..) => Kind::Response,
        }
    }

    /// What the next frame looks like.
    pub(super) fn form(&self, progress: Progress) -> Arc<Form> {
        match self {
            Self::Layout(form) => form.clone(),
            Self::Requests(reader, command) => reader.requests(command.as_ref()),
            Self::Responses(reader, command) => reader.responses(command.as_ref(), progress),
        }
    }

    /// What a frame says, where more than a layout is known.
    pub(super) fn said(&self, form: &Form, progress: Progress, placed: Placed<'_, '_>) -> Option<Said> {
        match self {
            Self::Layout(_) => None,
            Self::Requests(reader, command) => Some(reader.request(command.as_ref(), placed)),
            Self::Responses(reader, command) => Some(reader.response(command.as_ref(), progress, form, placed)),
        }
    }

    /// Whether the cases of its frames are its commands, so that to tell which is to tell nothing.
    pub(super) fn cases_are_commands(&self) -> bool {
        matches!(self, Self::Requests(reader, _) if reader.protocol.commands_are_frames)
    }

    /// What may come before the first answer: a greeting, or the request once more.
    pub(super) fn opening(&self, bytes: &[u8]) -> Option<Told> {
        let Self::Responses(reader, command) = self else { return None };
        greeting(reader, command.as_ref(), bytes).or_else(|| echo(reader, command.as_ref(), bytes))
    }

    /// What is known to be said first.
    pub(super) fn greeting(&self, bytes: &[u8]) -> Option<Told> {
        greeting_if(self.reader()?, bytes, |_| true)
    }

    /// What else the bytes could be, if they are not what they were said to be.
    pub(super) fn hint(&self, bytes: &[u8], frames: &[Told]) -> Option<String> {
        let first = frames.iter().find(|told| told.kind != Kind::Padding)?;
        let is_wrong = first.wrong.is_some() || matches!(first.meaning, Some(Meaning::NoCommand));
        let rest = bytes.get(first.at.start..).filter(|_| is_wrong && self.command().is_none())?;
        match self {
            Self::Layout(_) => None,
            Self::Responses(reader, _) => {
                let (command, _) = reader.first_request(rest)?;
                Some(format!("as a request this is `{}`: add --request", command.name))
            }
            Self::Requests(reader, _) => {
                let is_known = reader.first_response(rest).is_some_and(|meaning| meaning.is_of_the_protocol());
                is_known.then(|| "as a response this is known: leave out --request".to_owned())
            }
        }
    }
}

/// What the device says first. Only where the greeting's own literals tell: an answer can look like any other text.
fn greeting(reader: &Reader, command: Option<&Arc<Command>>, bytes: &[u8]) -> Option<Told> {
    let is_answer = command.is_some() && reader.is_answer(command, bytes);
    let tells = |layout: &Layout| layout.can_start_with(bytes) == Some(true);
    greeting_if(reader, bytes, |layout| tells(layout) && !is_answer)
}

fn greeting_if(reader: &Reader, bytes: &[u8], may_be: impl Fn(&Layout) -> bool) -> Option<Told> {
    let form = reader.protocol.session.greeting.as_ref()?;
    form.layouts().filter(|layout| may_be(layout)).find_map(|layout| {
        let mut decoder = layout.decoder();
        let Ok(Step::Frame(size @ 1..)) = decoder.advance(bytes, Closing::Open) else { return None };
        Some(first_frame(Kind::Response, Meaning::Greeting, &decoder.frame(bytes), size, bytes))
    })
}

/// The request, where the device repeats it.
fn echo(reader: &Reader, command: Option<&Arc<Command>>, bytes: &[u8]) -> Option<Told> {
    if !reader.responses(command, Progress::default()).echo {
        return None;
    }
    let (command, size) = reader.first_request(bytes)?;
    let look =
        |frame: &Frame<'_>, _: &cut::Whole| first_frame(Kind::Request, Meaning::Echo(command), frame, size, bytes);
    cut::first(&reader.protocol.request, bytes, look).ok()
}

fn first_frame(kind: Kind, meaning: Meaning, frame: &Frame<'_>, size: usize, bytes: &[u8]) -> Told {
    let pieces = Piece::all_of(&frame.parts(), 0, bytes);
    Told { pieces, ended_by: Some(frame.reason()), meaning: Some(meaning), ..Told::of(kind, 0..size) }
}
