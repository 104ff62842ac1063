//! Bytes to a frame, from whatever pieces arrive.
//!
//! The caller owns the bytes: it passes everything that has come since the frame began, each time more of it, and the
//! decoder remembers how far it got. So nothing is copied and nothing is scanned twice.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::coding::{Plain, RegionEnd, Unstuffer};
use super::frame::{EndReason, Frame};
use super::literals::{Find, Group};
use super::types::{MAX_NUMBER, Number, Scan, Type};
use super::{Count, Extent, Field, Layout, Length, NodeKind, Op, Origin, Program, Stop, Sum};

/// How long to wait whether `CR` is a line's end or the first half of `CR LF`. The second half mostly comes in the
/// same segment; where it comes later still, it is taken off the front of the next frame.
const SETTLE: Duration = Duration::from_millis(100);

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
        write!(
            f,
            "expected {}, found {} at byte {}",
            self.expected, self.found, self.offset
        )?;
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

/// What decoding of stuffed bytes needs beside.
#[derive(Debug, Default)]
struct Stuffed {
    plain: Plain,
    unstuffer: Unstuffer,
    inside: bool,
    ended: bool,
}

impl Decoder {
    pub(super) fn new(layout: Layout) -> Self {
        let machine = Machine::new(layout.program().nodes.len());
        let stuffed = layout.program().region.is_some().then(Box::default);
        Self {
            layout,
            machine,
            stuffed,
            late: Vec::new(),
        }
    }

    /// Takes what has come since the frame began: all the bytes of the call before, and perhaps more.
    ///
    /// # Errors
    ///
    /// The bytes cannot be this frame, however they go on.
    pub fn advance(&mut self, input: &[u8], closing: Closing) -> Result<Step, DecodeError> {
        let program = self.layout.program();
        let step = match &mut self.stuffed {
            None => match self.machine.run(program, input, closing) {
                Ok(Turn::Done) => Ok(Step::Frame(self.machine.pos)),
                Ok(Turn::More | Turn::Enter | Turn::Leave) => Ok(Step::NeedMore),
                Err(fault) => Err(fault.into_error(|plain| plain)),
            },
            Some(stuffed) => stuffed.advance(&mut self.machine, program, input, closing),
        };
        if let Ok(Step::Frame(_)) = step
            && closing == Closing::Silent
        {
            self.late.clone_from(&self.machine.outstanding);
        }
        step
    }

    /// How long a silence would end the frame now, if any.
    pub fn silence(&self) -> Option<Duration> {
        self.machine.silence
    }

    /// How many bytes at the start of what came after a frame still belong to the end of that frame.
    pub fn late_end(&self, input: &[u8]) -> usize {
        if !self.late.is_empty() && input.starts_with(&self.late) {
            self.late.len()
        } else {
            0
        }
    }

    /// The frame that [`advance`](Self::advance) just told of; `input` are the same bytes.
    pub fn frame<'a>(&'a self, input: &'a [u8]) -> Frame<'a> {
        Frame {
            program: self.layout.program(),
            plain: self.stuffed.as_ref().map(|stuffed| &stuffed.plain),
            bytes: self.stuffed.as_ref().map_or(input, |stuffed| &stuffed.plain.bytes),
            spans: &self.machine.spans,
            marks: &self.machine.marks,
            reason: self.machine.reason,
        }
    }

    /// Makes ready for the next frame.
    pub fn reset(&mut self) {
        self.machine.reset();
        if let Some(stuffed) = &mut self.stuffed {
            stuffed.plain.clear();
            (stuffed.unstuffer, stuffed.inside, stuffed.ended) = (Unstuffer::default(), false, false);
        }
    }
}

impl Layout {
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

impl Stuffed {
    fn advance(
        &mut self,
        machine: &mut Machine,
        program: &Program,
        input: &[u8],
        closing: Closing,
    ) -> Result<Step, DecodeError> {
        loop {
            let turn = machine.run(program, &self.plain.bytes, closing);
            let turn = turn.map_err(|fault| fault.into_error(|plain| self.plain.wire_offset(plain)))?;
            match turn {
                Turn::Done if machine.pos == self.plain.bytes.len() => return Ok(Step::Frame(self.plain.taken)),
                Turn::Done => return Ok(Step::Frame(self.plain.wire_offset(machine.pos))),
                Turn::Enter => {
                    self.plain.rewind(machine.pos);
                    self.inside = true;
                }
                Turn::Leave if self.ends_with_its_parts(program) => {
                    self.plain.rewind(machine.pos);
                    self.leave(machine);
                }
                Turn::Leave if self.ended => self.leave(machine),
                Turn::Leave | Turn::More => {
                    if !self.pump(machine, program, input, closing)? {
                        return Ok(Step::NeedMore);
                    }
                }
            }
        }
    }

