//! What the examples of a protocol show, read as a client reads it.

use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Closing, Context, Encoded, Fields, Frame, Layout, Step, Then, Value};
use wigwag_protocol::protocol::{Command, Cutter, Example, Expected, Form, Protocol, Reply};

use crate::serve::{Manner, Reaction};

/// One example.
#[derive(Debug)]
pub(super) struct Shown {
    /// The place of its command among the protocol's, if it is one.
    pub(super) command: Option<usize>,
    /// What was asked: its parameters.
    pub(super) asked: Fields,
    /// What was asked, where there is no command.
    pub(super) body: Option<Vec<u8>>,
    /// The frames of its answer, without those that nobody asked for.
    pub(super) frames: Vec<ShownFrame>,
    pub(super) verdict: Verdict,
}

/// What an example's answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// No, for the time being: this says nothing of the command.
    Busy,
}

/// One frame of an answer.
#[derive(Debug)]
pub(super) struct ShownFrame {
    /// What it says: the parts of the frame and of its body.
    pub(super) parts: Fields,
    /// Its part `body`; all of it where it has none.
    pub(super) body: Vec<u8>,
    /// How it is written, where it could be read.
    written: Option<Written>,
}

#[derive(Debug)]
struct Written {
    layout: Layout,
    /// The parts of the frame, its body among them.
    fields: Fields,
    wire: Vec<u8>,
}

/// All examples of a protocol, in its order.
pub(super) fn read(protocol: &Protocol) -> Vec<Shown> {
    protocol.examples.iter().map(|example| Shown::read(protocol, example)).collect()
}

impl Shown {
    fn read(protocol: &Protocol, example: &Example) -> Self {
        let command = example.command.as_deref();
        let place = |command: &Command| protocol.commands.iter().position(|known| known.name == command.name);
        let (mut frames, verdict) = answer(protocol, example, command);
        if frames.is_empty() {
            frames = expected(&example.expected);
        }
        Self {
            command: command.and_then(place),
            asked: example.params.clone(),
            body: example.body.clone(),
            frames,
            verdict,
        }
    }
}

