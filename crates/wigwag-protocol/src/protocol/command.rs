//! What a device can be told.

use std::sync::Arc;

use super::{Condition, Form, Times};
use crate::layout::{Fields, Layout, Value};

/// One command of a protocol.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its name, as it is typed.
    pub name: Arc<str>,
    /// What it does, in a line.
    pub about: Option<String>,
    /// What sending it again would do.
    pub effect: Effect,
    /// Whether the file says what its effect is.
    pub declares_effect: bool,
    /// What a person has to be asked about before it is sent.
    pub hazard: Option<String>,
    /// How to find out whether it took effect.
    pub verify: Option<Verify>,
    /// Its parameters: what has to be given, or may be, in the order of the layouts.
    pub params: Vec<Param>,
    /// What its parts say that are no parameters.
    pub set: Fields,
    /// The body of its request; where the protocol has no request frame, the whole request.
    pub send: Layout,
    /// Where the body stands: the frame of its request. `None`: `send` is the frame.
    pub request: Option<Arc<Form>>,
    /// The frames of its answer, one for each; the last one serves for all further ones.
    pub responses: Vec<Arc<Form>>,
    /// What its answer says.
    pub reply: Reply,
    /// Whether the layouts of the reply are whole frames, not bodies.
    pub reply_is_frame: bool,
    /// How long to wait for what.
    pub times: Times,
}

/// What sending a command twice would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// Twice is as good as once.
    Idempotent,
    /// It acts each time.
    #[default]
    Once,
}

impl Effect {
    /// Its word, as it stands in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Once => "once",
        }
    }
}

/// What a command's answer says.
#[derive(Debug, Clone)]
pub enum Reply {
    /// One frame with any body.
    Any,
    /// Nothing, by design. A no is heard all the same.
    Nothing,
    /// So many frames, each with its own body.
    Frames(Vec<Layout>),
    /// Frames with this body, up to and including the first of which the condition holds.
    Until(Layout, Condition),
}

impl Reply {
    /// The layouts of the bodies, in order.
    pub fn layouts(&self) -> &[Layout] {
        match self {
            Self::Any | Self::Nothing => &[],
            Self::Frames(layouts) => layouts,
            Self::Until(layout, _) => std::slice::from_ref(layout),
        }
    }
}

/// How to find out whether a command took effect.
#[derive(Debug, Clone)]
pub struct Verify {
    /// The name of a command that only reads.
    pub command: String,
    /// What must hold of its answer; where there is nothing, every field that bears a parameter's name must equal it.
    pub when: Option<Condition>,
}

/// A parameter of a command.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name, which is that of the part it fills.
    pub name: Arc<str>,
    /// What the file says of it.
    pub rule: ParamRule,
    /// Whether it must be given.
    pub required: bool,
}

/// What a file says of a parameter.
#[derive(Debug, Clone, Default)]
pub struct ParamRule {
    /// What it means, in a line.
    pub about: Option<String>,
    /// The least that a number may be.
    pub min: Option<f64>,
    /// The most that a number may be.
    pub max: Option<f64>,
    /// What it is unless it is given.
    pub default: Option<Value>,
    /// It is never shown and never kept.
    pub secret: bool,
}

/// The commands of one protocol are told apart by their names.
impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Command {
    /// The frames of the answer number `index`.
    pub fn response(&self, index: usize) -> Option<&Arc<Form>> {
        self.responses.get(index).or(self.responses.last())
    }

    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| &*param.name == name)
    }

    /// The layout that a part of the request stands in: the body's, else the frame's.
    pub fn layout_of(&self, part: &str) -> Option<&Layout> {
        let frames = self.request.iter().flat_map(|form| form.layouts());
        std::iter::once(&self.send).chain(frames).find(|layout| layout.takes(part))
    }

    /// The names of the parts that the answer's frame number `index` needs values for, the body's and the frame's.
    pub fn answer_parts(&self, index: usize) -> Vec<&str> {
        let layouts = self.reply.layouts();
        let body = layouts.get(index).or(layouts.last());
        let frame = self.response(index).into_iter().flat_map(|form| form.wanted());
        let replaced = if body.is_some() && !self.reply_is_frame { "body" } else { "" };
        let mut parts: Vec<&str> = Vec::new();
        for part in frame.filter(|part| *part != replaced).chain(body.into_iter().flat_map(Layout::wanted)) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }
}