    fn ends_with_its_parts(&self, program: &Program) -> bool {
        program
            .region
            .as_ref()
            .is_some_and(|region| region.end == RegionEnd::Parts)
    }

    fn leave(&mut self, machine: &mut Machine) {
        self.inside = false;
        machine.leave();
    }

    /// Turns more of the wire into plain bytes; false if there was nothing to turn.
    fn pump(
        &mut self,
        machine: &mut Machine,
        program: &Program,
        input: &[u8],
        closing: Closing,
    ) -> Result<bool, DecodeError> {
        let before = self.plain.taken;
        let Some(region) = program.region.as_ref().filter(|_| self.inside) else {
            self.plain.copy(input);
            return Ok(self.plain.taken > before);
        };
        if self.ended {
            return Ok(false);
        }
        let ended = self
            .unstuffer
            .take(region, &program.groups, input, closing, &mut self.plain);
        self.ended = ended.map_err(|bad| DecodeError {
            kind: DecodeErrorKind::Framing,
            part: None,
            offset: bad.wire_offset,
            expected: bad.expected.to_owned(),
            found: found(input, bad.wire_offset),
            frame: None,
        })?;
        if self.plain.bytes.len() > program.max + program.overhead {
            return Err(Fault::too_long(program, None, program.max).into_error(|plain| self.plain.wire_offset(plain)));
        }
        if self.ended {
            machine.region_end = self.plain.bytes.len();
        } else if let RegionEnd::Literals(group) = region.end
            && !self.plain.bytes.is_empty()
        {
            machine.silence = program.groups.get(group).and_then(|group| group.idle);
        }
        Ok(self.ended || self.plain.taken > before)
    }
}

/// Where one part stands, in plain bytes from the start of the frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }

    pub(super) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a part inside a repeat stood: an element (the repeat's own node), then its parts, in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) node: u32,
    pub(super) span: Span,
}

/// What the machine asks of its caller.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    More,
    Done,
    /// The stuffed region starts here.
    Enter,
    /// The stuffed region must end here.
    Leave,
}

#[derive(Debug)]
struct Machine {
    pc: usize,
    pos: usize,
    /// How far the present part was scanned for its end.
    scanned: usize,
    /// Where the innermost open length span ends.
    bound: usize,
    /// Where the stuffed region ends, once that is known.
    region_end: usize,
    /// The bounds outside the open length spans.
    outer: Vec<usize>,
    rounds: Vec<Round>,
    /// By node; of repeated parts the latest.
    spans: Box<[Span]>,
    marks: Vec<Mark>,
    reason: EndReason,
    silence: Option<Duration>,
    /// What was still outstanding of a longer end when a shorter one was taken.
    outstanding: Vec<u8>,
}

/// A repeat under way.
#[derive(Debug)]
struct Round {
    node: usize,
    left: u64,
    start: usize,
}

/// An error with offsets into plain bytes; boxed, since it is rare and large.
struct Fault(Box<DecodeError>);

type Go = Result<Option<Turn>, Fault>;

impl Machine {
    fn new(nodes: usize) -> Self {
        Self {
            pc: 0,
            pos: 0,
            scanned: 0,
            bound: usize::MAX,
            region_end: usize::MAX,
            outer: Vec::new(),
            rounds: Vec::new(),
            spans: vec![Span::default(); nodes].into_boxed_slice(),
            marks: Vec::new(),
            reason: EndReason::Size,
            silence: None,
            outstanding: Vec::new(),
        }
    }

    fn reset(&mut self) {
        (self.pc, self.pos, self.scanned) = (0, 0, 0);
        (self.bound, self.region_end) = (usize::MAX, usize::MAX);
        self.outer.clear();
        self.rounds.clear();
        self.marks.clear();
        self.outstanding.clear();
        (self.reason, self.silence) = (EndReason::Size, None);
    }

