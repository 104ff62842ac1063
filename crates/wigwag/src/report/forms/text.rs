//! The responses' text; of several devices each line behind its device's name.

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::escape_str;

use super::Report;
use crate::report::text;

#[derive(Debug)]
pub(super) struct Text {
    lines: Lines,
}

impl Text {
    pub(super) fn new(is_for_several: bool) -> Self {
        Self { lines: Lines::new(is_for_several) }
    }
}

impl Report for Text {
    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        // Writing to memory cannot fail.
        self.lines.put(ended, out, |ended, out| text::response(ended, out).unwrap_or_default());
    }
}

/// Puts names before lines, where there are several devices.
#[derive(Debug)]
pub(super) struct Lines {
    are_named: bool,
    written: Vec<u8>,
}

impl Lines {
    pub(super) fn new(are_named: bool) -> Self {
        Self { are_named, written: Vec::new() }
    }

    pub(super) fn put(&mut self, ended: &Ended, out: &mut Vec<u8>, write: impl Fn(&Ended, &mut Vec<u8>)) {
        if !self.are_named {
            return write(ended, out);
        }
        self.written.clear();
        write(ended, &mut self.written);
        let name = format!("{}: ", escape_str(&ended.target.name));
        for line in self.written.split_inclusive(|byte| *byte == b'\n') {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(line);
        }
    }
}
