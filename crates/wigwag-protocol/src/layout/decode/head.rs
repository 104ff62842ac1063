//! The head of a frame, and frames that are a head and a body, in one stride.

use super::super::Program;
use super::super::compile::{Body, Head, MOST, Opening};
use super::super::frame::EndReason;
use super::super::literals::find_byte;
use super::Span;
use super::machine::{Input, Machine};

impl Machine {
    /// The size of a frame that is a head and a body, if all of it has come; else nothing has happened.
    pub(super) fn head_and_body(&mut self, program: &Program, bytes: &[u8]) -> Option<usize> {
        let head = &program.head;
        let body = head.body.as_ref().filter(|_| self.pc == 0 && self.scanned == 0)?;
        if head.exit > 0 && !head.starts(bytes) {
            return None;
        }
        let end = match (body, head.openings.as_slice()) {
            (Body::UpTo { end, .. }, _) => head.size + find_byte(*end, bytes.get(head.size..)?)?,
            (Body::RestOfSpan { .. }, [opening]) => opening.end(program, bytes).filter(|end| *end <= bytes.len())?,
            (Body::RestOfSpan { .. }, _) => return None,
        };
        if end.checked_sub(head.size)? > program.max {
            return None;
        }
        self.pc = program.ops.len();
        let (node, size, reason) = match *body {
            Body::UpTo { node, literal, .. } => {
                self.set_span(literal, end, end + 1);
                (node, end + 1, EndReason::Terminator)
            }
            Body::RestOfSpan { node } => (node, end, EndReason::Length),
        };
        self.set_span(node, head.size, end);
        (self.pos, self.reason) = (size, reason);
        Some(size)
    }

    fn set_span(&mut self, node: usize, start: usize, end: usize) {
        if let Some(slot) = self.spans.get_mut(node) {
            *slot = Span::new(start, end);
        }
    }

    /// Takes the head in one stride if all of it has come and fits; else leaves it to be taken step by step.
    pub(super) fn take_head(&mut self, input: &Input<'_>) {
        let head = &input.program.head;
        if input.end == usize::MAX && head.starts(input.bytes) && self.open_head(input, head).is_some() {
            (self.pos, self.pc) = (head.size, head.exit);
        }
    }

    /// Opens the spans that begin in the head; nothing, and none is opened, if one of them does not fit.
    fn open_head(&mut self, input: &Input<'_>, head: &Head) -> Option<()> {
        for opening in &head.openings {
            let end = opening.end(input.program, input.bytes).filter(|end| (head.size..=self.bound).contains(end));
            let Some(end) = end else {
                self.outer.clear();
                self.bound = usize::MAX;
                return None;
            };
            self.outer.push(self.bound);
            self.bound = end;
        }
        Some(())
    }
}

impl Head {
    /// Whether these bytes start with all of it: as many bytes, and its constants among them.
    pub(super) fn starts(&self, bytes: &[u8]) -> bool {
        bytes.len() >= self.size && first_bytes(bytes) & self.mask == self.constant
    }
}

impl Opening {
    /// Where its span ends, if that is in bounds.
    fn end(&self, program: &Program, bytes: &[u8]) -> Option<usize> {
        let number = i64::try_from(self.kind.unsigned(bytes.get(self.at.clone())?)?).ok()?;
        let said = usize::try_from(number.checked_sub(self.offset)?).ok()?;
        (said <= program.max + program.overhead).then_some(self.start + said)
    }
}

/// The bytes that are compared at once; zeros where there are fewer.
fn first_bytes(bytes: &[u8]) -> u128 {
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; MOST];
        padded.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        padded
    });
    u128::from_le_bytes(first)
}