    fn leave(&mut self) {
        self.region_end = usize::MAX;
        self.pc += 1;
    }

    /// Goes on until it needs more bytes, help, or is done.
    fn run(&mut self, program: &Program, buf: &[u8], closing: Closing) -> Result<Turn, Fault> {
        self.silence = None;
        while let Some(op) = program.ops.get(self.pc) {
            let turn = match op {
                Op::Literals { group } => self.literals(program, *group, buf, closing)?,
                Op::Fixed { node, size } => self.fixed(program, *node, *size, buf)?,
                Op::Until { node, group, back } => self.until(program, *node, *group, *back, buf, closing)?,
                Op::ToLimit { node, back } => self.to_limit(program, *node, *back, buf)?,
                Op::Number { node } => self.number(program, *node, buf)?,
                Op::DecOf { node, width } => self.dec_of(program, *node, *width, buf)?,
                Op::Open { length } => self.open(program, *length, buf)?,
                Op::Close { length } => self.close(program, *length, buf)?,
                Op::Verify { length } => self.verify(program, *length, buf)?,
                Op::Check { sum } => self.check(program, *sum, buf)?,
                Op::Repeat {
                    node,
                    exit,
                    stop,
                    smallest,
                } => self.repeat(
                    program,
                    Head {
                        node: *node,
                        exit: *exit,
                        stop: *stop,
                        smallest: *smallest,
                    },
                    buf,
                    closing,
                )?,
                Op::Again { head } => {
                    self.pc = *head;
                    continue;
                }
                Op::Enter => {
                    self.pc += 1;
                    return Ok(Turn::Enter);
                }
                Op::Leave => self.at_region_end(program, buf)?,
            };
            if let Some(turn) = turn {
                return Ok(turn);
            }
        }
        if program.extent == Extent::Whole && self.pos < buf.len() && program.region.is_none() {
            return Err(self.misfit(program, None, buf, self.pos, "the end"));
        }
        Ok(Turn::Done)
    }

    /// Where whatever holds the present part ends, if that is known.
    fn limit(&self, program: &Program, buf: &[u8]) -> usize {
        let whole = if program.extent == Extent::Whole && program.region.is_none() {
            buf.len()
        } else {
            usize::MAX
        };
        self.bound.min(self.region_end).min(whole)
    }

    fn place(&mut self, node: usize, end: usize) {
        let span = Span::new(self.pos, end);
        if let Some(slot) = self.spans.get_mut(node) {
            *slot = span;
        }
        if !self.rounds.is_empty() {
            self.marks.push(Mark {
                node: node as u32,
                span,
            });
        }
        self.pos = end;
    }

    fn span(&self, node: usize) -> Range<usize> {
        self.spans.get(node).copied().unwrap_or_default().range()
    }

    fn next(&mut self) -> Go {
        self.pc += 1;
        self.scanned = 0;
        Ok(None)
    }

    fn literals(&mut self, program: &Program, group: usize, buf: &[u8], closing: Closing) -> Go {
        let Some(group) = program.groups.get(group) else {
            return self.next();
        };
        let limit = self.limit(program, buf);
        let bytes = buf.get(self.pos..limit.min(buf.len())).unwrap_or_default();
        let complete = buf.len() >= limit;
        let look = group.look(bytes);
        if let Some(choice) = look.whole.and_then(|index| group.choices.get(index)) {
            if look.pending && !complete {
                if closing == Closing::Open {
                    self.silence = Some(SETTLE);
                    return Ok(Some(Turn::More));
                }
                let longer = group.choices.iter().find(|longer| longer.bytes.starts_with(bytes));
                let rest = longer.and_then(|longer| longer.bytes.get(bytes.len()..));
                self.outstanding = rest.unwrap_or_default().to_vec();
            }
            for (index, size) in choice.sizes.iter().enumerate() {
                self.place(group.first + index, self.pos + size);
            }
            return self.next();
        }
        if bytes.is_empty() && self.pos > 0 && closing.ends(group) {
            self.reason = if closing == Closing::Eof {
                EndReason::Eof
            } else {
                EndReason::Idle
            };
            self.place(group.first, self.pos);
            return self.next();
        }
        let only_an_end = group.choices.is_empty() && bytes.is_empty();
        if (look.pending || only_an_end) && !complete {
            self.silence = group.idle.filter(|_| bytes.is_empty() && self.pos > 0);
            return Ok(Some(Turn::More));
        }
        let expected = program.expect_literals(group);
        let same = group.choices.first().map_or(0, |choice| {
            choice.bytes.iter().zip(bytes).take_while(|(a, b)| a == b).count()
        });
        Err(self.misfit(program, Some(group.first), buf, self.pos + same, &expected))
    }

