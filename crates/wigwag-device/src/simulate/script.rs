//! How one command is answered.

use std::sync::Arc;

use wigwag_protocol::exchange::Answer;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Command, Condition, Form, Param, Protocol, Reply};

use super::blank::{Blank, Sources};
use super::examples::{Shown, ShownFrame, Verdict};
use super::memory::{Memory, Remembered};
use super::numbered::{Area, Numbered};

/// How one command is answered.
#[derive(Debug)]
pub(super) struct Script {
    command: Arc<Command>,
    /// The blanks of each frame of its reply.
    frames: Vec<Vec<Blank>>,
    /// The places of its examples that say yes, and of those that say no.
    yes: Vec<usize>,
    no: Vec<usize>,
    remembered: Option<Remembered>,
    /// Whether its parameters have limits.
    is_limited: bool,
}

impl Script {
    pub(super) fn new(protocol: &Protocol, place: usize, command: &Arc<Command>, examples: &[Shown]) -> Self {
        let of_command = |verdict: Verdict| {
            let is_one = |shown: &Shown| shown.command == Some(place) && shown.verdict == verdict;
            (0..examples.len()).filter(|index| examples.get(*index).is_some_and(is_one)).collect::<Vec<_>>()
        };
        let requested: Vec<&str> = match &command.request {
            Some(form) => form.layouts().chain([&command.send]).flat_map(|layout| layout.names()).collect(),
            None => command.send.names().collect(),
        };
        let count = match &command.reply {
            Reply::Nothing => 0,
            Reply::Any | Reply::Until(..) => 1,
            Reply::Frames(layouts) => layouts.len(),
        };
        let mut script = Self {
            frames: (0..count).map(|index| Blank::of(&requested, command, place, index, examples)).collect(),
            yes: of_command(Verdict::Yes),
            no: of_command(Verdict::No),
            remembered: Remembered::of(protocol, place, command),
            is_limited: command.params.iter().any(|param| param.rule.min.is_some() || param.rule.max.is_some()),
            command: command.clone(),
        };
        script.forget_contradictions(examples);
        script
    }

    /// Of examples that ask the same the first counts.
    fn forget_contradictions(&mut self, examples: &[Shown]) {
        let shown = |index: &usize| examples.get(*index);
        let mut no = std::mem::take(&mut self.no);
        no.retain(|no| {
            let Some(refused) = shown(no) else { return false };
            let earlier = self.yes.iter().filter(|yes| *yes < no).filter_map(shown);
            !earlier.into_iter().any(|done| self.asks_the_same(done, &refused.asked))
        });
        self.no = no;
    }

    /// What is remembered of it, if anything.
    pub(super) fn remembered(&self) -> Option<&Remembered> {
        self.remembered.as_ref()
    }

    /// Why it is not done, if it is not: a parameter is beyond its limits, or an example was refused the same.
    pub(super) fn refused<'s>(&'s self, asked: &Fields, examples: &'s [Shown]) -> Option<Refused<'s>> {
        if self.is_limited && self.is_beyond_limits(asked) {
            return Some(Refused::BeyondLimits);
        }
        let same = |index: &&usize| examples.get(**index).is_some_and(|shown| self.asks_the_same(shown, asked));
        let no = self.no.iter().find(same)?;
        let frame = examples.get(*no)?.frames.first()?;
        let form = self.command.response(0)?;
        Some(Refused::AsShown(frame, form))
    }

    fn is_beyond_limits(&self, asked: &Fields) -> bool {
        let is_beyond =
            |param: &Param| asked.get(&param.name).is_some_and(|value| param.rule.check_limits(value).is_err());
        self.command.params.iter().any(is_beyond)
    }

