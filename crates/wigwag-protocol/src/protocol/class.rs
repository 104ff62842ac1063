//! What a frame is, beside an answer: an event, a sign of progress, a no.

use super::Condition;
use crate::layout::{Context, EncodeError, Fields, Frame, Layout, Value};

/// Frames that are no plain answers. What fits none of them is the answer.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// Unsolicited: noted, and we go on waiting.
    pub event: Vec<Class>,
    /// A sign of life: noted, and the wait starts again.
    pub progress: Vec<Class>,
    /// A no. The device half says no with the first.
    pub error: Vec<ErrorClass>,
}

/// Frames of one kind: those whose whole body fits a layout, and of which a condition holds.
#[derive(Debug, Clone)]
pub struct Class {
    /// The body; any, where there is none.
    pub body: Option<Layout>,
    /// A condition on parts of the frame or of the body.
    pub when: Option<Condition>,
}

/// Frames that say no.
#[derive(Debug, Clone)]
pub struct ErrorClass {
    /// Which frames.
    pub class: Class,
    /// What the codes mean.
    pub texts: Vec<(Value, String)>,
    /// Which of them say "try again later".
    pub busy: Busy,
    /// A client that did not know the secret is refused with it.
    pub refuses_login: bool,
}

/// Which errors say "try again later".
#[derive(Debug, Clone, PartialEq)]
pub enum Busy {
    /// None.
    Never,
    /// All of this class.
    Always,
    /// Those with one of these codes.
    Codes(Vec<Value>),
}

/// Why a device said no.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refusal {
    /// The part `code` of the error.
    pub code: Option<Value>,
    /// The part `text` of the error, or what the protocol says that its code means.
    pub text: Option<Value>,
    /// The device would take the command at another time.
    pub busy: bool,
}

impl Class {
    /// Bodies of this layout.
    pub fn of(body: Layout) -> Self {
        Self { body: Some(body), when: None }
    }

    /// The parts of the body, if the frame is of this class.
    pub fn fits(&self, frame: Option<&Frame<'_>>, body: &[u8]) -> Option<Fields> {
        let of_frame = |part: &str| frame.and_then(|frame| frame.value(part));
        let holds = |of_body: &dyn Fn(&str) -> Option<Value>| {
            let holds = |when: &Condition| when.holds(|part| of_body(part).or_else(|| of_frame(part)));
            self.when.as_ref().is_none_or(|when| holds(when) == Some(true))
        };
        match &self.body {
            None => holds(&|_| None).then(Fields::new),
            Some(layout) => {
                layout.read(body, |parts| holds(&|part| parts.value(part)).then(|| parts.fields())).flatten()
            }
        }
    }
}

impl Classes {
    /// Why the frame says no, if it does.
    pub fn refusal(&self, frame: Option<&Frame<'_>>, body: &[u8]) -> Option<Refusal> {
        self.error.iter().find_map(|error| error.refusal(frame, body))
    }
}

impl ErrorClass {
    /// Bodies of this layout, with nothing more known about them.
    pub fn of(body: Layout) -> Self {
        Self { class: Class::of(body), texts: Vec::new(), busy: Busy::Never, refuses_login: false }
    }

    fn refusal(&self, frame: Option<&Frame<'_>>, body: &[u8]) -> Option<Refusal> {
        let fields = self.class.fits(frame, body)?;
        let code = fields.get("code").cloned();
        let meaning = code.as_ref().and_then(|code| self.meaning(code));
        let text = fields.get("text").cloned().or(meaning);
        let busy = match &self.busy {
            Busy::Never => false,
            Busy::Always => true,
            Busy::Codes(codes) => code.as_ref().is_some_and(|code| codes.iter().any(|busy| busy.agrees_with(code))),
        };
        Some(Refusal { code, text, busy })
    }

    fn meaning(&self, code: &Value) -> Option<Value> {
        let found = self.texts.iter().find(|(known, _)| known.agrees_with(code));
        found.map(|(_, text)| Value::Text(text.clone()))
    }

    /// Whether the file says what is told: as a code, or as what a code means.
    fn knows(&self, told: &Value) -> bool {
        self.texts.iter().any(|(code, text)| code.agrees_with(told) || told.agrees_with(&Value::Text(text.clone())))
    }

    /// Whether there is a place for what is told: `code` where it is a number, else `text`.
    fn takes(&self, told: &Value) -> bool {
        self.class.body.as_ref().is_some_and(|body| body.takes(part_for(told)))
    }

    /// The body of a no of this class, and what the parts of its frame must say: a number fills the part `code`, a text
    /// that the file gives a code to as well, any other text the part `text`. Other parts are copied from `request`.
    ///
    /// # Errors
    ///
    /// The body cannot hold what is told.
    pub fn spoken(&self, told: &Value, request: &Fields, frame: &mut Fields) -> Result<Vec<u8>, EncodeError> {
        if let Some(when) = &self.class.when {
            for (part, _) in when.parts() {
                let now = match frame.get(part) {
                    Some(Value::Integer(number)) => *number,
                    _ => 0,
                };
                if let Some(wished) = when.wished(part, now) {
                    frame.set(part, wished);
                }
            }
        }
        let Some(layout) = &self.class.body else { return Ok(Vec::new()) };
        let code = self.texts.first().map_or(Value::Integer(0), |(code, _)| code.clone());
        let mut fields = Fields::from([("code", code), ("text", Value::Text("error".to_owned()))]);
        let conditioned: Vec<&str> = self.class.when.iter().flat_map(Condition::parts).map(|(part, _)| part).collect();
        let of_frame = frame.iter().filter(|(name, _)| conditioned.contains(name));
        for (name, value) in request.iter().filter(|(name, _)| layout.takes(name)).chain(of_frame) {
            fields.set(name, value.clone());
        }
        match self.texts.iter().find(|(_, text)| told.agrees_with(&Value::Text(text.clone()))) {
            Some((code, _)) => fields.set("code", code.clone()),
            None => fields.set(part_for(told), told.clone()),
        }
        Ok(layout.encode(&fields, &Context::default())?.bytes)
    }
}

impl Classes {
    /// The classes to say no with, the best first: one whose codes know what is told, one that has a place for it, then
    /// any.
    pub fn to_say_no_with(&self, told: &Value) -> impl Iterator<Item = &ErrorClass> {
        let knowing = self.error.iter().filter(|error| error.knows(told));
        let taking = self.error.iter().filter(|error| error.takes(told));
        knowing.chain(taking).chain(&self.error)
    }

    /// The classes to turn a client away with that did not know the secret, the best first.
    pub fn to_refuse_login_with(&self, told: &Value) -> impl Iterator<Item = &ErrorClass> {
        self.error.iter().filter(|error| error.refuses_login).chain(self.to_say_no_with(told))
    }
}

fn part_for(told: &Value) -> &'static str {
    if matches!(told, Value::Integer(_)) { "code" } else { "text" }
}
