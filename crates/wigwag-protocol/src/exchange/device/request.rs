//! What came from a client.

use std::sync::Arc;

use super::opening::Gate;
use crate::layout::{DecodeError, Fields, Frame, Layout};
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
        /// All named parts of the frame, counters and lengths among them: an answer copies from them.
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
        let (frame_fields, frame, body) = match cutter.frame(&wire) {
            Some(frame) => (frame.fields(), all_parts(cutter, &frame), frame.bytes("body").map(<[u8]>::to_vec)),
            None => (Fields::new(), Fields::new(), None),
        };
        let body = match body {
            Some(body) if !protocol.commands_are_frames => body,
            _ => wire.clone(),
        };
        let body = gate.without_digits(body)?;
        let recognised = protocol.commands.iter().find_map(|command| {
            let fields = command.recognised(protocol, &body, &frame_fields, &frame)?;
            Some((command.clone(), fields))
        });
        let (command, fields) = match recognised {
            Some((command, fields)) => (Some(command), fields),
            None => (None, frame_fields),
        };
        Some(Self::Command { command, body, fields, frame, wire })
    }
}

fn all_parts(cutter: &Cutter, frame: &Frame<'_>) -> Fields {
    let mut all = Fields::new();
    for name in cutter.layout().into_iter().flat_map(Layout::names) {
        if let Some(value) = frame.value(name).filter(|_| name != "body") {
            all.set(name, value);
        }
    }
    all
}

impl Command {
    /// What this command says if the request is it: what it sets must be so, and its whole body must fit.
    fn recognised(&self, protocol: &Protocol, body: &[u8], of_frame: &Fields, frame: &Fields) -> Option<Fields> {
        let in_frame = |name: &str| frame.get(name).filter(|_| !protocol.commands_are_frames);
        let sets = |name: &str, here: &Fields| match (self.set.get(name), here.get(name).or_else(|| in_frame(name))) {
            (Some(set), Some(said)) => set.agrees_with(said),
            (Some(_), None) => true,
            (None, _) => true,
        };
        if !self.set.iter().all(|(name, _)| sets(name, &Fields::new())) {
            return None;
        }
        let parts = self.send.decode(body, |parts| parts.fields()).ok()?;
        if !self.set.iter().all(|(name, _)| sets(name, &parts)) {
            return None;
        }
        let mut fields = Fields::new();
        let of_frame = of_frame.iter().filter(|(name, _)| *name != "body" && !protocol.commands_are_frames);
        for (name, value) in of_frame.chain(parts.iter()) {
            fields.set(name, value.clone());
        }
        Some(fields)
    }
}
