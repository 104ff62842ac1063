//! What a whole frame says: which command it is, or what kind of an answer.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Opening, Request, Session, SessionLimits};
use wigwag_protocol::layout::{Fields, Frame, Layout, Part, Value};
use wigwag_protocol::protocol::{Class, Command, Form, Protocol, Refusal, Reply, SessionRules, Transport};

use super::cut::{self, Wrong};
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
    fn body(&self, is_frame: bool) -> Body<'f> {
        let part = if is_frame { None } else { Body::of(self.frame, self.start) };
        part.unwrap_or_else(|| Body::all(self.wire, self.start))
    }
}

/// A command and its parameters.
type Recognised = (Arc<Command>, Fields);

/// How far an answer has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// How many of its frames have come.
    frames: usize,
    /// It was whole, or a no.
    is_over: bool,
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
    bare: Arc<Protocol>,
}

impl Reader {
    pub(super) fn new(protocol: Protocol) -> Self {
        let session = SessionRules::default();
        let bare = Protocol { session, transport: Transport::Plain, ..protocol.clone() };
        Self { protocol: Arc::new(protocol), bare: Arc::new(bare) }
    }

    // ---- requests ----

    /// The frames of requests; where each command has its own, those of this command.
    pub(super) fn requests(&self, wished: Option<&Arc<Command>>) -> Arc<Form> {
        match wished.filter(|_| self.protocol.commands_are_frames) {
            Some(wished) => Arc::new(Form::of(wished.send.clone())),
            None => self.protocol.request.clone(),
        }
    }

    /// What a request says; `wished` is the command that it should be.
    pub(super) fn request(&self, wished: Option<&Arc<Command>>, placed: Placed<'_, '_>) -> Said {
        let mut body = placed.body(self.protocol.commands_are_frames);
        let mut recognised = match wished {
            Some(wished) => self.is_it(wished, &body, placed),
            None => self.recognised(placed.wire),
        };
        let mut has_digits = false;
        if recognised.is_none()
            && let Some(behind) = self.behind_digits(&body)
        {
            recognised = match wished {
                Some(wished) => self.is_it(wished, &behind, placed),
                None => self.recognised_behind(&body, &behind, placed),
            };
            has_digits = recognised.is_some();
            if has_digits {
                body = behind;
            }
        }
        let Some((command, params)) = recognised else {
            return match wished {
                Some(wished) => Said {
                    meaning: Meaning::Other(wished.clone()),
                    inside: Vec::new(),
                    wrong: Some(not_it(wished, &body, placed)),
                },
                None => Said::of(Meaning::NoCommand),
            };
        };
        let parts = cut::whole(&command.send, body.bytes, |frame| frame.parts()).unwrap_or_default();
        let mut inside = body.pieces(&parts);
        if has_digits {
            inside.insert(0, body.digits());
        }
        Said { meaning: Meaning::Command { command, params, has_digits }, inside, wrong: None }
    }

    /// The parameters of this command, if the request can be it.
    fn is_it(&self, wished: &Arc<Command>, body: &Body<'_>, placed: Placed<'_, '_>) -> Option<Recognised> {
        let of_body = cut::whole(&wished.send, body.bytes, |frame| frame.fields()).ok()?;
        let fields = with_frame(placed.frame, false, &of_body);
        differs(wished, placed).is_none().then(|| (wished.clone(), params(wished, &fields)))
    }

    /// The command that these bytes are, to a device, and its parameters.
    fn recognised(&self, wire: &[u8]) -> Option<Recognised> {
        // Longer than any silence that ends a request, and shorter than the patience of a device.
        const SILENCE: Duration = Duration::from_secs(24 * 60 * 60);
        let (now, limits) = (Moment::ORIGIN, SessionLimits { idle: 2 * SILENCE });
        let mut session = Session::new(self.bare.clone(), limits, &Opening::default(), now);
        session.receive(wire, now);
        let mut request = session.poll_request(now);
        if request.is_none() {
            request = session.handle_deadline(now + SILENCE);
        }
        if request.is_none() {
            session.handle_eof(now);
            request = session.poll_request(now);
        }
        let (command, fields) = match request? {
            Request::Command { command, fields, .. } => (command?, fields),
            Request::Broken { .. } => return None,
        };
        let params = params(&command, &fields);
        Some((command, params))
    }

    /// The body behind the digits of an authentication, if it may begin with them.
    fn behind_digits<'f>(&self, body: &Body<'f>) -> Option<Body<'f>> {
        let size = self.protocol.session.auth.as_ref()?.digest.hex(&[]).len();
        let (digits, behind) = body.bytes.split_at_checked(size)?;
        digits.iter().all(u8::is_ascii_hexdigit).then(|| body.clone().cut(size, behind.len()))
    }

    /// The command that these bytes are without the digits.
    fn recognised_behind(&self, body: &Body<'_>, behind: &Body<'_>, placed: Placed<'_, '_>) -> Option<Recognised> {
        let [from, to] = [body.at()?.checked_sub(placed.start)?, behind.at()?.checked_sub(placed.start)?];
        self.recognised(&[placed.wire.get(..from)?, placed.wire.get(to..)?].concat())
    }

    /// The request that these bytes begin with, and its size.
    pub(super) fn first_request(&self, bytes: &[u8]) -> Option<(Arc<Command>, usize)> {
        let size = cut::first(&self.requests(None), bytes, |_, whole| whole.size).ok()?;
        let (command, _) = self.recognised(bytes.get(..size)?)?;
        Some((command, size))
    }

    // ---- answers ----

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

/// Of all that a request says, what is a parameter.
fn params(command: &Command, fields: &Fields) -> Fields {
    let mut params = Fields::new();
    for param in &command.params {
        if let Some(value) = fields.get(&param.name) {
            params.set(param.name.clone(), value.clone());
        }
    }
    params
}

/// Why a request is not this command.
fn not_it(wished: &Command, body: &Body<'_>, placed: Placed<'_, '_>) -> Wrong {
    let of_body = || cut::whole(&wished.send, body.bytes, |_| ()).err().map(|wrong| wrong.moved(body.base()));
    differs(wished, placed).or_else(of_body).unwrap_or_else(|| Wrong::nothing_like(&wished.name, placed.start))
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

/// What the command sets and the frame says otherwise.
fn differs(command: &Command, placed: Placed<'_, '_>) -> Option<Wrong> {
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
fn with_frame(frame: &Frame<'_>, reply_is_frame: bool, of_body: &Fields) -> Fields {
    let mut all = Fields::new();
    let of_frame = frame.fields();
    let of_frame = of_frame.iter().filter(|(name, _)| *name != "body" || reply_is_frame);
    for (name, value) in of_frame.chain(of_body.iter()) {
        all.set(name, value.clone());
    }
    all
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

/// The names of the parameters that may not be shown.
pub(super) fn secret_params(command: &Command) -> impl Iterator<Item = &str> {
    command.params.iter().filter(|param| param.rule.secret).map(|param| &*param.name)
}

/// The value of a parameter, or `<secret>`.
pub(super) fn shown(command: &Command, name: &str, value: &Value) -> String {
    let is_secret = secret_params(command).any(|secret| secret == name);
    if is_secret { "<secret>".to_owned() } else { report::value(value) }
}