    fn fixed(&mut self, program: &Program, node: usize, size: usize, buf: &[u8]) -> Go {
        let end = self.pos + size;
        if end > buf.len() || end > self.bound.min(self.region_end) {
            return self.short(program, node, end, buf);
        }
        let bytes = buf.get(self.pos..end).unwrap_or_default();
        if let Some(NodeKind::Field(field)) = program.nodes.get(node).map(|node| &node.kind) {
            if let Some(offset) = field.kind.misfit(bytes) {
                return Err(self.misfit(program, Some(node), buf, self.pos + offset, field.kind.expectation()));
            }
            if let Origin::Constant(constant) = &field.origin {
                self.constant(program, node, field, constant, bytes, buf)?;
            }
        }
        self.place(node, end);
        self.next()
    }

    /// A part of known size that the bytes at hand do not reach: more to come, or never enough.
    fn short(&mut self, program: &Program, node: usize, end: usize, buf: &[u8]) -> Go {
        let limit = self.limit(program, buf);
        if end <= limit {
            return Ok(Some(Turn::More));
        }
        let expected = format!("{} more bytes", end - self.pos);
        let mut fault = self.misfit(program, Some(node), buf, self.pos, &expected);
        fault.0.found = format!("{} to the end of what holds them", limit.saturating_sub(self.pos));
        Err(fault)
    }

    fn constant(
        &self,
        program: &Program,
        node: usize,
        field: &Field,
        constant: &[u8],
        bytes: &[u8],
        buf: &[u8],
    ) -> Result<(), Fault> {
        if bytes == constant {
            return Ok(());
        }
        let whole = field.kind.whole(bytes);
        if field.kind.is_whole() && whole.is_some() && whole == field.kind.whole(constant) {
            return Ok(());
        }
        let mut fault = self.misfit(
            program,
            Some(node),
            buf,
            self.pos,
            &crate::bytes::display::escape(constant).to_string(),
        );
        fault.0.found = crate::bytes::display::escape(bytes).to_string();
        if let (Some(wanted), Some(came)) = (field.kind.whole(constant), whole) {
            (fault.0.expected, fault.0.found) = (wanted.to_string(), came.to_string());
        }
        Err(fault)
    }

    fn until(&mut self, program: &Program, node: usize, group: usize, back: usize, buf: &[u8], closing: Closing) -> Go {
        let Some(group) = program.groups.get(group) else {
            return self.next();
        };
        let limit = self.limit(program, buf);
        let hay = buf.get(..limit).unwrap_or(buf);
        let first = self.pos + back;
        let farthest = first + program.max;
        let scanned = match group.find(hay, self.scanned.max(first)) {
            Find::At(at) if at <= farthest => {
                self.reason = EndReason::Terminator;
                return self.variable(program, node, at - back, buf);
            }
            Find::At(at) | Find::Perhaps(at) => at,
            Find::Nowhere => hay.len(),
        };
        if scanned > farthest {
            return Err(Fault::too_long(program, Some(node), self.pos));
        }
        if closing.ends(group) && !buf.is_empty() && buf.len() >= first {
            return self.variable(program, node, buf.len() - back, buf);
        }
        if buf.len() >= limit {
            return Err(self.misfit(program, Some(node), buf, limit, &program.expect_literals(group)));
        }
        self.scanned = scanned;
        self.silence = group.idle.filter(|_| !buf.is_empty());
        Ok(Some(Turn::More))
    }

