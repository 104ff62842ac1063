//! What an answer says, and whose it is.

use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Frame, Layout, Part};
use wigwag_protocol::protocol::{Class, Command, Form, Reply};

use super::cut;
use super::meaning::{Answered, Meaning, Placed, Progress, Reader, Said, differs, with_frame};
use super::piece::Body;

impl Reader {
    /// What the bytes begin with, as an answer to whatever command.
    pub(super) fn first_response(&self, bytes: &[u8]) -> Option<Meaning> {
        self.first_answer(None, bytes)
    }

    /// Whether they begin with an answer to this command.
    pub(super) fn is_answer(&self, command: Option<&Arc<Command>>, bytes: &[u8]) -> bool {
        matches!(self.first_answer(command, bytes), Some(Meaning::Answer(_)))
    }

    fn first_answer(&self, command: Option<&Arc<Command>>, bytes: &[u8]) -> Option<Meaning> {
        let form = self.responses(command, Progress::default());
        let judged = cut::first(&form, bytes, |frame, whole| {
            let wire = bytes.get(..whole.size).unwrap_or_default();
            self.response(command, Progress::default(), &form, Placed { frame, wire, start: 0 })
        });
        judged.ok().filter(|said| said.wrong.is_none()).map(|said| said.meaning)
    }

    /// What the next frame of an answer looks like: of this command's, or of any.
    pub(super) fn responses(&self, command: Option<&Arc<Command>>, progress: Progress) -> Arc<Form> {
        let own = command.and_then(|command| command.response(progress.frames));
        own.unwrap_or(&self.protocol.response).clone()
    }

    /// What an answer says, in the order in which one on the wire is judged.
    pub(super) fn response(
        &self,
        command: Option<&Arc<Command>>,
        progress: Progress,
        form: &Form,
        placed: Placed<'_, '_>,
    ) -> Said {
        let any_is_frame = || self.protocol.commands.iter().any(|command| command.reply_is_frame);
        let body = placed.body(command.map_or_else(any_is_frame, |command| command.reply_is_frame));
        let body = trimmed(form, body);
        let said = |meaning, parts: &[Part]| Said { meaning, inside: body.pieces(parts), wrong: None };
        let fits = |class: &Class| class_parts(class, placed.frame, body.bytes);
        let classes = &self.protocol.classes;

        let heartbeats = &self.protocol.session.auto;
        if let Some(parts) = heartbeats.iter().find_map(|auto| parts_of(&auto.on, body.bytes)) {
            return said(Meaning::Heartbeat, &parts);
        }
        if let Some(parts) = classes.event.iter().find_map(fits) {
            return said(Meaning::Event, &parts);
        }
        if let Some(parts) = classes.progress.iter().find_map(fits) {
            return said(Meaning::Progress, &parts);
        }
        if let Some(refusal) = classes.refusal(Some(placed.frame), body.bytes) {
            let parts = classes.error.iter().find_map(|error| fits(&error.class)).unwrap_or_default();
            return said(Meaning::Refusal(refusal), &parts);
        }
        match command {
            Some(command) => answer_of(command, progress, form, &body, placed),
            None => self.answer_of_any(&body, placed),
        }
    }

    /// An answer without the command that it answers: to which could it be one?
    fn answer_of_any(&self, body: &Body<'_>, placed: Placed<'_, '_>) -> Said {
        let mut fitting: Vec<(&Arc<Command>, Vec<Part>, Fields)> = Vec::new();
        for command in &self.protocol.commands {
            if let Some((parts, fields)) = self.fits(command, body, placed) {
                fitting.push((command, parts, fields));
            }
        }
        // A reply that takes any text tells nothing where another one fits.
        if fitting.iter().any(|(command, ..)| !takes_anything(command)) {
            fitting.retain(|(command, ..)| !takes_anything(command));
        }
        let fits: Vec<Arc<str>> = fitting.iter().map(|(command, ..)| command.name.clone()).collect();
        match fitting.as_slice() {
            [(command, parts, fields)] => {
                let fields = with_frame(placed.frame, command.reply_is_frame, fields);
                let command = Some((*command).clone());
                let meaning = Meaning::Answer(Answered { command, fits, fields, goes_on: false });
                Said { meaning, inside: body.pieces(parts), wrong: None }
            }
            _ => {
                let fields = placed.frame.fields();
                Said::of(Meaning::Answer(Answered { command: None, fits, fields, goes_on: false }))
            }
        }
    }