    /// Whether all parameters are the same as in an example.
    fn asks_the_same(&self, shown: &Shown, asked: &Fields) -> bool {
        self.command.params.iter().all(|param| {
            let there = shown.asked.get(&param.name).or(param.rule.default.as_ref());
            match (there, asked.get(&param.name).or(param.rule.default.as_ref())) {
                (Some(there), Some(here)) => there.agrees_with(here),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
        })
    }

    /// What it is answered with when it is done.
    pub(super) fn answer(
        &self,
        asked: &Fields,
        memory: Option<&Memory>,
        numbered: &Numbered,
        examples: &[Shown],
    ) -> Answer {
        let agrees = |shown: &&Shown| {
            shown.asked.iter().all(|(name, value)| asked.get(name).is_none_or(|asked| value.agrees_with(asked)))
        };
        let of_command = || self.yes.iter().filter_map(|index| examples.get(*index));
        let example = of_command().find(agrees);
        let sources = |index: usize| Sources {
            command: &self.command,
            asked,
            memory,
            numbered,
            example: example.and_then(|shown| shown.frames.get(index)).map(|frame| &frame.parts),
        };
        match &self.command.reply {
            Reply::Nothing => Answer::Silence,
            Reply::Any | Reply::Frames(_) => {
                let frames = self.frames.iter().enumerate();
                Answer::Fields(frames.map(|(index, blanks)| filled(blanks, &sources(index))).collect())
            }
            Reply::Until(_, until) => {
                let shown = example.or_else(|| of_command().next()).map_or(&[][..], |shown| &shown.frames);
                let blanks = self.frames.first().map_or(&[][..], Vec::as_slice);
                Answer::Fields(match shown {
                    [] => vec![last_of_many(filled(blanks, &sources(0)), until, blanks)],
                    shown => shown.iter().map(|frame| as_shown(frame, blanks, &sources(0))).collect(),
                })
            }
        }
    }

    /// What its examples say is written where.
    pub(super) fn show_numbered(&self, examples: &[Shown], numbered: &mut Numbered) {
        let params: Vec<&str> = self.command.params.iter().map(|param| &*param.name).collect();
        let of_command = self.yes.iter().filter_map(|index| examples.get(*index));
        for (shown, frame) in of_command.flat_map(|shown| shown.frames.iter().map(move |frame| (shown, frame))) {
            let mut said = Fields::new();
            for param in &self.command.params {
                if let Some(value) = shown.asked.get(&param.name).or(param.rule.default.as_ref()) {
                    said.set(param.name.clone(), value.clone());
                }
            }
            for (name, value) in frame.parts.iter() {
                said.set(name, value.clone());
            }
            for area in frame.parts.iter().filter_map(|(name, _)| Area::of(name)) {
                if params.contains(&&*area.address) && !params.contains(&&*area.values) {
                    numbered.write(&area, &said);
                }
            }
        }
    }
}

/// Why a command is not done.
pub(super) enum Refused<'s> {
    /// A parameter is too small or too large.
    BeyondLimits,
    /// An example was not done either, with this frame of this form.
    AsShown(&'s ShownFrame, &'s Form),
}

fn filled(blanks: &[Blank], from: &Sources<'_>) -> Fields {
    let mut fields = Fields::new();
    for blank in blanks {
        if let Some(value) = blank.filled(from) {
            fields.set(blank.name().clone(), value);
        }
    }
    fields
}

/// A frame as an example has it, as far as it goes.
fn as_shown(frame: &ShownFrame, blanks: &[Blank], from: &Sources<'_>) -> Fields {
    let mut fields = Fields::new();
    for blank in blanks {
        let shown = frame.parts.get(blank.name()).filter(|value| blank.takes(value));
        if let Some(value) = shown.cloned().or_else(|| blank.filled(from)) {
            fields.set(blank.name().clone(), value);
        }
    }
    fields
}

/// A frame of many that is the last one: the parts on which that hangs are chosen so.
fn last_of_many(mut frame: Fields, until: &Condition, blanks: &[Blank]) -> Fields {
    let parts: Vec<&str> = until.parts().map(|(part, _)| part).collect();
    for blank in blanks.iter().filter(|blank| parts.contains(&&**blank.name())) {
        for candidate in blank.candidates() {
            if until.holds(|part| frame.get(part).cloned()) == Some(true) {
                return frame;
            }
            frame.set(blank.name().clone(), candidate);
        }
    }
    frame
}
