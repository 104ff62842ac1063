//! What a client would make of an answer.

use std::sync::Arc;

use wigwag_protocol::exchange::Request;
use wigwag_protocol::layout::{Closing, Frame, Step, Value};
use wigwag_protocol::protocol::{Command, Cutter, Form, Protocol, Reply};

/// The client that sent a request, as it waits for the answer.
pub(super) struct ClientView<'a> {
    protocol: &'a Protocol,
    command: Option<&'a Command>,
    /// What its answer must repeat.
    matched: Vec<(Arc<str>, Value)>,
}

/// What a client makes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// An answer, be it yes or no.
    Answer,
    /// Something that cannot be an answer.
    Garbled,
    /// No answer yet.
    Waiting,
}

/// What one frame is to it.
enum Judged {
    Last,
    Part,
    Ignored,
    Mismatch,
}

impl<'a> ClientView<'a> {
    pub(super) fn of(protocol: &'a Protocol, request: &'a Request) -> Self {
        let Request::Command { command, fields, frame, .. } = request else {
            return Self { protocol, command: None, matched: Vec::new() };
        };
        let command = command.as_deref();
        let form = command.and_then(|command| command.response(0)).unwrap_or(&protocol.response);
        let value = |part: &Arc<str>| frame.get(part).or_else(|| fields.get(part)).cloned();
        let matched = form.matches.iter().filter_map(|part| Some((part.clone(), value(part)?))).collect();
        Self { protocol, command, matched }
    }

    /// What it makes of these bytes, and of what is behind them: more that may come, a silence, or the connection's end.
    pub(super) fn sees(&self, wire: &[u8], closing: Closing) -> Seen {
        let (mut rest, mut frames) = (wire, 0);
        loop {
            let form = self.form(frames);
            rest = rest.get(form.padding(rest)..).unwrap_or_default();
            let mut cutter = Cutter::new(form.clone());
            let mut step = cutter.advance(rest, Closing::Open);
            if matches!(step, Ok(Step::NeedMore | Step::Frame(0))) && !rest.is_empty() {
                step = cutter.advance(rest, closing);
            }
            let size = match step {
                Ok(Step::Frame(size @ 1..)) => size,
                Ok(Step::NeedMore | Step::Frame(_)) => return Seen::Waiting,
                Err(_) => return Seen::Garbled,
            };
            let (frame, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            let judged = cutter.frame(frame).map_or(Judged::Ignored, |read| self.judge(form, &read, frame, frames));
            match judged {
                Judged::Last => return Seen::Answer,
                Judged::Mismatch => return Seen::Garbled,
                Judged::Part => frames += 1,
                Judged::Ignored => {}
            }
            rest = behind;
        }
    }

    fn form(&self, frames: usize) -> &'a Arc<Form> {
        self.command.and_then(|command| command.response(frames)).unwrap_or(&self.protocol.response)
    }

    fn judge(&self, form: &Form, frame: &Frame<'_>, wire: &[u8], frames: usize) -> Judged {
        let is_frame = self.command.is_some_and(|command| command.reply_is_frame);
        let body = if is_frame { wire } else { frame.bytes("body").unwrap_or(wire) };
        let body = form.trimmed(body);
        let classes = &self.protocol.classes;
        let mut unasked = classes.event.iter().chain(&classes.progress);
        let is_ours = || {
            let repeats =
                |(part, asked): &(Arc<str>, Value)| frame.value(part).is_none_or(|said| asked.agrees_with(&said));
            self.matched.iter().all(repeats)
        };
        if unasked.any(|class| class.fits(Some(frame), body).is_some()) || !is_ours() {
            return Judged::Ignored;
        }
        if classes.refusal(Some(frame), body).is_some() {
            return Judged::Last;
        }
        let reply = self.command.map_or(&Reply::Any, |command| &command.reply);
        let layout = match reply {
            Reply::Any => return Judged::Last,
            Reply::Nothing => return Judged::Ignored,
            Reply::Frames(layouts) => layouts.get(frames),
            Reply::Until(layout, _) => Some(layout),
        };
        let Some(parts) = layout.and_then(|layout| layout.decode(body, |parts| parts.fields()).ok()) else {
            return if form.unsolicited { Judged::Ignored } else { Judged::Mismatch };
        };
        let is_last = match reply {
            Reply::Until(_, until) => {
                until.holds(|part| parts.get(part).cloned().or_else(|| frame.value(part))) == Some(true)
            }
            Reply::Frames(layouts) => frames + 1 >= layouts.len(),
            Reply::Any | Reply::Nothing => true,
        };
        if is_last { Judged::Last } else { Judged::Part }
    }
}
