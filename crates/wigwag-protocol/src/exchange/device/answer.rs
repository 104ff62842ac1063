//! How a request is answered.

use super::Request;
use crate::layout::{Context, EncodeError, Encoded, Fields, Layout, Then, Value, Values};
use crate::protocol::{Command, Form, Protocol};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// With the command's own reply: the values of its parts, frame by frame; those of the last one serve for all further
    /// frames.
    Fields(Vec<Fields>),
    /// With this body, in a frame of the response layout.
    Body(Vec<u8>),
    /// With a no in the protocol's own form, if it has one; else not at all.
    Error(Value),
    /// With exactly these bytes and nothing behind them: no end of the sending side either.
    Wire(Vec<u8>),
    /// Not at all.
    Silence,
}

impl Request {
    /// The answer on the wire, in one piece; `None` for no answer. Parts of its frames that nothing else fills are copied
    /// from the request's of the same name.
    ///
    /// # Errors
    ///
    /// The answer cannot be put into the response layout.
    pub fn answered(&self, protocol: &Protocol, answer: &Answer) -> Result<Option<Encoded>, EncodeError> {
        let command = match self {
            Self::Command { command, .. } => command.as_deref(),
            Self::Broken { .. } => None,
        };
        let form = command.and_then(|command| command.response(0)).unwrap_or(&protocol.response);
        match answer {
            Answer::Silence => Ok(None),
            Answer::Wire(bytes) => Ok(Some(Encoded { bytes: bytes.clone(), then: Then::Nothing })),
            Answer::Body(body) => self.frame(form, Some(body.clone()), &Fields::new()).map(Some),
            Answer::Error(told) => self.no(protocol, command, form, told),
            Answer::Fields(frames) => match command {
                Some(command) => self.reply(command, frames).map(Some),
                None => Err(EncodeError::Ambiguous { problem: "the request is no command of the protocol".to_owned() }),
            },
        }
    }

    /// A no, of the first class that can say it; nothing where the protocol has none.
    fn no(
        &self,
        protocol: &Protocol,
        command: Option<&Command>,
        form: &Form,
        told: &Value,
    ) -> Result<Option<Encoded>, EncodeError> {
        let said = self.said().cloned().unwrap_or_default();
        let mut first_error = None;
        for class in protocol.classes.to_say_no_with(told) {
            let mut fields = Fields::new();
            for part in form.repeated() {
                if let Some(value) = self.copied(part) {
                    fields.set(part, value.clone());
                }
            }
            let spoken = class.spoken(told, &said, &mut fields).and_then(|body| {
                if command.is_some_and(|command| command.reply_is_frame) {
                    return Ok(Encoded { bytes: body, then: Then::Nothing });
                }
                self.frame(form, Some(body), &fields)
            });
            match spoken {
                Ok(encoded) => return Ok(Some(encoded)),
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    /// The frames of a command's reply, one behind the other.
    fn reply(&self, command: &Command, frames: &[Fields]) -> Result<Encoded, EncodeError> {
        let layouts = command.reply.layouts();
        let count = frames.len().max(layouts.len()).max(1);
        let nothing = Fields::new();
        let mut all = Encoded { bytes: Vec::new(), then: Then::Nothing };
        for index in 0..count {
            let fields = frames.get(index).or(frames.last()).unwrap_or(&nothing);
            let Some(form) = command.response(index) else { break };
            let layout = layouts.get(index).or(layouts.last()).filter(|_| !command.reply_is_frame);
            let body = layout.map(|layout| self.body(layout, fields)).transpose()?;
            let Encoded { bytes, then } = self.frame(form, body, fields)?;
            all.then = then;
            match index {
                0 => all.bytes = bytes,
                _ => all.bytes.extend(bytes),
            }
        }
        Ok(all)
    }

    /// The body of a reply: with these values, else with what the request said.
    fn body(&self, layout: &Layout, given: &Fields) -> Result<Vec<u8>, EncodeError> {
        Ok(layout.encode(&BodyValues { given, said: self.said() }, &Context::default())?.bytes)
    }

    /// A frame of this form with this body and these values; other parts are copied from the request's of the same name.
    fn frame(&self, form: &Form, body: Option<Vec<u8>>, given: &Fields) -> Result<Encoded, EncodeError> {
        let seq = form.layouts().find_map(|layout| layout.counter()).and_then(|part| self.parts()?.get(part));
        let seq = match seq {
            Some(Value::Integer(seq)) => u64::try_from(*seq).unwrap_or_default(),
            _ => 0,
        };
        let values = FrameValues { body: body.map(Value::Bytes), given, form, request: self };
        form.encode(&values, &Context { seq, ..Context::default() })
    }

    /// What an answer takes over from the request if it needs this part.
    fn copied(&self, part: &str) -> Option<&Value> {
        self.parts()?.get(part).or_else(|| self.said()?.get(part))
    }

    fn parts(&self) -> Option<&Fields> {
        match self {
            Self::Command { frame, .. } => Some(frame),
            Self::Broken { .. } => None,
        }
    }

    fn said(&self) -> Option<&Fields> {
        match self {
            Self::Command { fields, .. } => Some(fields),
            Self::Broken { .. } => None,
        }
    }
}

/// What the body of a reply says.
struct BodyValues<'a> {
    given: &'a Fields,
    said: Option<&'a Fields>,
}

impl Values for BodyValues<'_> {
    fn get(&self, part: &str) -> Option<&Value> {
        self.given.get(part).or_else(|| self.said?.get(part))
    }
}

/// What a frame of an answer says.
struct FrameValues<'a> {
    /// In place of the given one.
    body: Option<Value>,
    given: &'a Fields,
    /// It tells what else is copied from the request.
    form: &'a Form,
    request: &'a Request,
}

impl Values for FrameValues<'_> {
    fn get(&self, part: &str) -> Option<&Value> {
        let copied = || self.request.copied(part).filter(|_| self.form.repeats(part));
        match &self.body {
            Some(body) if part == "body" => Some(body),
            Some(_) | None => self.given.get(part).or_else(copied),
        }
    }
}
