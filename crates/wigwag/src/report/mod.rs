//! What is printed. Results go to standard output, everything else to standard error.
//!
//! To add a form of output: a variant of [`Output`], a file here that writes it, and a line in [`outcome`].

mod hexdump;
mod json;
mod rows;
mod text;
mod trace;

use std::io::{self, ErrorKind, Write};

use wigwag_fleet::Ended;

use crate::cli::Output;
use crate::problem::Problem;

pub(crate) use hexdump::{dots, hexdump};
pub(crate) use json::{fields as json_fields, safe as safe_json, text_value as json_text_value, value as json_value};
pub(crate) use rows::{Row, rows};
pub(crate) use text::{byte_count, byte_count_of, milliseconds, value};
pub(crate) use trace::Trace;

/// Prints the outcome of one command in the form that was asked for.
pub(crate) fn outcome(
    output: Output,
    ended: &Ended,
    stdout: &mut impl Write,
    stderr: &mut impl Write,
) -> Result<(), Problem> {
    let printed = match output {
        Output::Json => json::outcome(None, ended, stdout),
        Output::Text => text::response(ended, stdout),
        Output::Raw => stdout.write_all(&ended.evidence.response),
        Output::Hex => text::hex(ended, stdout),
    };
    printed.and_then(|()| stdout.flush()).or_else(unless_closed)?;
    if output != Output::Json {
        // Standard error that is gone leaves nobody to tell; the exit code still does.
        let _ = text::error(ended, stderr);
    }
    Ok(())
}

/// A reader that has gone away, as `head` does, is no fault.
pub(crate) fn unless_closed(error: io::Error) -> Result<(), Problem> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Problem::Fault(format!("could not write the result: {}", wigwag_net::cause::words(&error)))),
    }
}
