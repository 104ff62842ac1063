//! A line for each device as it ends: its name, the outcome, the time, the response.

use std::io::Write;

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::Outcome;

use super::Report;
use crate::report::columns::Columns;
use crate::report::outcome_words;
use crate::report::run::Begun;
use crate::report::said::Said;
use crate::report::text::{beside, error_of};

#[derive(Debug)]
pub(super) struct Table {
    columns: Columns,
}

impl Table {
    pub(super) fn new(width: Option<usize>, is_coloured: bool) -> Self {
        Self { columns: Columns::new(None, width, is_coloured) }
    }
}

impl Report for Table {
    fn begin(&mut self, begun: &Begun<'_>, _out: &mut Vec<u8>) {
        self.columns.expect_names(begun.longest_name);
    }

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        let time = (ended.attempt > 0).then_some(ended.evidence.timing.total);
        let words = outcome_words(ended.outcome);
        let line = self.columns.line(&ended.target.name, (ended.outcome, &words), time, &said(ended));
        // Writing to memory cannot fail.
        let _ = writeln!(out, "{line}");
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