    fn to_limit(&mut self, program: &Program, node: usize, back: usize, buf: &[u8]) -> Go {
        let limit = self.limit(program, buf);
        if limit == usize::MAX {
            return Ok(Some(Turn::More));
        }
        if self.pos + back > limit {
            return self.short(program, node, self.pos + back, buf);
        }
        if limit > buf.len() {
            return Ok(Some(Turn::More));
        }
        if limit - back - self.pos > program.max {
            return Err(Fault::too_long(program, Some(node), self.pos));
        }
        self.reason = match () {
            () if self.bound <= limit => EndReason::Length,
            () if self.region_end <= limit => EndReason::Terminator,
            () => EndReason::Given,
        };
        self.variable(program, node, limit - back, buf)
    }

    fn variable(&mut self, program: &Program, node: usize, end: usize, buf: &[u8]) -> Go {
        if let Some(NodeKind::Field(Field { kind: Type::Text, .. })) = program.nodes.get(node).map(|node| &node.kind)
            && let Err(wrong) = program.encoding.check(buf.get(self.pos..end).unwrap_or_default())
        {
            let expected = format!("{} text", program.encoding);
            let mut fault = self.misfit(program, Some(node), buf, self.pos + wrong.offset, &expected);
            fault.0.kind = DecodeErrorKind::Text;
            return Err(fault);
        }
        self.place(node, end);
        self.next()
    }

    fn number(&mut self, program: &Program, node: usize, buf: &[u8]) -> Go {
        let Some(NodeKind::Field(field)) = program.nodes.get(node).map(|node| &node.kind) else {
            return self.next();
        };
        let Type::Number(number) = field.kind else {
            return self.next();
        };
        let limit = self.limit(program, buf);
        let end = limit.min(buf.len()).min(self.pos + MAX_NUMBER + 1);
        let bytes = buf.get(self.pos..end).unwrap_or_default();
        let size = match number.scan(bytes, end == limit) {
            Scan::End(size) if size <= MAX_NUMBER => size,
            Scan::More if bytes.len() <= MAX_NUMBER => return Ok(Some(Turn::More)),
            Scan::Misfit(offset) => {
                return Err(self.misfit(program, Some(node), buf, self.pos + offset, field.kind.expectation()));
            }
            Scan::End(_) | Scan::More => return Err(Fault::too_long(program, Some(node), self.pos)),
        };
        let bytes = bytes.get(..size).unwrap_or_default();
        if number != Number::Float && field.kind.whole(bytes).is_none() {
            return Err(self.misfit(program, Some(node), buf, self.pos, "a number of at most 64 bits"));
        }
        if let Origin::Constant(constant) = &field.origin {
            self.constant(program, node, field, constant, bytes, buf)?;
        }
        self.place(node, self.pos + size);
        self.next()
    }

    fn dec_of(&mut self, program: &Program, node: usize, width: usize, buf: &[u8]) -> Go {
        const MOST: i128 = 20;
        let digits = program.whole(width, buf.get(self.span(width)).unwrap_or_default());
        let Some(digits) = digits.filter(|digits| (0..=MOST).contains(digits)) else {
            return Err(self.misfit(program, Some(node), buf, self.pos, "a number of at most 20 digits"));
        };
        self.fixed(program, node, digits as usize, buf)
    }

    fn open(&mut self, program: &Program, length: usize, buf: &[u8]) -> Go {
        let Some(length) = program.lengths.get(length) else {
            return self.next();
        };
        let start = if length.first <= length.node {
            self.span(length.first).start
        } else {
            self.pos
        };
        let said = self.said(program, length, buf)?;
        let end = start + said;
        let limit = self.limit(program, buf);
        if end < self.pos || end > limit {
            let mut fault = self.misfit(
                program,
                Some(length.node),
                buf,
                self.span(length.node).start,
                "a length that fits",
            );
            fault.0.found = if end > limit {
                format!("{said}, where only {} bytes are left", limit - start)
            } else {
                format!("{said}, where {} bytes have already come", self.pos - start)
            };
            return Err(fault);
        }
        self.outer.push(self.bound);
        self.bound = end;
        self.next()
    }