    /// What the answer says if it could be this command's.
    fn fits(&self, command: &Arc<Command>, body: &Body<'_>, placed: Placed<'_, '_>) -> Option<(Vec<Part>, Fields)> {
        if differs(command, placed).is_some() {
            return None;
        }
        let form = command.response(0)?;
        let look =
            |layout: &Layout, bytes: &[u8]| cut::whole(layout, bytes, |frame| (frame.parts(), frame.fields())).ok();
        let any = |bytes: &[u8]| command.reply.layouts().iter().find_map(|layout| look(layout, bytes));
        if Arc::ptr_eq(form, &self.protocol.response) {
            return any(body.bytes);
        }
        // A frame of its own.
        let is_it = |frame: &Frame<'_>, size: usize| {
            let own = if command.reply_is_frame { Some(placed.wire) } else { frame.bytes("body") };
            match &command.reply {
                Reply::Nothing => None,
                Reply::Any => Some((Vec::new(), frame.fields())),
                Reply::Frames(_) | Reply::Until(..) => any(form.trimmed(own.unwrap_or(placed.wire))),
            }
            .filter(|_| size == placed.wire.len())
        };
        cut::first(form, placed.wire, |frame, whole| is_it(frame, whole.size)).ok().flatten()
    }
}

/// An answer to this command.
fn answer_of(command: &Arc<Command>, progress: Progress, form: &Form, body: &Body<'_>, placed: Placed<'_, '_>) -> Said {
    let number = progress.frames;
    let answered = |fields, goes_on| {
        let fits = vec![command.name.clone()];
        Meaning::Answer(Answered { command: Some(command.clone()), fits, fields, goes_on })
    };
    let layout = match &command.reply {
        _ if progress.is_over => None,
        Reply::Any => return Said::of(answered(placed.frame.fields(), false)),
        Reply::Nothing => None,
        Reply::Frames(layouts) => layouts.get(number),
        Reply::Until(layout, _) => Some(layout),
    };
    let Some(layout) = layout else { return Said::of(Meaning::Extra(command.clone())) };
    match cut::whole(layout, body.bytes, |frame| (frame.parts(), frame.fields())) {
        Ok((parts, fields)) => {
            let fields = with_frame(placed.frame, command.reply_is_frame, &fields);
            let goes_on = match &command.reply {
                Reply::Until(_, until) => until.holds(|part| fields.get(part).cloned()) != Some(true),
                Reply::Frames(layouts) => number + 1 < layouts.len(),
                Reply::Any | Reply::Nothing => false,
            };
            Said { meaning: answered(fields, goes_on), inside: body.pieces(&parts), wrong: None }
        }
        Err(wrong) => {
            let wrong = wrong.moved(body.base());
            match form.unsolicited {
                true => Said::of(Meaning::Unasked(command.clone(), wrong)),
                false => Said { meaning: Meaning::Other(command.clone()), inside: Vec::new(), wrong: Some(wrong) },
            }
        }
    }
}

/// Whether the reply is one part of any bytes.
fn takes_anything(command: &Command) -> bool {
    let is_anything = |layout: &Layout| match layout.written().as_slice() {
        [only] => only.value.is_none() && only.kind.is_none_or(|kind| matches!(kind, "text" | "bytes")),
        _ => false,
    };
    command.reply.layouts().iter().all(is_anything)
}

/// The parts of a body of this class, if it is of it.
fn class_parts(class: &Class, frame: &Frame<'_>, body: &[u8]) -> Option<Vec<Part>> {
    class.fits(Some(frame), body)?;
    Some(class.body.as_ref().and_then(|layout| parts_of(layout, body)).unwrap_or_default())
}

fn parts_of(layout: &Layout, bytes: &[u8]) -> Option<Vec<Part>> {
    cut::whole(layout, bytes, |frame| frame.parts()).ok()
}

/// White space off both ends of a body, where the protocol asks for it.
fn trimmed<'f>(form: &Form, body: Body<'f>) -> Body<'f> {
    let size = form.trimmed(body.bytes).len();
    // With what is kept behind it, white space at the front is all that can still be taken off.
    let skipped = (0..=body.bytes.len() - size).rev().find(|skipped| {
        let rest = body.bytes.get(*skipped..).unwrap_or_default();
        form.trimmed(rest).len() == size
    });
    body.cut(skipped.unwrap_or_default(), size)
}
