//! `[[example]]`: what none of them shows, and what one shows too much.

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::Layout;
use wigwag_protocol::protocol::{Command, ErrorClass, Expected, Param};

use super::{Finding, Subject};
use crate::protocol::check::client::{self, Ending};
use crate::protocol::check::frames::frames;
use crate::protocol::check::scene::Scene;
use crate::report::{byte_count, value};

/// The most bytes that a message shows of what was left over.
const SHOWN: usize = 60;

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = without_example(subject);
    found.extend(errors_without_example(subject));
    found.extend(shown_secrets(subject));
    found.extend(subject.scenes.iter().flat_map(|scene| played(subject, scene)));
    found
}

fn without_example(subject: &Subject<'_>) -> Vec<Finding> {
    let protocol = subject.protocol;
    if protocol.examples.is_empty() {
        let message = "there is no example, so nothing of what the file says has been tried";
        return vec![
            Finding::warning("no-example", message)
                .with_help("[[example]] with `send` and `recv`, byte for byte from the manual or from a capture")
                .at(subject.at(&["name"])),
        ];
    }
    let is_shown = |command: &Command| {
        let mut shown = protocol.examples.iter().filter_map(|example| example.command.as_ref());
        shown.any(|shown| shown.name == command.name)
    };
    let unshown = protocol.commands.iter().filter(|command| !is_shown(command));
    let finding = |command: &Command| {
        Finding::warning("no-example", "no example shows it")
            .of(&command.name)
            .at(subject.at(&["command", &command.name]))
    };
    unshown.map(|command| finding(command)).collect()
}

/// A no that was never tried may be taken for a yes.
fn errors_without_example(subject: &Subject<'_>) -> Vec<Finding> {
    let protocol = subject.protocol;
    if protocol.examples.is_empty() {
        return Vec::new();
    }
    let refused = subject.scenes.iter().filter(|scene| matches!(scene.example.expected, Expected::Error(_)));
    let shown: Vec<usize> = refused
        .flat_map(frames)
        .filter_map(|frame| frame.class.filter(|class| class.kind == "error"))
        .map(|class| class.index)
        .collect();
    let unshown = protocol.classes.error.iter().enumerate().filter(|(index, _)| !shown.contains(index));
    let finding = |(index, error): (usize, &ErrorClass)| {
        let body = error.class.body.as_ref().map_or("of any body", |body| body.source());
        Finding::warning("error-without-example", format!("no example is answered with the error {body}"))
            .with_help("[[example]] with an `error` in place of `fields`")
            .at(subject.at(&["class", "error", &index.to_string()]))
    };
    unshown.map(finding).collect()
}

/// What is never shown by the program is shown by the file.
fn shown_secrets(subject: &Subject<'_>) -> Vec<Finding> {
    let found = subject.protocol.examples.iter().filter_map(|example| {
        let command = example.command.as_ref()?;
        let says = |param: &&Param| match &example.expected {
            Expected::Fields(fields) => fields.get(&param.name).is_some(),
            Expected::List(list) => list.iter().any(|fields| fields.get(&param.name).is_some()),
            Expected::Error(_) => false,
        };
        let param = command.params.iter().filter(|param| param.rule.secret).find(says)?;
        let message = format!("the answer repeats `{}`, which is secret", param.name);
        Some(
            Finding::warning("secret-in-fields", message)
                .of(&command.name)
                .with_help("a part of the answer is shown and kept under every other name")
                .at(example.at.clone()),
        )
    });
    found.collect()
}

/// What only shows when an example is played.
fn played(subject: &Subject<'_>, scene: &Scene<'_>) -> Vec<Finding> {
    let Ok(sent) = client::sends(scene) else { return Vec::new() };
    let evidence = sent.hears([scene.example.recv.as_slice()], Ending::Silence).end.evidence;
    let found = [
        greeting_left_over(scene, &evidence),
        says_nothing(subject, scene, &evidence),
        code_without_text(subject, &evidence),
    ];
    found.into_iter().flatten().map(|finding| finding.of(scene.name()).at(scene.example.at.clone())).collect()
}

/// What comes before a command and is no greeting makes its connection unfit for another one.
fn greeting_left_over(scene: &Scene<'_>, evidence: &Evidence) -> Option<Finding> {
    let stale = &evidence.stale;
    (!stale.is_empty() && !scene.example.greeting.is_empty()).then(|| {
        let shown = escape(stale).truncated(SHOWN);
        let message = format!("the greeting goes on behind its end, by {}: {shown}", byte_count(stale));
        Finding::warning("greeting-left-over", message)
            .with_help("[session] `greeting` describes all that the device says before it is asked")
    })
}

/// An example that does not say what its answer says proves little.
fn says_nothing(subject: &Subject<'_>, scene: &Scene<'_>, evidence: &Evidence) -> Option<Finding> {
    let index = subject.protocol.examples.iter().position(|example| example.at == scene.example.at)?.to_string();
    let key = |key: &str| subject.places.has(&["example", &index, key]);
    let parts = scene.call.reply().layouts().iter().flat_map(Layout::names);
    let first = parts.into_iter().find(|name| evidence.fields.get(name).is_some())?;
    (!key("fields") && !key("error")).then(|| {
        Finding::note("says-nothing", format!("the example does not say what the answer says, such as `{first}`"))
            .with_help(format!("`fields = {{ {first} = ... }}`"))
    })
}

/// A number says less than what it means.
fn code_without_text(subject: &Subject<'_>, evidence: &Evidence) -> Option<Finding> {
    let refusal = evidence.refusal.as_ref()?;
    let has_texts = subject.protocol.classes.error.iter().any(|error| !error.texts.is_empty());
    let code = refusal.code.as_ref().filter(|_| refusal.text.is_none() && has_texts)?;
    Some(Finding::note("code-without-text", format!("nothing says what the code {} means", value(code))))
}