    /// How many bytes a length part says its span has.
    fn said(&self, program: &Program, length: &Length, buf: &[u8]) -> Result<usize, Fault> {
        let at = self.span(length.node);
        let number = program
            .whole(length.node, buf.get(at.clone()).unwrap_or_default())
            .unwrap_or_default();
        let said = number - i128::from(length.offset);
        let most = program.max + program.overhead;
        match usize::try_from(said) {
            Ok(said) if said <= most => Ok(said),
            Ok(_) => {
                let mut fault = Fault::too_long(program, Some(length.node), at.start);
                fault.0.found = format!("a length of {number}");
                Err(fault)
            }
            Err(_) if said > 0 => Err(Fault::too_long(program, Some(length.node), at.start)),
            Err(_) => {
                let expected = format!("a length of at least {}", length.offset);
                let mut fault = self.misfit(program, Some(length.node), buf, at.start, &expected);
                fault.0.found = number.to_string();
                Err(fault)
            }
        }
    }

    fn close(&mut self, program: &Program, length: usize, buf: &[u8]) -> Go {
        let Some(length) = program.lengths.get(length) else {
            return self.next();
        };
        if self.pos != self.bound {
            let expected = format!("{} more bytes of the span of its length", self.bound - self.pos);
            let mut fault = self.misfit(program, Some(length.node), buf, self.pos, &expected);
            fault.0.found = "its last part's end".to_owned();
            return Err(fault);
        }
        self.bound = self.outer.pop().unwrap_or(usize::MAX);
        self.next()
    }

    fn verify(&mut self, program: &Program, length: usize, buf: &[u8]) -> Go {
        let Some(length) = program.lengths.get(length) else {
            return self.next();
        };
        let said = self.said(program, length, buf)?;
        let came = self.span(length.last).end - self.span(length.first).start;
        if said != came {
            let expected = format!("a length of {}", came as i128 + i128::from(length.offset));
            let mut fault = self.misfit(program, Some(length.node), buf, self.span(length.node).start, &expected);
            fault.0.found = (said as i128 + i128::from(length.offset)).to_string();
            return Err(fault);
        }
        self.next()
    }

    fn check(&mut self, program: &Program, sum: usize, buf: &[u8]) -> Go {
        let Some(sum) = program.sums.get(sum) else {
            return self.next();
        };
        let at = self.span(sum.node);
        let covered = self.span(sum.first).start..self.span(sum.last).end;
        let computed = sum.compute(buf.get(covered).unwrap_or_default());
        let came = program.whole(sum.node, buf.get(at.clone()).unwrap_or_default());
        if came == Some(i128::from(computed)) {
            return self.next();
        }
        let mut fault = self.misfit(program, Some(sum.node), buf, at.start, &sum.show(computed));
        fault.0.kind = DecodeErrorKind::Checksum;
        fault.0.found = came.map_or_else(|| "no number".to_owned(), |came| sum.show(came as u64));
        fault.0.frame = Some(self.pos);
        Err(fault)
    }

    fn at_region_end(&mut self, program: &Program, buf: &[u8]) -> Go {
        if self.region_end != usize::MAX && self.pos < self.region_end {
            return Err(self.misfit(program, None, buf, self.pos, "the end of the stuffed bytes"));
        }
        Ok(Some(Turn::Leave))
    }

    fn repeat(&mut self, program: &Program, head: Head, buf: &[u8], closing: Closing) -> Go {
        if self.rounds.last().is_none_or(|round| round.node != head.node) {
            let left = self.count(program, &head, buf)?;
            self.rounds.push(Round {
                node: head.node,
                left,
                start: self.pos,
            });
        }
        let limit = self.limit(program, buf);
        let Some(round) = self.rounds.last_mut() else {
            return self.next();
        };
        let start = round.start;
        let done = match head.stop {
            Stop::Count => round.left == 0,
            Stop::Literals(group) => {
                let Some(group) = program.groups.get(group) else {
                    return self.next();
                };
                let bytes = buf.get(self.pos..limit.min(buf.len())).unwrap_or_default();
                let look = group.look(bytes);
                let ended = bytes.is_empty() && closing.ends(group) && self.pos > 0;
                if look.whole.is_none() && look.pending && !ended && buf.len() < limit {
                    self.silence = group.idle.filter(|_| bytes.is_empty() && self.pos > 0);
                    return Ok(Some(Turn::More));
                }
                look.whole.is_some() || ended
            }
            Stop::Limit { .. } if limit == usize::MAX => return Ok(Some(Turn::More)),
            Stop::Limit { back } => self.pos + back >= limit,
        };
        if self.pos - start > program.max {
            return Err(Fault::too_long(program, Some(head.node), start));
        }
        if done {
            self.rounds.pop();
            let end = std::mem::replace(&mut self.pos, start);
            if let Some(slot) = self.spans.get_mut(head.node) {
                *slot = Span::new(start, end);
            }
            self.pos = end;
            self.pc = head.exit;
            if let Stop::Limit { .. } = head.stop {
                self.reason = if self.bound <= limit {
                    EndReason::Length
                } else {
                    EndReason::Given
                };
            }
            return Ok(None);
        }
        round.left = round.left.saturating_sub(1);
        self.marks.push(Mark {
            node: head.node as u32,
            span: Span::new(self.pos, self.pos),
        });
        self.next()
    }