/// The frames of an example's answer, and what it comes to.
fn answer(protocol: &Protocol, example: &Example, command: Option<&Command>) -> (Vec<ShownFrame>, Verdict) {
    let mut frames = Vec::new();
    let first = command.and_then(|command| command.response(0)).unwrap_or(&protocol.response);
    let mut rest = example.recv.as_slice();
    if first.echo {
        rest = rest.strip_prefix(example.send.as_slice()).unwrap_or(rest);
    }
    loop {
        let form = command.and_then(|command| command.response(frames.len())).unwrap_or(&protocol.response);
        rest = rest.get(form.padding(rest)..).unwrap_or_default();
        let mut cutter = Cutter::new(form.clone());
        let Some(size) = cut(&mut cutter, rest) else { break };
        let (wire, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = behind;
        let Some(frame) = cutter.frame(wire) else { break };
        let body = form.trimmed(body_of(command, &frame, wire));
        let is_event = protocol.classes.event.iter().chain(&protocol.classes.progress);
        if is_event.into_iter().any(|class| class.fits(Some(&frame), body).is_some()) {
            continue;
        }
        let shown = |parts| ShownFrame::new(parts, &frame, wire, body, &cutter);
        if let Some(refusal) = protocol.classes.refusal(Some(&frame), body) {
            let verdict = if refusal.busy { Verdict::Busy } else { Verdict::No };
            return (vec![shown(Fields::new())], verdict);
        }
        match parts(command, frames.len(), &frame, body) {
            Some(parts) => frames.push(shown(parts)),
            None if form.unsolicited => {}
            None => break,
        }
        if !is_more_due(command, frames.len()) {
            break;
        }
    }
    let verdict = if matches!(example.expected, Expected::Error(_)) { Verdict::No } else { Verdict::Yes };
    (frames, verdict)
}

/// The size of the frame at the start of bytes that are all there.
fn cut(cutter: &mut Cutter, bytes: &[u8]) -> Option<usize> {
    for closing in [Closing::Open, Closing::Eof, Closing::Silent] {
        match cutter.advance(bytes, closing) {
            Ok(Step::Frame(size @ 1..)) => return Some(size),
            Ok(Step::NeedMore | Step::Frame(_)) => {}
            Err(_) => return None,
        }
    }
    None
}

fn body_of<'b>(command: Option<&Command>, frame: &Frame<'b>, wire: &'b [u8]) -> &'b [u8] {
    match command.is_some_and(|command| command.reply_is_frame) {
        true => wire,
        false => frame.bytes("body").unwrap_or(wire),
    }
}

/// What the frame number `index` of a command's answer says; nothing if it is none of them.
fn parts(command: Option<&Command>, index: usize, frame: &Frame<'_>, body: &[u8]) -> Option<Fields> {
    let mut parts = frame.fields();
    let Some(command) = command else { return Some(parts) };
    let layouts = command.reply.layouts();
    let Some(layout) = layouts.get(index).or(layouts.last()) else { return Some(parts) };
    let of_body = layout.decode(body, |parts| parts.fields()).ok()?;
    if !command.reply_is_frame {
        parts = parts.iter().filter(|(name, _)| *name != "body").fold(Fields::new(), |mut kept, (name, value)| {
            kept.set(name, value.clone());
            kept
        });
    }
    for (name, value) in of_body.iter() {
        parts.set(name, value.clone());
    }
    Some(parts)
}

fn is_more_due(command: Option<&Command>, frames: usize) -> bool {
    match command.map(|command| &command.reply) {
        Some(Reply::Until(..)) => true,
        Some(Reply::Frames(layouts)) => frames < layouts.len(),
        Some(Reply::Any | Reply::Nothing) | None => frames == 0,
    }
}

/// What an example says of an answer whose bytes cannot be read.
fn expected(expected: &Expected) -> Vec<ShownFrame> {
    let frame = |parts: &Fields| {
        let body = match parts.get("body") {
            Some(Value::Bytes(body)) => body.clone(),
            Some(Value::Text(body)) => body.clone().into_bytes(),
            _ => Vec::new(),
        };
        ShownFrame { parts: parts.clone(), body, written: None }
    };
    match expected {
        Expected::Fields(fields) if !fields.is_empty() => vec![frame(fields)],
        Expected::List(list) => list.iter().map(frame).collect(),
        Expected::Fields(_) | Expected::Error(_) => Vec::new(),
    }
}

impl ShownFrame {
    fn new(parts: Fields, frame: &Frame<'_>, wire: &[u8], body: &[u8], cutter: &Cutter) -> Self {
        let written = cutter.layout().map(|layout| Written {
            layout: layout.clone(),
            fields: frame.fields(),
            wire: wire.to_vec(),
        });
        Self { parts, body: body.to_vec(), written }
    }

    /// The same frame in answer to another request: it takes over what every answer takes over from its request.
    pub(super) fn said_again(&self, request: &Request, form: &Form) -> Reaction {
        let Some(Written { layout, fields, wire }) = &self.written else {
            return Answer::Body(self.body.clone()).into();
        };
        let Request::Command { frame, fields: said, .. } = request else { return Answer::Wire(wire.clone()).into() };
        let mut again = fields.clone();
        for part in &form.matches {
            if let Some(value) = frame.get(part).or_else(|| said.get(part)) {
                again.set(part.clone(), value.clone());
            }
        }
        let seq = match layout.counter().and_then(|counter| frame.get(counter)) {
            Some(Value::Integer(seq)) => u64::try_from(*seq).unwrap_or_default(),
            _ => 0,
        };
        match layout.encode(&again, &Context { seq, ..Context::default() }) {
            Ok(encoded) => on_the_wire(encoded),
            Err(_) => Answer::Wire(wire.clone()).into(),
        }
    }
}

/// Exactly this frame; the connection is closed behind it where that is what ends the frame.
pub(super) fn on_the_wire(encoded: Encoded) -> Reaction {
    let manner = if encoded.then == Then::HalfClose { Manner::ThenClose } else { Manner::InOne };
    Reaction { answer: Answer::Wire(encoded.bytes), manner }
}
