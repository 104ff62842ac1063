//! One command on the wire: its bytes, and what its answer has said so far.

use std::sync::Arc;

use crate::exchange::Link;
use crate::layout::{EncodeError, Encoded, EndReason, Fields, Frame, Then};
use crate::protocol::{Call, Classes, Cutter, Form, Protocol, Refusal, Reply, Transport};

/// The most bytes that the frames of one answer may take together.
pub(super) const MOST_OF_AN_ANSWER: usize = crate::layout::MAX_LIMIT;

/// A command that is being sent and answered.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) call: Arc<Call>,
    /// The request on the wire.
    pub(super) out: Arc<[u8]>,
    pub(super) written: usize,
    /// What follows the request's last byte.
    pub(super) then: Then,
    /// The parts of the request that its answer must repeat.
    matched: Fields,
    /// Cuts what comes; there from the moment when something may come.
    pub(super) cutter: Option<Cutter>,
    /// The request's bytes that the device repeats have been taken off, or did not come.
    pub(super) echo_is_off: bool,
    /// How long the inbox may grow while we still write, once it holds all that a response can be.
    pub(super) enough: Option<usize>,
    /// The frames of the answer so far.
    pub(super) answer: Answered,
}

/// What the frames of an answer have said so far.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) frames: usize,
    pub(super) wire: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) fields: Fields,
    pub(super) list: Vec<Fields>,
    pub(super) ended_by: Option<EndReason>,
}

/// What one frame is.
#[derive(Debug)]
pub(super) enum Judged {
    /// Nobody asked for it.
    Event,
    /// Something, though no answer is due.
    Extra,
    /// What is written by itself in answer to it.
    Heartbeat(Vec<u8>),
    /// A sign of life.
    Progress,
    /// The answer to somebody else's command.
    Foreign,
    /// A no.
    Refusal(Refusal),
    /// A part of the answer, with what it says; more frames are due.
    Part(Said),
    /// The last frame of the answer, with what it says.
    Answer(Said),
    /// A frame, but not this command's reply.
    Mismatch(Said),
}

/// What a frame says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) body: Vec<u8>,
    pub(super) fields: Fields,
}

