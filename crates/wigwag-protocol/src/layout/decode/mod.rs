//! Bytes to a frame, from whatever pieces arrive.
//!
//! The caller owns the bytes: it passes everything that has come since the frame began, each time more of it, and the
//! decoder remembers how far it got. So nothing is copied and nothing is scanned twice.

mod fault;
mod head;
mod lengths;
mod machine;
mod repeats;
mod stuffed;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::Layout;
use super::frame::{EndReason, Frame, Part};
use super::literals::Group;
use super::value::Value;
use machine::{Input, Machine, Turn};
use stuffed::Stuffed;

/// Whether more bytes can come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// They can.
    Open,
    /// None came for as long as [`Decoder::silence`] asked.
    Silent,
    /// The peer has ended the connection in order. A reset is never this.
    Eof,
}

impl Closing {
    pub(super) fn ends(self, group: &Group) -> bool {
        match self {
            Self::Open => false,
            Self::Silent => group.idle.is_some(),
            Self::Eof => group.eof,
        }
    }
}

/// How far a decoder got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No whole frame yet; not an error.
    NeedMore,
    /// A whole frame, of so many bytes.
    Frame(usize),
}

/// Bytes that cannot be this frame: where, in which part, what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DecodeError {
    /// What kind of error.
    pub kind: DecodeErrorKind,
    /// The part, if it has a name.
    pub part: Option<Arc<str>>,
    /// The offset from the start of the frame, in bytes.
    pub offset: usize,
    /// What should stand there.
    pub expected: String,
    /// What came instead.
    pub found: String,
    /// The size of the frame, where it could be cut in spite of the error.
    pub frame: Option<usize>,
}

/// The kinds of decoding errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The bytes do not fit the layout.
    Framing,
    /// A checksum does not fit.
    Checksum,
    /// Longer than allowed.
    TooLong,
    /// Text that is not in the encoding.
    Text,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {} at byte {}", self.expected, self.found, self.offset)?;
        match &self.part {
            Some(part) => write!(f, " (part {part})"),
            None => Ok(()),
        }
    }
}

/// Cuts one frame after the other out of a stream.
///
/// Order of calls: [`advance`](Self::advance) with ever more bytes until it tells of a frame, [`frame`](Self::frame) to
/// look at it, then [`reset`](Self::reset) and on with the bytes behind it.
#[derive(Debug)]
pub struct Decoder {
    layout: Layout,
    machine: Machine,
    stuffed: Option<Box<Stuffed>>,
    /// The second half of an end whose first half was taken for the whole.
    late: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(layout: Layout) -> Self {
        let machine = Machine::new(layout.program());
        let stuffed = layout.program().region.is_some().then(Box::default);
        Self { layout, machine, stuffed, late: Vec::new() }
    }

    /// Takes what has come since the frame began: all the bytes of the call before, and perhaps more.
    ///
    /// # Errors
    ///
    /// The bytes cannot be this frame, however they go on.
    pub fn advance(&mut self, input: &[u8], closing: Closing) -> Result<Step, DecodeError> {
        let program = self.layout.program();
        if self.stuffed.is_none()
            && let Some(size) = self.machine.head_and_body(program, input)
        {
            self.late.clear();
            return Ok(Step::Frame(size));
        }
        // The error is large: whatever is no error leaves without being moved through it.
        let step = match &mut self.stuffed {
            None => match self.machine.run(&Input::new(program, input, closing)) {
                Ok(Turn::Done) => Step::Frame(self.machine.pos),
                Ok(Turn::More | Turn::Enter | Turn::Leave) => Step::NeedMore,
                Err(fault) => return Err(fault.into_error(|plain| plain)),
            },
            Some(stuffed) => stuffed.advance(&mut self.machine, program, input, closing)?,
        };
        if matches!(step, Step::Frame(_)) && !(self.late.is_empty() && self.machine.outstanding.is_empty()) {
            self.late.clone_from(&self.machine.outstanding);
        }
        Ok(step)
    }

