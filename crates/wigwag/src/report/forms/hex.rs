//! The responses' bytes in hex; of several devices behind its device's name.

use wigwag_fleet::Ended;

use super::Report;
use super::text::Lines;
use crate::report::text;

#[derive(Debug)]
pub(super) struct Hex {
    lines: Lines,
}

impl Hex {
    pub(super) fn new(is_for_several: bool) -> Self {
        Self { lines: Lines::new(is_for_several) }
    }
}

impl Report for Hex {
    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        // Writing to memory cannot fail.
        self.lines.put(ended, out, |ended, out| text::hex(ended, out).unwrap_or_default());
    }
}
