//! What a whole frame says: which command it is, or what kind of an answer.

use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Frame, Value};
use wigwag_protocol::protocol::{Command, Protocol, Refusal, SessionRules, Transport};

use super::cut::Wrong;
use super::piece::{Body, Piece};
use crate::report;

/// What a frame is.
#[derive(Debug)]
pub(super) enum Meaning {
    /// What the device says first.
    Greeting,
    /// The request, repeated by the device.
    Echo(Arc<Command>),
    /// A command; with the digits of an authentication before it, or without.
    Command { command: Arc<Command>, params: Fields, has_digits: bool },
    /// A request that is no command of the protocol.
    NoCommand,
    /// Nobody asked for it.
    Event,
    /// A sign of life.
    Progress,
    /// Answered by itself.
    Heartbeat,
    /// Not this command's answer, where such frames may come at any time; and why it is not.
    Unasked(Arc<Command>, Wrong),
    /// Something, though nothing is due any more.
    Extra(Arc<Command>),
    /// A no.
    Refusal(Refusal),
    /// An answer.
    Answer(Answered),
    /// Not what it should be; what is wrong is told beside.
    Other(Arc<Command>),
}

impl Meaning {
    /// Whether the protocol has a word for it.
    pub(super) fn is_of_the_protocol(&self) -> bool {
        match self {
            Self::Answer(answered) => !answered.fits.is_empty(),
            Self::Greeting | Self::Echo(_) | Self::Event | Self::Progress | Self::Heartbeat | Self::Refusal(_) => true,
            Self::Command { .. } | Self::NoCommand | Self::Unasked(..) | Self::Extra(_) | Self::Other(_) => false,
        }
    }
}

/// What an answer says.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// Whose answer it is, if that is known.
    pub(super) command: Option<Arc<Command>>,
    /// The commands whose answer it could be.
    pub(super) fits: Vec<Arc<str>>,
    pub(super) fields: Fields,
    /// More frames of the answer are due.
    pub(super) goes_on: bool,
}

/// What is known of a frame beyond its parts.
pub(super) struct Said {
    pub(super) meaning: Meaning,
    /// What its body says in parts.
    pub(super) inside: Vec<Piece>,
    /// What is wrong; counted from the start of what was given.
    pub(super) wrong: Option<Wrong>,
}

impl Said {
    pub(super) fn of(meaning: Meaning) -> Self {
        Self { meaning, inside: Vec::new(), wrong: None }
    }
}

/// A whole frame in its place.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a, 'f> {
    pub(super) frame: &'a Frame<'f>,
    pub(super) wire: &'f [u8],
    /// Where it starts in what was given.
    pub(super) start: usize,
}

impl<'f> Placed<'_, 'f> {
    /// Its part `body`; all of it where it is a frame by itself, or has no such part.
    pub(super) fn body(&self, is_frame: bool) -> Body<'f> {
        let part = if is_frame { None } else { Body::of(self.frame, self.start) };
        part.unwrap_or_else(|| Body::all(self.wire, self.start))
    }
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// How many of its frames have come.
    pub(super) frames: usize,
    /// It was whole, or a no.
    pub(super) is_over: bool,
}

impl Progress {
    /// After a frame that is this.
    pub(super) fn after(self, meaning: &Meaning) -> Self {
        match meaning {
            Meaning::Answer(answered) => Self { frames: self.frames + 1, is_over: !answered.goes_on },
            Meaning::Other(_) => Self { frames: self.frames + 1, ..self },
            Meaning::Refusal(_) => Self { is_over: true, ..self },
            Meaning::Greeting
            | Meaning::Echo(_)
            | Meaning::Command { .. }
            | Meaning::NoCommand
            | Meaning::Event
            | Meaning::Progress
            | Meaning::Heartbeat
            | Meaning::Unasked(..)
            | Meaning::Extra(_) => self,
        }
    }
}

/// Reads frames of one protocol.
pub(super) struct Reader {
    pub(super) protocol: Arc<Protocol>,
    /// The same with nothing around its commands: a request is told apart without a greeting and a login.
    pub(super) bare: Arc<Protocol>,
}

impl Reader {
    pub(super) fn new(protocol: Protocol) -> Self {
        let session = SessionRules::default();
        let bare = Protocol { session, transport: Transport::Plain, ..protocol.clone() };
        Self { protocol: Arc::new(protocol), bare: Arc::new(bare) }
    }
}

/// What the command sets and the frame says otherwise.
pub(super) fn differs(command: &Command, placed: Placed<'_, '_>) -> Option<Wrong> {
    let parts = placed.frame.parts();
    command.set.iter().find_map(|(name, set)| {
        let part = parts.iter().find(|part| part.name.as_deref() == Some(name))?;
        let said = part.value.as_ref().filter(|said| !set.agrees_with(said))?;
        Some(Wrong {
            part: part.name.clone(),
            offset: placed.start + part.wire.start,
            expected: report::value(set),
            found: report::value(said),
            is_short: false,
        })
    })
}

/// The fields of the body, behind those of its frame; what the body says in parts is not said again as a whole.
pub(super) fn with_frame(frame: &Frame<'_>, reply_is_frame: bool, of_body: &Fields) -> Fields {
    let mut all = Fields::new();
    let of_frame = frame.fields();
    let of_frame = of_frame.iter().filter(|(name, _)| *name != "body" || reply_is_frame);
    for (name, value) in of_frame.chain(of_body.iter()) {
        all.set(name, value.clone());
    }
    all
}

/// The names of the parameters that may not be shown.
pub(super) fn secret_params(command: &Command) -> impl Iterator<Item = &str> {
    command.params.iter().filter(|param| param.rule.secret).map(|param| &*param.name)
}

/// The value of a parameter, or `<secret>`.
pub(super) fn shown(command: &Command, name: &str, value: &Value) -> String {
    let is_secret = secret_params(command).any(|secret| secret == name);
    if is_secret { "<secret>".to_owned() } else { report::value(value) }
}
