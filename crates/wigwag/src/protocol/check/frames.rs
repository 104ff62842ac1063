//! Cuts an answer into its frames, without an exchange: to see what each of them is taken for.

use std::ops::Range;

use wigwag_protocol::layout::{Closing, Step};
use wigwag_protocol::protocol::{Class, Cutter, Transport};

use super::scene::Scene;

/// One frame of an answer.
#[derive(Debug)]
pub(super) struct CutFrame {
    /// Its layout, as it is written.
    pub(super) layout: String,
    /// Where those of its bytes stand in the answer that a checksum covers.
    pub(super) checksummed: Vec<Range<usize>>,
    /// What it is, where it is no plain answer.
    pub(super) class: Option<Fitting>,
}

/// The class that a frame fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fitting {
    /// `event`, `progress` or `error`.
    pub(super) kind: &'static str,
    /// Which one of that kind, in the order of the file.
    pub(super) index: usize,
}

/// The frames at the start of the example's answer, as far as they can be cut.
pub(super) fn frames(scene: &Scene<'_>) -> Vec<CutFrame> {
    let recv = &scene.example.recv;
    let mut frames = Vec::new();
    let mut answers = 0;
    // Over Telnet bytes of the wire are not those of frames.
    if scene.protocol.transport == Transport::Telnet {
        return frames;
    }
    let mut at = echoed(scene);
    while let Some(form) = scene.call.response(answers) {
        at += form.padding(recv.get(at..).unwrap_or_default());
        let rest = recv.get(at..).unwrap_or_default();
        let mut cutter = Cutter::new(form.clone());
        let Some(size) = cut(&mut cutter, rest) else { break };
        let wire = rest.get(..size).unwrap_or(rest);
        let Some(frame) = cutter.frame(wire) else { break };
        let body = frame.bytes("body").filter(|_| !scene.call.reply_is_frame()).unwrap_or(wire);
        let class = class(scene, |class| class.fits(Some(&frame), form.trimmed(body)).is_some());
        let checksummed = frame.checksummed().into_iter().map(|range| range.start + at..range.end + at);
        let layout = cutter.layout().map_or("", |layout| layout.source()).to_owned();
        frames.push(CutFrame { layout, checksummed: checksummed.collect(), class });
        answers += usize::from(!matches!(class, Some(Fitting { kind: "event" | "progress", .. })));
        at += size;
    }
    frames
}

/// How many bytes of the answer are the request's own, repeated.
fn echoed(scene: &Scene<'_>) -> usize {
    let echo = scene.call.response(0).is_some_and(|form| form.echo);
    if echo && scene.example.recv.starts_with(&scene.example.send) { scene.example.send.len() } else { 0 }
}

fn cut(cutter: &mut Cutter, rest: &[u8]) -> Option<usize> {
    [Closing::Open, Closing::Eof, Closing::Silent].into_iter().find_map(|closing| match cutter.advance(rest, closing) {
        Ok(Step::Frame(size @ 1..)) => Some(size),
        Ok(Step::Frame(_) | Step::NeedMore) | Err(_) => None,
    })
}

fn class(scene: &Scene<'_>, fits: impl Fn(&Class) -> bool) -> Option<Fitting> {
    let classes = &scene.protocol.classes;
    let first = |kind, found: Option<usize>| found.map(|index| Fitting { kind, index });
    first("event", classes.event.iter().position(&fits))
        .or_else(|| first("progress", classes.progress.iter().position(&fits)))
        .or_else(|| first("error", classes.error.iter().position(|error| fits(&error.class))))
}
