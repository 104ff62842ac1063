//! Whether the device half can tell commands apart: the first one whose layout fits is the one that it hears.

use std::sync::Arc;

use wigwag_protocol::exchange::{Opening, Request};
use wigwag_protocol::layout::Context;
use wigwag_protocol::protocol::{AfterSend, Call, Command};

use super::{Finding, Subject};
use crate::protocol::check::device::Device;
use crate::protocol::check::samples;
use crate::protocol::check::told::shown_bytes;

/// Two commands of which the device half hears only one.
pub(in super::super) const INDISTINGUISHABLE: &str = "indistinguishable";

/// What was heard in place of a command.
struct Misheard {
    /// The request, as it was written.
    wire: Vec<u8>,
    /// The command that it was taken for; none, if it was taken for none.
    taken_for: Option<Arc<Command>>,
}

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let commands = subject.protocol.commands.iter();
    commands.filter_map(|command| Some(of_command(subject, command)?.of(&command.name))).collect()
}

fn of_command(subject: &Subject<'_>, command: &Arc<Command>) -> Option<Finding> {
    let shown = subject.scenes.iter().filter(|scene| scene.example.command.as_ref() == Some(command));
    let mut calls: Vec<Arc<Call>> = shown.map(|scene| scene.call.clone()).collect();
    calls.extend(samples::calls(subject.stage.going_on(), command));
    let heard: Vec<Option<Misheard>> = calls.iter().filter_map(|call| misheard(subject, command, call)).collect();
    let is_never_heard = !heard.is_empty() && heard.iter().all(Option::is_some);
    let first = heard.into_iter().flatten().next()?;
    match (&first.taken_for, is_never_heard) {
        (Some(other), true) => Some(indistinguishable(subject, command, other, &first)),
        (Some(other), false) => Some(overlapping(subject, command, other, &first)),
        // What an example shows, its own try tells.
        (None, true) if subject.scenes.iter().all(|scene| scene.example.command.as_ref() != Some(command)) => {
            let message = "the device half does not know its own request";
            let at = subject.at_command(&command.name, "send");
            Some(Finding::warning("not-recognised", message).with_detail([written(&first)]).at(at))
        }
        (None, _) => None,
    }
}

/// What else than the command the device half hears in its request; `None` where it cannot be written without more being
/// known.
fn misheard(subject: &Subject<'_>, command: &Arc<Command>, call: &Call) -> Option<Option<Misheard>> {
    let wire = call.encode(&Context::default(), &[]).ok()?.bytes;
    let device = Device::plain(subject.stage.going_on().clone(), &Opening::default());
    let heard = device.hears([wire.as_slice()], AfterSend::Fin).all;
    let taken_for = heard.into_iter().next().and_then(|request| match request {
        Request::Command { command, .. } => command,
        Request::Broken { .. } => None,
    });
    Some((taken_for.as_ref() != Some(command)).then_some(Misheard { wire, taken_for }))
}

fn indistinguishable(subject: &Subject<'_>, command: &Command, other: &Command, first: &Misheard) -> Finding {
    let message =
        format!("the device half takes it for `{}`, which comes first in the file: it can never be heard", other.name);
    let both = [other, command].map(|command| format!("{}: {}", command.name, layout(command)));
    // A warning: whoever only sends is not concerned.
    Finding::warning(INDISTINGUISHABLE, message)
        .with_detail(both.into_iter().chain([written(first)]))
        .with_help("the more special one comes first; or let them differ in a literal, or in what they `set`")
        .at(subject.at(&["command", &command.name]))
}

/// Mostly meant so: a command for one of what another one is for many of.
fn overlapping(subject: &Subject<'_>, command: &Command, other: &Command, first: &Misheard) -> Finding {
    let message = format!("with some values the device half takes it for `{}`", other.name);
    Finding::note("overlapping", message).with_detail([written(first)]).at(subject.at(&["command", &command.name]))
}

/// What a command says, and what it sets.
fn layout(command: &Command) -> String {
    let set: Vec<String> =
        command.set.iter().map(|(name, said)| format!("{name} = {}", crate::report::value(said))).collect();
    match set.is_empty() {
        true => command.send.source().to_owned(),
        false => format!("{} with {}", command.send.source(), set.join(", ")),
    }
}

fn written(misheard: &Misheard) -> String {
    format!("it writes {}", shown_bytes(&misheard.wire))
}
