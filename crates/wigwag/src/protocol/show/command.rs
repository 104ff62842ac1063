//! What a command does, takes and answers.

use std::sync::Arc;

use wigwag_protocol::layout::Layout;
use wigwag_protocol::protocol::{Case, Command, Effect, Form, Param, Protocol, Reply};
use wigwag_protocol::units::show_duration;

use super::{Page, frames, page, protocol};
use crate::profile;
use crate::report;

pub(super) fn entry(page: &mut Page, protocol: &Protocol, command: &Command) {
    page.paragraph(&profile::usage(command));
    page.inside(|page| {
        if let Some(about) = &command.about {
            page.paragraph(about);
        }
        page.entry("effect", effect(command));
        if let Some(hazard) = &command.hazard {
            page.entry("HAZARD", &format!("{hazard}; asks before it is sent"));
        }
        for param in &command.params {
            page.entry(&param.name, &in_words(command, param));
        }
        request(page, command);
        answer(page, protocol, command);
        if let Some(verify) = &command.verify {
            let how = match &verify.when {
                Some(when) => format!("{} must then say {when}", verify.command),
                None => format!("{} must then say the same", verify.command),
            };
            page.entry("verify", &how);
        }
        let times = protocol::differing(&command.times, &protocol.times);
        let times = times.into_iter().map(|(name, time, what)| format!("{name} {}, {what}", show_duration(time)));
        page.entries("times", &times.collect::<Vec<_>>());
    });
}

fn effect(command: &Command) -> &'static str {
    match (command.effect, command.declares_effect) {
        (Effect::Read, _) => "read: it changes nothing",
        (Effect::Idempotent, _) => "idempotent: twice is as good as once",
        (Effect::Once, true) => "once: it acts each time",
        (Effect::Once, false) => "once: it may act each time, as nothing else is said",
    }
}

/// What a parameter is, takes and is unless it is given.
fn in_words(command: &Command, param: &Param) -> String {
    let part = command.layout_of(&param.name).and_then(|layout| layout.parameter(&param.name));
    let mut words: Vec<String> = param.rule.about.iter().cloned().collect();
    // Mostly the names of the values say it all.
    words.extend(part.map(|part| param.takes(&part)).filter(|takes| !words.contains(takes)));
    if let Some(default) = &param.rule.default {
        words.push(format!("{} unless said", report::value(default)));
    } else if !param.required {
        words.push("may be left out".to_owned());
    }
    if param.rule.secret {
        words.push(format!("secret: given as --secret {}=...", param.name));
    }
    words.join("; ")
}

fn request(page: &mut Page, command: &Command) {
    let set: Vec<String> = command.set.iter().map(|(name, value)| format!("{name}={}", report::value(value))).collect();
    let sends = page::layout(&command.send);
    let sends = if sends.is_empty() { "an empty body".to_owned() } else { sends };
    match set.is_empty() {
        true => page.entry("sends", &sends),
        false => page.entry("sends", &format!("{sends}   with {}", set.join(" "))),
    }
}

fn answer(page: &mut Page, protocol: &Protocol, command: &Command) {
    let layouts = command.reply.layouts();
    let sources: Vec<String> = layouts.iter().map(body).collect();
    let own: Vec<&Case> = own_frames(protocol, command).flat_map(|form| &form.cases).collect();
    let frames: Vec<String> = own.iter().map(|case| frames::in_words(case)).collect();
    match &command.reply {
        Reply::Any if own.is_empty() => page.entry("answers", "anything"),
        Reply::Any => page.entries("answers", &frames),
        Reply::Nothing => page.entry("answers", "nothing, by design"),
        Reply::Frames(_) if sources.len() == 1 => page.entries("answers", &sources),
        Reply::Frames(_) => {
            let numbered = sources.iter().enumerate().map(|(index, source)| format!("{}. {source}", index + 1));
            page.entries("answers", &numbered.collect::<Vec<_>>());
        }
        Reply::Until(_, condition) => {
            page.entries("answers", &sources);
            page.entry("", &format!("frame after frame, up to the first with {condition}"));
        }
    }
    let has_own = matches!(command.reply, Reply::Frames(_) | Reply::Until(..)) && !command.reply_is_frame;
    if has_own {
        page.entries("in a frame", &frames);
    }
    let of_frame = own.iter().map(|case| &case.layout).filter(|_| layouts.is_empty() || has_own);
    page.entry_if("says", says(layouts.iter().chain(of_frame)).as_deref());
}

/// The frames of its answer that are not those of all.
fn own_frames<'c>(protocol: &Protocol, command: &'c Command) -> impl Iterator<Item = &'c Arc<Form>> {
    command.responses.iter().filter(|form| !Arc::ptr_eq(form, &protocol.response))
}

fn body(layout: &Layout) -> String {
    let source = page::layout(layout);
    if source.is_empty() { "an empty body".to_owned() } else { source }
}

/// What the named parts of an answer can be.
fn says<'l>(layouts: impl Iterator<Item = &'l Layout>) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    for layout in layouts {
        for part in layout.written().iter().filter(|part| part.value.is_none()) {
            let Some(name) = part.name.filter(|name| *name != "body") else { continue };
            let takes = layout.parameter(name).map(|part| part.describe());
            told.extend(takes.map(|takes| format!("{name}: {takes}")));
        }
    }
    (!told.is_empty()).then(|| told.join("; "))
}
