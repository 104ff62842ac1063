//! `[request]` and `[response]`.

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::bytes::notation::control_name;
use wigwag_protocol::layout::Layout;
use wigwag_protocol::protocol::Form;

use super::{Finding, Subject};
use crate::protocol::check::frames::frames;

pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = checksums(subject);
    found.extend(responses(subject).into_iter().flat_map(|(path, form)| idle(subject, &path, form)));
    found.extend(counters(subject));
    found
}

/// Where something stands in the file, key by key.
type Path<'s> = Vec<&'s str>;

/// The frames of answers, each with where it stands: in `[response]`, in a command's own `response`, or in its `reply`
/// where that is the whole frame.
fn responses<'s>(subject: &'s Subject<'_>) -> Vec<(Path<'s>, &'s Form)> {
    let is_shared = subject.places.has(&["response"]);
    let mut forms: Vec<(Path<'s>, &Form)> = Vec::new();
    if is_shared {
        forms.push((vec!["response"], &subject.protocol.response));
    }
    for command in &subject.protocol.commands {
        let has_own = subject.places.has(&["command", &command.name, "response"]);
        let key = if has_own { "response" } else { "reply" };
        if has_own || !is_shared {
            forms.extend(command.responses.iter().map(|form| (vec!["command", &*command.name, key], &**form)));
        }
    }
    forms
}

/// The frames of requests likewise.
fn requests<'s>(subject: &'s Subject<'_>) -> Vec<(Path<'s>, &'s Layout)> {
    let protocol = subject.protocol;
    match protocol.commands_are_frames {
        true => {
            protocol.commands.iter().map(|command| (vec!["command", &*command.name, "send"], &command.send)).collect()
        }
        false => protocol.request.layouts().map(|layout| (vec!["request"], layout)).collect(),
    }
}

/// A length that no checksum covers can be damaged without anybody noticing. Some manuals have it so; an example that
/// fits proves it.
fn checksums(subject: &Subject<'_>) -> Vec<Finding> {
    let proven: Vec<String> = subject.scenes.iter().flat_map(|scene| frames(scene)).map(|frame| frame.layout).collect();
    let sent = |layout: &Layout| {
        let fits = |wire: &[u8]| layout.decode(wire, |_| ()).is_ok();
        subject.scenes.iter().any(|scene| fits(&scene.example.send))
    };
    let requests = requests(subject).into_iter().map(|(path, layout)| (path, layout, sent(layout)));
    let responses = responses(subject).into_iter().flat_map(|(path, form)| {
        let is_proven = |layout: &Layout| proven.iter().any(|proven| proven == layout.source());
        form.layouts().map(|layout| (path.clone(), layout, is_proven(layout))).collect::<Vec<_>>()
    });
    let unproven = requests.chain(responses).filter(|(_, _, proven)| !proven);
    let found = unproven.filter_map(|(path, layout, _)| {
        let length = *layout.lengths_without_checksum().first()?;
        let message = format!("the checksum of `{}` does not cover the length `{length}`", layout.source().trim());
        Some(
            Finding::warning("checksum-misses-length", message)
                .with_help("most do; if the manual says so, an example from it proves it")
                .at(subject.at(&path)),
        )
    });
    found.collect()
}

/// A silence as an end.
fn idle(subject: &Subject<'_>, path: &[&str], form: &Form) -> Vec<Finding> {
    if !form.layouts().any(|layout| layout.ends_by_closing().1.is_some()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let says_max = subject.places.has(&["response", "max"]) || subject.places.has(&[path, &["max"]].concat());
    if !says_max {
        found.push(
            Finding::warning("idle-without-max", "an answer ends by silence, and nothing says how long it may become")
                .with_help("a device that never falls silent is heard up to `max`, 64 KiB; say what the device can say")
                .at(subject.at(path)),
        );
    }
    found.extend(common_end(subject, form).map(|end| {
        let message = format!("an answer ends by silence, though every example ends with {}", escape(&end));
        let written = end.iter().map(|byte| control_name(*byte).map_or_else(|| format!("0x{byte:02X}"), str::to_owned));
        let written = written.collect::<Vec<_>>().join(" ");
        Finding::warning("idle-instead-of-terminator", message)
            .with_help(format!("end it there: `<{written}>` costs no time and cannot cut in the wrong place"))
            .at(subject.at(path))
    }));
    found
}

/// The control characters that end all examples of these answers; there must be two of them at least to tell.
fn common_end(subject: &Subject<'_>, form: &Form) -> Option<Vec<u8>> {
    let is_its = |layout: &Layout| form.layouts().any(|own| own.source() == layout.source());
    let shown = subject.scenes.iter().filter(|scene| {
        scene.call.response(0).is_some_and(|form| form.layouts().any(is_its)) && !scene.example.recv.is_empty()
    });
    let ends: Vec<&[u8]> = shown.map(|scene| control_end(&scene.example.recv)).collect();
    let first = ends.first()?;
    let common = ends.iter().all(|end| end == first) && !first.is_empty() && ends.len() >= 2;
    common.then(|| first.to_vec())
}

fn control_end(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().rposition(|byte| !byte.is_ascii_control()).map_or(0, |last| last + 1);
    bytes.get(start..).unwrap_or_default()
}

/// A number that a device repeats tells whose answer it is, but only if somebody looks.
fn counters(subject: &Subject<'_>) -> Option<Finding> {
    let counter = subject.protocol.request.layouts().find_map(Layout::counter)?;
    let response = &subject.protocol.response;
    let repeats = response.layouts().any(|layout| layout.names().any(|name| name == counter));
    let matched = response.matches.iter().any(|part| **part == *counter);
    (repeats && !matched).then(|| {
        let message = format!("`{counter}` counts requests and comes back, but nothing compares it");
        Finding::warning("seq-without-match", message)
            .with_help(format!("say `match = [\"{counter}\"]`, else the late answer of another command is believed"))
            .at(subject.at(&["response"]))
    })
}