    /// How long a silence would end the frame now, if any.
    pub fn silence(&self) -> Option<Duration> {
        self.machine.silence
    }

    /// How many bytes at the start of what came after a frame still belong to the end of that frame.
    pub fn late_end(&self, input: &[u8]) -> usize {
        if !self.late.is_empty() && input.starts_with(&self.late) { self.late.len() } else { 0 }
    }

    /// The frame that [`advance`](Self::advance) just told of; `input` are the same bytes.
    pub fn frame<'a>(&'a self, input: &'a [u8]) -> Frame<'a> {
        Frame {
            program: self.layout.program(),
            plain: self.stuffed.as_ref().map(|stuffed| &stuffed.plain),
            bytes: self.stuffed.as_ref().map_or(input, |stuffed| &stuffed.plain.bytes),
            spans: &self.machine.spans,
            marks: &self.machine.marks,
            steps: self.machine.pc,
            reason: self.machine.reason,
        }
    }

    /// The value of a part that stands in no record, as soon as all of it has come and fits, though the frame may go on
    /// or fail behind it; `input` are the bytes of the last [`advance`](Self::advance).
    pub fn known(&self, input: &[u8], name: &str) -> Option<Value> {
        self.frame(input).value(name)
    }

    /// The parts that have come and fit, in the order of the wire, of a frame that is not whole or has failed; `input`
    /// are the bytes of the last [`advance`](Self::advance).
    pub fn parts_so_far(&self, input: &[u8]) -> Vec<Part> {
        self.frame(input).parts()
    }

    /// Makes ready for the next frame.
    pub fn reset(&mut self) {
        self.machine.reset();
        if let Some(stuffed) = &mut self.stuffed {
            stuffed.reset();
        }
    }
}

impl Layout {
    /// Decodes bytes that are all there, where nobody asks what is wrong if they are something else.
    pub fn read<T>(&self, bytes: &[u8], look: impl FnOnce(&Frame<'_>) -> T) -> Option<T> {
        let program = self.program();
        // Most that are something else show it at once. To find out why, and to say it, takes far longer.
        if !program.sizes.contains(&bytes.len()) || !program.head.starts(bytes) {
            return None;
        }
        if program.head.exit < program.ops.len() {
            return self.decode(bytes, look).ok();
        }
        // All of it is the head.
        let (spans, steps) = (&program.head.spans, program.head.exit);
        Some(look(&Frame { program, plain: None, bytes, spans, marks: &[], steps, reason: EndReason::Size }))
    }

    /// Decodes bytes that are all there: they must be one whole frame or body and nothing else.
    ///
    /// # Errors
    ///
    /// They are not.
    pub fn decode<T>(&self, bytes: &[u8], look: impl FnOnce(&Frame<'_>) -> T) -> Result<T, DecodeError> {
        let mut decoder = self.decoder();
        let error = |expected: &str, found: &str, offset| DecodeError {
            kind: DecodeErrorKind::Framing,
            part: None,
            offset,
            expected: expected.to_owned(),
            found: found.to_owned(),
            frame: None,
        };
        let mut step = decoder.advance(bytes, Closing::Open)?;
        for closing in [Closing::Eof, Closing::Silent] {
            if step == Step::NeedMore {
                step = decoder.advance(bytes, closing)?;
            }
        }
        match step {
            Step::NeedMore => Err(error("more bytes", "the end", bytes.len())),
            Step::Frame(len) if len < bytes.len() => Err(error("the end", "more bytes", len)),
            Step::Frame(_) => Ok(look(&decoder.frame(bytes))),
        }
    }
}

/// Where one part stands, in plain bytes from the start of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |offset: usize| offset.min(u32::MAX as usize) as u32;
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(super) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where each part stands, by node. Most frames have few parts, and a decoder is made for each connection: so many lie in
/// the decoder itself.
pub(super) type Spans = SmallVec<[Span; 4]>;

/// Where a part inside a repeat stood: an element (the repeat's own node), then its parts, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) node: u32,
    pub(super) span: Span,
}
