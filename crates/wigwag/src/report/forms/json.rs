//! One outcome event, or an array of them.

use wigwag_fleet::{Counts, Ended};

use super::Report;
use crate::report::json::Outcomes;
use crate::report::run::{Begun, Finished};

/// ```text
/// [
/// {..},
/// {..}
/// ]
/// ```
#[derive(Debug)]
pub(super) struct Array {
    is_array: bool,
    is_empty: bool,
    outcomes: Outcomes,
}

impl Array {
    pub(super) fn new(is_array: bool) -> Self {
        Self { is_array, is_empty: true, outcomes: Outcomes::default() }
    }
}

impl Report for Array {
    fn begin(&mut self, begun: &Begun<'_>, out: &mut Vec<u8>) {
        self.outcomes = Outcomes::of_run(begun.run);
        if self.is_array {
            out.extend_from_slice(b"[\n");
        }
    }

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        if self.is_array && !std::mem::take(&mut self.is_empty) {
            out.extend_from_slice(b",\n");
        }
        self.outcomes.write(ended, out);
        if !self.is_array {
            out.push(b'\n');
        }
    }

    fn finish(&mut self, _finished: &Finished, _counts: &Counts, out: &mut Vec<u8>) {
        if self.is_array {
            out.extend_from_slice(if self.is_empty { b"]\n" } else { b"\n]\n" });
        }
    }
}
