//! What requests and answers look like, and which answers are none.

use std::sync::Arc;

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::layout::{DEFAULT_MAX, Layout, Value};
use wigwag_protocol::protocol::{Busy, Case, Class, ErrorClass, Form, Protocol};

use super::Page;
use super::drawing::drawing;
use super::page::{self, WIDTH};
use crate::report;

/// How far in a drawing stands.
const INDENT: usize = 4;

pub(super) fn frames(page: &mut Page, protocol: &Protocol) {
    page.heading("FRAMES");
    page.inside(|page| {
        match protocol.commands_are_frames {
            true => page.entry("request", "what a command sends is a frame of its own"),
            false => form(page, "request", &protocol.request),
        }
        match answers_have_a_frame(protocol) {
            true => form(page, "response", &protocol.response),
            false => {
                page.entry("response", "what answers a command is a frame of its own");
                manners(page, &protocol.response);
            }
        }
    });
}

/// Whether there is one frame for all answers that do not have one of their own.
pub(super) fn answers_have_a_frame(protocol: &Protocol) -> bool {
    protocol.commands.is_empty()
        || protocol
            .commands
            .iter()
            .any(|command| command.responses.iter().any(|form| Arc::ptr_eq(form, &protocol.response)))
}

fn form(page: &mut Page, label: &str, form: &Form) {
    let mut drawn: Vec<&str> = Vec::new();
    for (index, case) in form.cases.iter().enumerate() {
        page.entry(if index == 0 { label } else { "" }, &in_words(case));
        // The same layout in another case looks the same.
        if !drawn.contains(&case.layout.source()) {
            drawn.push(case.layout.source());
            draw(page, &case.layout);
        }
    }
    if form.cases.len() > 1 {
        page.entry("", "the first of these that the bytes do not contradict");
    }
    manners(page, form);
}

fn draw(page: &mut Page, layout: &Layout) {
    for line in drawing(layout, WIDTH - INDENT - 12) {
        page.line(&format!("{:12}{line}", ""));
    }
    let stuffed = layout.stuffed().map(|stuffed| match stuffed.span {
        Some((first, last)) if first == last => format!("stuffed ({}): {first}", stuffed.how),
        Some((first, last)) => format!("stuffed ({}): {first}..{last}", stuffed.how),
        None => format!("stuffed: {}", stuffed.how),
    });
    page.entry_if("", stuffed.as_deref());
    if layout.max() != DEFAULT_MAX {
        page.entry("", &format!("a part has at most {} bytes", layout.max()));
    }
}

/// A layout, and when it is this one.
pub(super) fn in_words(case: &Case) -> String {
    let layout = page::layout(&case.layout);
    match &case.when {
        Some(when) => format!("{layout}   when {when}"),
        None => layout,
    }
}

/// What holds of frames beside their layout.
fn manners(page: &mut Page, form: &Form) {
    if !form.skip.is_empty() {
        page.entry("", &format!("dropped before a frame: {}", escape(&form.skip)));
    }
    if form.echo {
        page.entry("", "the request comes first, and is taken off");
    }
    if form.trim {
        page.entry("", "white space is taken off both ends of the body");
    }
    if !form.matches.is_empty() {
        let parts: Vec<&str> = form.matches.iter().map(|part| &**part).collect();
        page.entry("", &format!("repeats {} of its request; a frame that does not is foreign", parts.join(", ")));
    }
    if form.unsolicited {
        page.entry("", "a frame that does not fit the command's reply is one that nobody asked for");
    }
}

/// Frames that are no answer.
pub(super) fn classes(page: &mut Page, protocol: &Protocol) {
    let classes = &protocol.classes;
    if classes.event.is_empty() && classes.progress.is_empty() && classes.error.is_empty() {
        return;
    }
    page.heading("NOT AN ANSWER");
    page.inside(|page| {
        page.entries("event", &classes.event.iter().map(class).collect::<Vec<_>>());
        page.entries("progress", &classes.progress.iter().map(class).collect::<Vec<_>>());
        for (index, error) in classes.error.iter().enumerate() {
            page.entry(if index == 0 { "error" } else { "" }, &class(&error.class));
            codes(page, error);
        }
    });
}

fn class(class: &Class) -> String {
    let body = class.body.as_ref().map(page::layout);
    match (body, &class.when) {
        (Some(body), None) => body,
        (Some(body), Some(when)) => format!("{body}   when {when}"),
        (None, Some(when)) => format!("any body   when {when}"),
        (None, None) => "any body".to_owned(),
    }
}

fn codes(page: &mut Page, error: &ErrorClass) {
    let is_busy = |code: &Value| match &error.busy {
        Busy::Codes(codes) => codes.iter().any(|busy| busy.agrees_with(code)),
        Busy::Never | Busy::Always => false,
    };
    let mut told: Vec<(String, &str)> = Vec::new();
    for (code, text) in &error.texts {
        let busy = if is_busy(code) { " *" } else { "" };
        told.push((report::value(code) + busy, text));
    }
    if let Busy::Codes(codes) = &error.busy {
        let unsaid = codes.iter().filter(|code| !error.texts.iter().any(|(known, _)| known.agrees_with(code)));
        told.extend(unsaid.map(|code| (report::value(code) + " *", "")));
    }
    for (code, text) in &told {
        page.entry_behind(&format!("{:12}{code:<5} ", ""), if text.is_empty() { "busy" } else { text });
    }
    match &error.busy {
        Busy::Never => {}
        Busy::Always => page.entry("", "all of these say: try again later"),
        Busy::Codes(_) => page.entry("", "* busy: to be tried again later"),
    }
}
