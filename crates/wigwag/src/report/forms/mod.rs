//! The forms of output, one a file.
//!
//! To add one: a variant of [`Form`], a file here with a [`Report`], a line in [`of`].

mod csv;
mod grouped;
mod hex;
mod json;
mod ndjson;
mod raw;
mod table;
mod text;

use wigwag_fleet::{Counts, Ended};

use super::colour;
use super::columns::width_of_stdout;
use super::form::Form;
use super::run::{Begun, Finished};

/// What goes to standard output of a run: `begin` first, `ended` for each target, `finish` last. Everything is written
/// into memory, a batch at a time, and cannot fail.
pub(super) trait Report: Send {
    fn begin(&mut self, _begun: &Begun<'_>, _out: &mut Vec<u8>) {}

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>);

    fn finish(&mut self, _finished: &Finished, _counts: &Counts, _out: &mut Vec<u8>) {}
}

/// How it is to look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) form: Form,
    /// Whether more than one target is meant, even if only one is found.
    pub(crate) is_for_several: bool,
    /// Whether grouped answers are compared with what most devices say.
    pub(crate) differences: bool,
    /// The parts that grouped answers are not compared by.
    pub(crate) ignored: Vec<String>,
    /// The width of the terminal that lines are to fit on; none where they go elsewhere.
    pub(crate) width: Option<usize>,
    pub(crate) is_coloured: bool,
    /// Leaves out notes and the summary; errors and warnings stay.
    pub(crate) is_quiet: bool,
}

impl Look {
    /// One target, in this form.
    pub(crate) fn of_one(form: Form) -> Self {
        let (differences, ignored) = (false, Vec::new());
        Self { form, is_for_several: false, differences, ignored, width: None, is_coloured: false, is_quiet: false }
    }

    /// Several targets, in this form, on this standard output.
    pub(crate) fn of_several(form: Form, is_quiet: bool) -> Self {
        let width = width_of_stdout();
        let is_coloured = colour::is_wanted(width.is_some());
        Self { is_for_several: true, width, is_coloured, is_quiet, ..Self::of_one(form) }
    }
}

/// The report of this look.
pub(super) fn of(look: &Look) -> Box<dyn Report> {
    match look.form {
        Form::Text => Box::new(text::Text::new(look.is_for_several)),
        Form::Table => Box::new(table::Table::new(look.width, look.is_coloured)),
        Form::Grouped => Box::new(grouped::Grouped::new(look.differences, look.ignored.clone())),
        Form::Json => Box::new(json::Array::new(look.is_for_several)),
        Form::Ndjson => Box::new(ndjson::Events::default()),
        Form::Csv => Box::new(csv::Csv::default()),
        Form::Raw => Box::new(raw::Raw),
        Form::Hex => Box::new(hex::Hex::new(look.is_for_several)),
    }
}

#[cfg(test)]
mod tests;
