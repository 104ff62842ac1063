//! How a request is answered.

use super::Request;
use crate::layout::{Context, EncodeError, Encoded, Fields, Layout, Then, Value};
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
            Answer::Body(body) => {
                let fields = Fields::from([("body", Value::Bytes(body.clone()))]);
                self.frame(form, fields).map(Some)
            }
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
            let mut fields = self.copied(form);
            let spoken = class.spoken(told, &said, &mut fields).and_then(|body| {
                if command.is_some_and(|command| command.reply_is_frame) {
                    return Ok(Encoded { bytes: body, then: Then::Nothing });
                }
                fields.set("body", Value::Bytes(body));
                self.frame(form, fields)
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
        let mut all = Encoded { bytes: Vec::new(), then: Then::Nothing };
        for index in 0..count {
            let mut fields = frames.get(index).or(frames.last()).cloned().unwrap_or_default();
            let Some(form) = command.response(index) else { break };
            if !command.reply_is_frame {
                let layout = layouts.get(index).or(layouts.last());
                if let Some(body) = layout.map(|layout| self.body(layout, &fields)).transpose()? {
                    fields.set("body", Value::Bytes(body));
                }
            }
            let Encoded { bytes, then } = self.frame(form, fields)?;
            all.bytes.extend(bytes);
            all.then = then;
        }
        Ok(all)
    }

    fn body(&self, layout: &Layout, fields: &Fields) -> Result<Vec<u8>, EncodeError> {
        let mut all = self.said().cloned().unwrap_or_default();
        for (name, value) in fields.iter() {
            all.set(name, value.clone());
        }
        Ok(layout.encode(&all, &Context::default())?.bytes)
    }

    /// A frame of this form with these values; other parts are copied from the request's of the same name.
    fn frame(&self, form: &Form, fields: Fields) -> Result<Encoded, EncodeError> {
        let mut all = self.copied(form);
        for (name, value) in fields.iter() {
            all.set(name, value.clone());
        }
        let seq = form.layouts().find_map(|layout| layout.counter()).and_then(|part| self.parts()?.get(part));
        let seq = match seq {
            Some(Value::Integer(seq)) => u64::try_from(*seq).unwrap_or_default(),
            _ => 0,
        };
        form.encode(&all, &Context { seq, ..Context::default() })
    }

    /// What an answer of this form takes over from the request.
    fn copied(&self, form: &Form) -> Fields {
        let mut copied = Fields::new();
        let matches = form.matches.iter().map(|part| &**part);
        for part in form.wanted().into_iter().chain(matches).filter(|part| *part != "body") {
            let of_frame = self.parts().and_then(|parts| parts.get(part));
            if let Some(value) = of_frame.or_else(|| self.said().and_then(|said| said.get(part))) {
                copied.set(part, value.clone());
            }
        }
        copied
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
