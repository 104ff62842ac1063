//! A line for each device as it ends: its name, the outcome, the time, the response.

use std::io::Write;

use unicode_width::UnicodeWidthStr;
use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::Outcome;

use super::Report;
use crate::report::columns::{fitted, padded};
use crate::report::run::Begun;
use crate::report::said::Said;
use crate::report::text::{beside, error_of, milliseconds};
use crate::report::{colour, outcome_words};

/// Names that are not known before are as long as these, mostly.
const NAMES: usize = 20;
/// The widest column of names; longer ones push their own line to the right, not all the others.
const WIDEST_NAMES: usize = 40;
/// `unreachable (refused)` fits; the few that are longer push their own line.
const OUTCOMES: usize = 22;
/// `12345.6 ms`
const TIMES: usize = 10;

#[derive(Debug)]
pub(super) struct Table {
    names: usize,
    width: Option<usize>,
    is_coloured: bool,
}

impl Table {
    pub(super) fn new(width: Option<usize>, is_coloured: bool) -> Self {
        Self { names: NAMES, width, is_coloured }
    }
}

impl Report for Table {
    fn begin(&mut self, begun: &Begun<'_>, _out: &mut Vec<u8>) {
        self.names = begun.longest_name.unwrap_or(NAMES).min(WIDEST_NAMES);
    }

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        let name = padded(&escape_str(&ended.target.name).to_string(), self.names);
        let outcome = padded(&outcome_words(ended.outcome), OUTCOMES);
        let time = if ended.attempt > 0 { milliseconds(ended.evidence.timing.total) } else { String::new() };
        let said = said(ended);
        let head = name.width() + 2 + outcome.width() + 2 + time.len().max(TIMES) + 2;
        let said = match self.width {
            Some(width) => fitted(&said, width.saturating_sub(head)),
            None => said,
        };
        let outcome = if self.is_coloured { colour::of_outcome(ended.outcome, &outcome) } else { outcome };
        let line = format!("{name}  {outcome}  {time:>TIMES$}  {said}");
        // Writing to memory cannot fail.
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// What the device says, or what went wrong; and that it sent more than its answer.
fn said(ended: &Ended) -> String {
    let said = match ended.outcome {
        Outcome::Ok => Said::in_parts(ended).in_a_line(&ended.evidence),
        Outcome::Sent
        | Outcome::Rejected
        | Outcome::Unreachable(_)
        | Outcome::Unconfirmed(_)
        | Outcome::Garbled(_)
        | Outcome::Skipped(_)
        | Outcome::Cancelled
        | Outcome::Expired => error_of(ended).map(|error| escape_str(error).to_string()).unwrap_or_default(),
    };
    // An error before the command was sent tells itself what the device said.
    let more = if ended.outcome.proves_not_sent() { None } else { beside(&ended.evidence) };
    match more {
        Some(more) => format!("{said}  [{more}]"),
        None => said,
    }
}