impl Turn {
    /// A command that is not written yet.
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            call,
            out: Arc::default(),
            written: 0,
            then: Then::Nothing,
            matched: Fields::new(),
            cutter: None,
            echo_is_off: false,
            enough: None,
            answer: Answered::default(),
        }
    }

    /// Writes the request, with what is known of the connection.
    pub(super) fn write(&mut self, protocol: &Protocol, link: &mut Link, before: &[u8]) -> Result<(), EncodeError> {
        let constant = self.call.constant().filter(|_| before.is_empty() && protocol.transport == Transport::Plain);
        if let Some((bytes, then)) = constant {
            (self.out, self.then) = (bytes.clone(), then);
            self.matched = matched(&self.call, bytes);
            return Ok(());
        }
        let Encoded { bytes, then } = self.call.encode(&link.context(), before)?;
        self.then = then;
        self.matched = matched(&self.call, &bytes);
        self.out = Link::wire(protocol.transport, bytes).into();
        Ok(())
    }

    /// Whether all of the request is written.
    pub(super) fn is_written(&self) -> bool {
        self.written >= self.out.len()
    }

    /// What cuts the frame that is due.
    pub(super) fn cutter(&mut self) -> Option<&mut Cutter> {
        if self.cutter.is_none() {
            self.cutter = self.form().cloned().map(Cutter::new);
        }
        self.cutter.as_mut()
    }

    /// Makes ready for the next frame of the answer.
    pub(super) fn next_frame(&mut self) {
        let form = self.form().cloned();
        match (&mut self.cutter, form) {
            (Some(cutter), Some(form)) if Arc::ptr_eq(cutter.form(), &form) => cutter.reset(),
            (cutter, form) => *cutter = form.map(Cutter::new),
        }
    }

    /// What the frame that is due looks like.
    pub(super) fn form(&self) -> Option<&Arc<Form>> {
        self.call.response(self.answer.frames)
    }

    /// What a whole frame is: first what is no answer at all, then whose answer, then which.
    pub(super) fn judge(&self, protocol: &Protocol, wire: &[u8]) -> Judged {
        let Some(frame) = self.cutter.as_ref().and_then(|cutter| cutter.frame(wire)) else { return Judged::Event };
        let Some(form) = self.form() else { return Judged::Event };
        let body = form.trimmed(self.body(&frame, wire));
        if let Some(answer) = heartbeat(protocol, &frame, body) {
            return Judged::Heartbeat(answer);
        }
        let Classes { event, progress, .. } = &*protocol.classes;
        if event.iter().any(|class| class.fits(Some(&frame), body).is_some()) {
            return Judged::Event;
        }
        if !self.is_ours(form, &frame) {
            return Judged::Foreign;
        }
        if progress.iter().any(|class| class.fits(Some(&frame), body).is_some()) {
            return Judged::Progress;
        }
        if let Some(refusal) = protocol.classes.refusal(Some(&frame), body) {
            return Judged::Refusal(refusal);
        }
        self.judge_reply(form, &frame, body)
    }

    fn judge_reply(&self, form: &Form, frame: &Frame<'_>, body: &[u8]) -> Judged {
        let fields = frame.fields();
        let layout = match self.call.reply() {
            Reply::Any => return Judged::Answer(Said::new(body, fields, frame, self)),
            Reply::Nothing => return Judged::Extra,
            Reply::Frames(layouts) => layouts.get(self.answer.frames),
            Reply::Until(layout, _) => Some(layout),
        };
        let Some(parts) = layout.and_then(|layout| layout.read(body, |parts| parts.fields())) else {
            let said = Said::new(body, fields, frame, self);
            return if form.unsolicited { Judged::Event } else { Judged::Mismatch(said) };
        };
        let mut all = fields;
        if !self.call.reply_is_frame() {
            // What the body says in parts need not be said again as a whole.
            all.remove("body");
        }
        all.take_all(parts);
        let is_last = match self.call.reply() {
            Reply::Until(_, condition) => condition.holds(|part| all.get(part).cloned()) == Some(true),
            Reply::Frames(layouts) => self.answer.frames + 1 >= layouts.len(),
            Reply::Any | Reply::Nothing => true,
        };
        let said = Said::new(body, all, frame, self);
        if is_last { Judged::Answer(said) } else { Judged::Part(said) }
    }

    fn is_ours(&self, form: &Form, frame: &Frame<'_>) -> bool {
        form.matches.iter().all(|part| match (self.matched.get(part), frame.value(part)) {
            (Some(asked), Some(answered)) => asked.agrees_with(&answered),
            _ => true,
        })
    }

    /// The body of a frame: the whole of it where it has no part of that name, or where replies are frames.
    fn body<'b>(&self, frame: &Frame<'b>, wire: &'b [u8]) -> &'b [u8] {
        match self.call.reply_is_frame() {
            true => wire,
            false => frame.bytes("body").unwrap_or(wire),
        }
    }

    /// Takes a frame into the answer.
    pub(super) fn take(&mut self, said: Said, wire: Vec<u8>, ended_by: Option<EndReason>) {
        let answer = &mut self.answer;
        if answer.frames == 0 {
            (answer.wire, answer.body) = (wire, said.body);
        } else {
            answer.wire.extend_from_slice(&wire);
            answer.body.push(b'\n');
            answer.body.extend_from_slice(&said.body);
        }
        answer.frames += 1;
        answer.ended_by = ended_by;
        match self.call.reply() {
            Reply::Until(..) => answer.list.push(said.fields),
            Reply::Any | Reply::Nothing | Reply::Frames(_) => answer.fields.take_all(said.fields),
        }
    }
}

impl Said {
    /// The body that is shown: where replies are frames, their part `body` if there is one.
    fn new(body: &[u8], fields: Fields, frame: &Frame<'_>, turn: &Turn) -> Self {
        let named = frame.bytes("body").filter(|_| turn.call.reply_is_frame());
        Self { body: named.unwrap_or(body).to_vec(), fields }
    }
}

/// The parts that the request's answers must repeat, as they stand in the request.
fn matched(call: &Call, request: &[u8]) -> Fields {
    let mut matched = Fields::new();
    let parts = call.response(0).into_iter().flat_map(|form| &form.matches);
    for part in parts {
        let in_frame = || {
            let decoded =
                call.request().layouts().find_map(|layout| layout.decode(request, |frame| frame.value(part)).ok());
            decoded.flatten()
        };
        if let Some(value) = in_frame().or_else(|| call.fields().get(part).cloned()) {
            matched.set(part.clone(), value);
        }
    }
    matched
}

/// What is written by itself in answer to this frame, if anything is.
fn heartbeat(protocol: &Protocol, frame: &Frame<'_>, body: &[u8]) -> Option<Vec<u8>> {
    protocol.session.auto.iter().find_map(|auto| {
        let mut fields = frame.fields();
        let parts = auto.on.read(body, |parts| parts.fields())?;
        for (name, value) in parts.iter() {
            fields.set(name, value.clone());
        }
        let answer = auto.send.encode(&fields, &crate::layout::Context::default()).ok()?.bytes;
        if protocol.commands_are_frames {
            return Some(answer);
        }
        fields.set("body", crate::layout::Value::Bytes(answer));
        Some(protocol.request.encode(&fields, &crate::layout::Context::default()).ok()?.bytes)
    })
}
