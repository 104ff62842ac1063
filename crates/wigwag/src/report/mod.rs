//! What is printed. Results go to standard output, everything else to standard error.
//!
//! - `form`: the forms of output there are; `forms`: one file each, and how to add one.
//! - `run`: a run told as it goes: report, progress, notes, summary, exit code.
//! - `json`: the events that machines read; `said`, `text`: what people read.

mod colour;
mod columns;
mod counted;
mod folded;
mod form;
mod forms;
mod hexdump;
mod json;
mod next;
mod rows;
mod run;
mod said;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
#[path = "../../tests/support/schema.rs"]
pub(crate) mod schema;
mod text;
mod trace;

use std::io::{self, ErrorKind, Write};

use wigwag_fleet::{Ended, Event};

use crate::problem::Problem;

pub(crate) use columns::Columns;
pub(crate) use counted::{counted, targets};
pub(crate) use folded::{MOST_NAMES, folded, some_of};
pub(crate) use form::Form;
pub(crate) use forms::Look;
pub(crate) use hexdump::{dots, hexdump};
pub(crate) use json::{
    fields as json_fields, finished as run_finished, microseconds, safe as safe_json, started as run_started,
    text as json_text, text_value as json_text_value, value as json_value, writer as json_writer,
};
pub(crate) use next::next_for_one;
pub(crate) use rows::{Row, rows};
pub(crate) use run::{Audience, Begun, Finished, Progress, Readers, exit};
pub(crate) use said::part_names;
pub(crate) use text::{byte_count, byte_count_of, milliseconds, outcome_words, value};
pub(crate) use trace::Trace;

/// Prints the outcome of one command in the form that was asked for.
pub(crate) fn outcome(
    form: Form,
    ended: Ended,
    stdout: &mut impl Write,
    stderr: &mut impl Write,
) -> Result<(), Problem> {
    let mut readers = Readers::new(Look::of_one(form), Progress::none(), stdout, stderr);
    readers.events(&[Event::Ended(ended)]).map(drop)
}

/// A reader that has gone away, as `head` does, is no fault.
pub(crate) fn unless_closed(error: io::Error) -> Result<(), Problem> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(unwritten(&error)),
    }
}

fn unwritten(error: &io::Error) -> Problem {
    Problem::Fault(format!("could not write the result: {}", wigwag_net::cause::words(error)))
}
