//! At the end, equal answers together with the devices that gave them.
//!
//! ```text
//! press-[001-117,119] (118): OK
//! press-118 (1): BUSY
//! press-120 (1): unreachable (refused): could not connect: connection refused
//! ```
//!
//! It holds one entry for each distinct answer, and the names.

mod answer;
mod difference;

use std::collections::HashMap;
use std::io::Write;

use wigwag_fleet::{Counts, Ended};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::Outcome;

use super::Report;
use crate::report::folded::folded;
use crate::report::outcome_words;
use crate::report::run::Finished;
use crate::report::text::error_of;

use answer::Answer;
use difference::difference;

#[derive(Debug)]
pub(super) struct Grouped {
    differences: bool,
    ignored: Vec<String>,
    /// By what they are compared by.
    places: HashMap<Box<[u8]>, usize>,
    groups: Vec<Group>,
    /// What the present target is compared by.
    key: Vec<u8>,
}

/// Devices that came to the same.
#[derive(Debug)]
struct Group {
    outcome: Outcome,
    answer: Answer,
    devices: Vec<(u32, Box<str>)>,
}

/// How much of an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    All,
    /// Nothing of what does not fit on the line: what differs is shown behind it.
    One,
}

impl Grouped {
    pub(super) fn new(differences: bool, ignored: Vec<String>) -> Self {
        Self { differences, ignored, places: HashMap::new(), groups: Vec::new(), key: Vec::new() }
    }

    fn group(&mut self, ended: &Ended) -> Option<&mut Group> {
        self.key.clear();
        // A word never holds a NUL.
        self.key.extend_from_slice(outcome_words(ended.outcome).as_bytes());
        self.key.push(0);
        if ended.outcome.is_success() {
            Answer::compare_by(ended, &self.ignored, &mut self.key);
        } else {
            self.key.extend_from_slice(error_of(ended).unwrap_or_default().as_bytes());
        }
        if let Some(place) = self.places.get(self.key.as_slice()) {
            return self.groups.get_mut(*place);
        }
        self.places.insert(self.key.as_slice().into(), self.groups.len());
        let answer = match ended.outcome.is_success() {
            true => Answer::of(ended, &self.ignored),
            false => Answer::Lines(error_of(ended).map(|error| escape_str(error).to_string()).into_iter().collect()),
        };
        self.groups.push(Group { outcome: ended.outcome, answer, devices: Vec::new() });
        self.groups.last_mut()
    }
}

impl Report for Grouped {
    fn ended(&mut self, ended: &Ended, _out: &mut Vec<u8>) {
        if let Some(group) = self.group(ended) {
            group.devices.push((ended.target.number, ended.target.name.clone()));
        }
    }

    /// Answers first, then what went wrong; the largest group first, of equal ones the one whose device was named first.
    fn finish(&mut self, _finished: &Finished, _counts: &Counts, out: &mut Vec<u8>) {
        self.groups.iter_mut().for_each(|group| group.devices.sort_unstable_by_key(|(number, _)| *number));
        let first = |group: &Group| group.devices.first().map(|(number, _)| *number);
        self.groups
            .sort_by_key(|group| (!group.outcome.is_success(), std::cmp::Reverse(group.devices.len()), first(group)));
        let majority = self.groups.first().filter(|group| group.outcome.is_success());
        for group in &self.groups {
            let compared = majority.filter(|most| self.differences && !std::ptr::eq(*most, group));
            match compared.filter(|_| group.outcome.is_success()) {
                Some(most) => {
                    group.write(Lines::One, out);
                    difference(&most.answer, &group.answer, out);
                }
                None => group.write(Lines::All, out),
            }
        }
    }
}

impl Group {
    fn write(&self, shown: Lines, out: &mut Vec<u8>) {
        let names: Vec<&str> = self.devices.iter().map(|(_, name)| &**name).collect();
        let head = format!("{} ({})", folded(&names), names.len());
        let outcome = match self.outcome {
            Outcome::Ok => String::new(),
            Outcome::Sent
            | Outcome::Rejected
            | Outcome::Unreachable(_)
            | Outcome::Unconfirmed(_)
            | Outcome::Garbled(_)
            | Outcome::Skipped(_)
            | Outcome::Cancelled
            | Outcome::Expired => outcome_words(self.outcome),
        };
        let lines = self.answer.shown();
        // Writing to memory cannot fail.
        let _ = match (outcome.as_str(), lines.as_slice()) {
            ("", []) => writeln!(out, "{head}: (nothing)"),
            ("", [line]) => writeln!(out, "{head}: {line}"),
            ("", _) => writeln!(out, "{head}:"),
            (outcome, [line]) => writeln!(out, "{head}: {outcome}: {line}"),
            (outcome, _) => writeln!(out, "{head}: {outcome}"),
        };
        if lines.len() > 1 && shown == Lines::All {
            lines.iter().for_each(|line| drop(writeln!(out, "    {line}")));
        }
    }
}
