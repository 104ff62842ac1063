//! What a request says: which command it is.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Opening, Request, Session, SessionLimits};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Command, Form};

use super::cut::{self, Wrong};
use super::meaning::{Meaning, Placed, Reader, Said, differs, with_frame};
use super::piece::Body;

/// A command and its parameters.
type Recognised = (Arc<Command>, Fields);

impl Reader {
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
