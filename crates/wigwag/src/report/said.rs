//! What an answer says, as it is shown in every form for people.

use std::borrow::Cow;

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::{Fields, Layout, Value};
use wigwag_protocol::protocol::{Call, Reply};

use super::text::value;

/// What an answer says.
#[derive(Debug)]
pub(super) enum Said<'e> {
    /// The named parts of its frames, where it is a list of like frames.
    Frames(Vec<Parts<'e>>),
    /// Its named parts.
    Parts(Parts<'e>),
    /// Its body.
    Body(Cow<'e, [u8]>),
}

/// Names and what they say.
pub(super) type Parts<'e> = Vec<(&'e str, &'e Value)>;

impl<'e> Said<'e> {
    /// The parts that a command's reply names, or its response where that has no body; else the body.
    pub(super) fn of_command(ended: &'e Ended) -> Self {
        let has_command = ended.target.order.as_ref().is_ok_and(|order| order.task.call.command().is_some());
        Self::of(ended, has_command)
    }

    /// The same, but a response without a body is its parts whether or not it answers a named command.
    pub(super) fn in_parts(ended: &'e Ended) -> Self {
        Self::of(ended, true)
    }

    fn of(ended: &'e Ended, bodiless_is_parts: bool) -> Self {
        let evidence = &ended.evidence;
        let reply = ended.target.order.as_ref().ok().map(|order| order.task.call.reply());
        let named = |wanted: &str| {
            reply.is_some_and(|reply| reply.layouts().iter().flat_map(Layout::names).any(|name| name == wanted))
        };
        let says_nothing_more = matches!(reply, None | Some(Reply::Any));
        let parts = |fields: &'e Fields| -> Parts<'e> {
            let names_all = bodiless_is_parts && says_nothing_more && fields.get("body").is_none();
            fields.iter().filter(|(name, _)| names_all || named(name)).collect()
        };
        if !evidence.list.is_empty() {
            return Self::Frames(evidence.list.iter().map(parts).collect());
        }
        match parts(&evidence.fields) {
            none if none.is_empty() => Self::Body(evidence.secrets.hide(body(evidence))),
            parts => Self::Parts(parts),
        }
    }

    /// Leaves out the parts of these names.
    pub(super) fn without(self, ignored: &[String]) -> Self {
        let kept = |parts: Parts<'e>| -> Parts<'e> {
            parts.into_iter().filter(|(name, _)| !ignored.iter().any(|ignored| ignored == name)).collect()
        };
        match self {
            Self::Frames(frames) => Self::Frames(frames.into_iter().map(kept).collect()),
            Self::Parts(parts) => Self::Parts(kept(parts)),
            Self::Body(_) if ignored.iter().any(|ignored| ignored == "body") => Self::Parts(Vec::new()),
            Self::Body(body) => Self::Body(body),
        }
    }

    /// All of it on one line.
    pub(super) fn in_a_line(&self, evidence: &Evidence) -> String {
        match self {
            Self::Body(body) => escape(body).to_string(),
            Self::Parts(parts) => match parts.as_slice() {
                [(_, said)] => shown(evidence, said),
                several => words(evidence, several),
            },
            Self::Frames(frames) => {
                let frames: Vec<String> = frames.iter().map(|parts| words(evidence, parts)).collect();
                frames.join("; ")
            }
        }
    }
}

/// The names of the parts that answers to a call may be compared by: what `--ignore` can name.
pub(crate) fn part_names(call: &Call) -> Vec<String> {
    let of_reply: Vec<&str> = call.reply().layouts().iter().flat_map(Layout::names).collect();
    let frames = call.response(0).into_iter().flat_map(|form| form.layouts());
    let of_frame = || frames.flat_map(Layout::names).collect();
    let names: Vec<&str> = if of_reply.is_empty() { of_frame() } else { of_reply };
    let mut parts: Vec<String> = Vec::new();
    for name in names {
        // Alternatives of a layout have parts of the same names.
        if !parts.iter().any(|known| known == name) {
            parts.push(name.to_owned());
        }
    }
    parts
}

/// Its body; what came, where there is no whole answer.
pub(super) fn body(evidence: &Evidence) -> &[u8] {
    if evidence.ended_by.is_some() || !evidence.body.is_empty() { &evidence.body } else { &evidence.response }
}

/// `n=1 on=on`
pub(super) fn words(evidence: &Evidence, parts: &[(&str, &Value)]) -> String {
    let words: Vec<String> = parts.iter().map(|(name, said)| format!("{name}={}", shown(evidence, said))).collect();
    words.join(" ")
}

/// A value without its secrets.
pub(super) fn shown(evidence: &Evidence, said: &Value) -> String {
    evidence.secrets.hide_text(value(said))
}