    /// How many elements there will be.
    fn count(&self, program: &Program, head: &Head, buf: &[u8]) -> Result<u64, Fault> {
        let Some(NodeKind::Repeat(repeat)) = program.nodes.get(head.node).map(|node| &node.kind) else {
            return Ok(0);
        };
        match repeat.count {
            Count::ToEnd => Ok(u64::MAX),
            Count::Number(number) => Ok(number as u64),
            Count::Field(field) => {
                let at = self.span(field);
                let number = program
                    .whole(field, buf.get(at.clone()).unwrap_or_default())
                    .unwrap_or_default();
                let most = (program.max / head.smallest.max(1)) as i128;
                match u64::try_from(number) {
                    Ok(count) if number <= most => Ok(count),
                    _ => {
                        let mut fault = Fault::too_long(program, Some(field), at.start);
                        fault.0.found = format!("a count of {number}");
                        Err(fault)
                    }
                }
            }
        }
    }

    /// The byte at `offset` is not what it should be.
    fn misfit(&self, program: &Program, node: Option<usize>, buf: &[u8], offset: usize, expected: &str) -> Fault {
        Fault(Box::new(DecodeError {
            kind: DecodeErrorKind::Framing,
            part: node.and_then(|node| program.nodes.get(node)?.name.clone()),
            offset,
            expected: expected.to_owned(),
            found: found(buf, offset),
            frame: None,
        }))
    }
}

/// The head of a repeat, as its [`Op::Repeat`] says.
struct Head {
    node: usize,
    exit: usize,
    stop: Stop,
    smallest: usize,
}

impl Fault {
    fn too_long(program: &Program, node: Option<usize>, offset: usize) -> Self {
        Self(Box::new(DecodeError {
            kind: DecodeErrorKind::TooLong,
            part: node.and_then(|node| program.nodes.get(node)?.name.clone()),
            offset,
            expected: format!("at most {} bytes", program.max),
            found: "more".to_owned(),
            frame: None,
        }))
    }

    /// The error with offsets on the wire.
    fn into_error(self, wire_offset: impl Fn(usize) -> usize) -> DecodeError {
        let mut error = *self.0;
        error.offset = wire_offset(error.offset);
        error.frame = error.frame.map(wire_offset);
        error
    }
}

impl Program {
    /// The whole number in the bytes of a node.
    fn whole(&self, node: usize, bytes: &[u8]) -> Option<i128> {
        match &self.nodes.get(node)?.kind {
            NodeKind::Field(field) => field.kind.whole(bytes),
            NodeKind::Literal(_) | NodeKind::Repeat(_) => None,
        }
    }

    /// The literals of a group, in words.
    fn expect_literals(&self, group: &Group) -> String {
        let mut words: Vec<String> = group
            .choices
            .iter()
            .map(|choice| crate::bytes::display::escape(&choice.bytes).to_string())
            .collect();
        if group.eof {
            words.push("the end of the connection".to_owned());
        }
        if group.idle.is_some() {
            words.push("silence".to_owned());
        }
        words.join(" or ")
    }
}

impl Sum {
    fn show(&self, number: u64) -> String {
        let digits = (self.checksum.width() as usize).div_ceil(4);
        format!("{} 0x{number:0digits$X}", self.checksum.name())
    }
}

/// The byte at an offset, in words.
fn found(buf: &[u8], offset: usize) -> String {
    match buf.get(offset) {
        Some(byte) => crate::bytes::display::escape(&[*byte]).to_string(),
        None => "the end".to_owned(),
    }
}
