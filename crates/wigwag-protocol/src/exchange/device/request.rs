//! What came from a client.

use std::sync::Arc;

use super::opening::Gate;
use crate::layout::{DecodeError, Fields, Frame, Layout, Value};
use crate::protocol::{Command, Cutter, Protocol};

/// What came from the client.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A whole request.
    Command {
        /// The command of the protocol that it is, if it is one.
        command: Option<Arc<Command>>,
        /// Its part `body` as it came; the whole frame where it has none.
        body: Vec<u8>,
        /// What it says: the named parts of the frame, and of the command's body.
        fields: Fields,
        /// What the frame says around the body, and what else its answers repeat: counters, mostly.
        frame: Fields,
        /// Its bytes on the wire.
        wire: Vec<u8>,
    },
    /// Bytes that are no request: a frame with an error in it, or a run of bytes up to one that can start a request.
    Broken {
        /// What is wrong with them.
        error: DecodeError,
        /// The first of them, as far as they came at once.
        wire: Vec<u8>,
    },
}

impl Request {
    /// Reads the frame that the cutter just told of; `None` if its client should have known a secret and did not.
    pub(super) fn read(protocol: &Protocol, cutter: &Cutter, wire: Vec<u8>, gate: &Gate) -> Option<Self> {
        let frame = cutter.frame(&wire)?;
        let body = frame.bytes("body").filter(|_| !protocol.commands_are_frames).unwrap_or(&wire);
        let body = gate.without_digits(body.to_vec())?;
        let around = Around::of(protocol, &frame);
        let mut commands = protocol.commands.iter();
        let recognised = commands.find_map(|command| Some((command, command.recognised(&body, &around)?)));
        let (command, fields) = match recognised {
            Some((command, fields)) => (Some(Arc::clone(command)), fields),
            None => (None, frame.fields()),
        };
        let frame = around.with_repeated(protocol, command.as_deref(), &frame);
        Some(Self::Command { command, body, fields, frame, wire })
    }
}

/// What stands around a command's body; nothing where commands are their own frames.
struct Around<'f> {
    frame: Option<&'f Frame<'f>>,
    fields: Fields,
}

impl<'f> Around<'f> {
    fn of(protocol: &Protocol, frame: &'f Frame<'f>) -> Self {
        let frame = (!protocol.commands_are_frames).then_some(frame);
        let mut fields = Fields::new();
        if let Some(frame) = frame {
            frame.put_fields(&mut fields, |part| part != "body");
        }
        Self { frame, fields }
    }

    /// Whether it says something else of a part that is set.
    fn contradicts(&self, part: &str, set: &Value) -> bool {
        match self.fields.get(part) {
            Some(said) => !set.agrees_with(said),
            None => {
                let said = self.frame.filter(|_| part != "body").and_then(|frame| frame.value(part));
                said.is_some_and(|said| !set.agrees_with(&said))
            }
        }
    }

    /// What it says, and what else of the frame is repeated in an answer.
    fn with_repeated(mut self, protocol: &Protocol, command: Option<&Command>, frame: &Frame<'_>) -> Fields {
        let responses = command.map_or(&[][..], |command| &command.responses);
        let responses = if responses.is_empty() { std::slice::from_ref(&protocol.response) } else { responses };
        for form in responses {
            for part in form.repeated().chain(form.layouts().filter_map(Layout::counter)) {
                if self.fields.get(part).is_none()
                    && let Some((name, value)) = frame.named(part)
                {
                    self.fields.set(name, value);
                }
            }
        }
        self.fields
    }
}

impl Command {
    /// What is said if the request is this command: what that sets must be so, and its whole body must fit.
    fn recognised(&self, body: &[u8], around: &Around<'_>) -> Option<Fields> {
        if self.set.iter().any(|(part, set)| around.contradicts(part, set)) {
            return None;
        }
        let read = |parts: &Frame<'_>| {
            let is_so = |(part, set): (&str, &Value)| parts.value(part).is_none_or(|said| set.agrees_with(&said));
            if !self.set.iter().all(is_so) {
                return None;
            }
            let mut fields = Fields::new();
            fields.set_all(&around.fields);
            parts.put_fields(&mut fields, |_| true);
            Some(fields)
        };
        self.send.read(body, read).flatten()
    }
}
