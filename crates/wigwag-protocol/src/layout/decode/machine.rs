//! The steps of a layout, taken one after the other over plain bytes.

use std::ops::Range;
use std::time::Duration;

use super::super::frame::EndReason;
use super::super::literals::{Choice, Find, Group, Look};
use super::super::types::{MAX_NUMBER, Number, Scan, Type};
use super::super::{Extent, Field, NodeKind, Op, Origin, Program, Region};
use super::fault::Fault;
use super::repeats::{Head, Round};
use super::{Closing, DecodeErrorKind, Mark, Span, Spans};
use crate::bytes::display::escape;

/// How long to wait whether `CR` is a line's end or the first half of `CR LF`. The second half mostly comes in the
/// same segment; where it comes later still, it is taken off the front of the next frame.
const SETTLE: Duration = Duration::from_millis(100);

/// What the machine reads: all plain bytes of the frame that have come.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) program: &'a Program,
    pub(super) bytes: &'a [u8],
    pub(super) closing: Closing,
    /// Where everything ends, if that is known.
    pub(super) end: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(program: &'a Program, bytes: &'a [u8], closing: Closing) -> Self {
        let whole = program.extent == Extent::Whole && program.region.is_none();
        Self { program, bytes, closing, end: if whole { bytes.len() } else { usize::MAX } }
    }
}

/// What the machine asks of its caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    More,
    Done,
    /// The stuffed region starts here.
    Enter,
    /// The stuffed region must end here.
    Leave,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) pc: usize,
    pub(super) pos: usize,
    /// How far the present part was scanned for its end.
    pub(super) scanned: usize,
    /// Where the innermost open length span ends.
    pub(super) bound: usize,
    /// Where the stuffed region ends, once that is known.
    pub(super) region_end: usize,
    /// The bounds outside the open length spans.
    pub(super) outer: Vec<usize>,
    pub(super) rounds: Vec<Round>,
    /// By node; of repeated parts the latest.
    pub(super) spans: Spans,
    pub(super) marks: Vec<Mark>,
    pub(super) reason: EndReason,
    pub(super) silence: Option<Duration>,
    /// What was still outstanding of a longer end when a shorter one was taken.
    pub(super) outstanding: Vec<u8>,
}

pub(super) type Go = Result<Option<Turn>, Fault>;

impl Machine {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            pc: 0,
            pos: 0,
            scanned: 0,
            bound: usize::MAX,
            region_end: usize::MAX,
            outer: Vec::new(),
            rounds: Vec::new(),
            spans: Spans::from_slice(&program.head.spans),
            marks: Vec::new(),
            reason: EndReason::Size,
            silence: None,
            outstanding: Vec::new(),
        }
    }

    pub(super) fn reset(&mut self) {
        (self.pc, self.pos, self.scanned) = (0, 0, 0);
        (self.bound, self.region_end) = (usize::MAX, usize::MAX);
        self.outer.clear();
        self.rounds.clear();
        self.marks.clear();
        self.outstanding.clear();
        (self.reason, self.silence) = (EndReason::Size, None);
    }

    pub(super) fn leave(&mut self) {
        self.region_end = usize::MAX;
        self.pc += 1;
    }

    /// Goes on until it needs more bytes, help, or is done.
    pub(super) fn run(&mut self, input: &Input<'_>) -> Result<Turn, Fault> {
        self.silence = None;
        if self.pc == 0 && input.program.head.exit > 0 {
            self.take_head(input);
        }
        while let Some(op) = input.program.ops.get(self.pc) {
            let turn = match op {
                Op::Literals { group } => self.literals(input, *group)?,
                Op::Fixed { node, size } => self.fixed(input, *node, *size)?,
                Op::Until { node, group, back } => self.until(input, *node, *group, *back)?,
                Op::ToLimit { node, back } => self.up_to_limit(input, *node, *back)?,
                Op::Number { node, behind } => self.number(input, *node, *behind)?,
                Op::DecOf { node, width } => self.dec_of(input, *node, *width)?,
                Op::Open { length, inside } => self.open(input, *length, *inside)?,
                Op::Close { length } => self.close(input, *length)?,
                Op::Verify { length } => self.verify(input, *length)?,
                Op::Check { sum } => self.check(input, *sum)?,
                Op::Repeat { node, exit, stop, smallest } => {
                    self.repeat(input, Head { node: *node, exit: *exit, stop: *stop, smallest: *smallest })?
                }
                Op::Again { head } => {
                    self.pc = *head;
                    continue;
                }
                Op::Enter => {
                    self.pc += 1;
                    return Ok(Turn::Enter);
                }
                Op::Leave => self.at_region_end(input)?,
            };
            if let Some(turn) = turn {
                return Ok(turn);
            }
        }
        if input.end != usize::MAX && self.pos < input.bytes.len() {
            return Err(self.misfit(input, None, self.pos, "the end"));
        }
        Ok(Turn::Done)
    }

    /// Where whatever holds the present part ends, if that is known.
    pub(super) fn limit(&self, input: &Input<'_>) -> usize {
        self.bound.min(self.region_end).min(input.end)
    }

    /// Why what ends at a limit ends there.
    pub(super) fn limit_reason(&self, input: &Input<'_>) -> EndReason {
        match () {
            () if self.bound <= self.limit(input) => EndReason::Length,
            () if self.region_end != usize::MAX && !input.program.region.as_ref().is_some_and(Region::is_all) => {
                EndReason::Terminator
            }
            () => EndReason::Given,
        }
    }

    fn place(&mut self, node: usize, end: usize) {
        let span = Span::new(self.pos, end);
        if let Some(slot) = self.spans.get_mut(node) {
            *slot = span;
        }
        if !self.rounds.is_empty() {
            self.marks.push(Mark { node: node as u32, span });
        }
        self.pos = end;
    }

    pub(super) fn span(&self, node: usize) -> Range<usize> {
        self.spans.get(node).copied().unwrap_or_default().range()
    }

    pub(super) fn next(&mut self) -> Go {
        self.pc += 1;
        self.scanned = 0;
        Ok(None)
    }

    /// The bytes from here to the limit, as far as they have come, and whether that is all of them.
    pub(super) fn rest<'a>(&self, input: &Input<'a>) -> (&'a [u8], bool) {
        let limit = self.limit(input);
        let bytes = input.bytes.get(self.pos..limit.min(input.bytes.len())).unwrap_or_default();
        (bytes, input.bytes.len() >= limit)
    }

    #[inline(never)]
    fn literals(&mut self, input: &Input<'_>, group: usize) -> Go {
        let Some(group) = input.program.groups.get(group) else {
            return self.next();
        };
        let (bytes, complete) = self.rest(input);
        let look = group.look(bytes);
        let Some(choice) = look.whole.and_then(|index| group.choices.get(index)) else {
            return self.no_literal(input, group, look.pending);
        };
        self.outstanding.clear();
        if look.pending && !complete {
            if input.closing == Closing::Open {
                self.silence = Some(SETTLE);
                return Ok(Some(Turn::More));
            }
            let longer = group.choices.iter().find(|longer| longer.bytes.starts_with(bytes));
            let rest = longer.and_then(|longer| longer.bytes.get(bytes.len()..));
            self.outstanding.extend_from_slice(rest.unwrap_or_default());
        }
        self.place_literals(group, choice);
        self.next()
    }

    fn place_literals(&mut self, group: &Group, choice: &Choice) {
        for (index, size) in choice.sizes.iter().enumerate() {
            self.place(group.first + index, self.pos + size);
        }
    }

    /// None of the literals stands here whole: perhaps not yet, or the end of everything stands in for them.
    #[cold]
    fn no_literal(&mut self, input: &Input<'_>, group: &Group, pending: bool) -> Go {
        let (bytes, complete) = self.rest(input);
        let begun = self.pos > 0;
        if bytes.is_empty() && begun && input.closing.ends(group) {
            self.reason = if input.closing == Closing::Eof { EndReason::Eof } else { EndReason::Idle };
            self.place(group.first, self.pos);
            return self.next();
        }
        if (pending || bytes.is_empty()) && !complete {
            self.silence = group.idle.filter(|_| bytes.is_empty() && begun);
            return Ok(Some(Turn::More));
        }
        let expected = input.program.expect_literals(group);
        Err(self.misfit(input, Some(group.first), self.pos + group.same(bytes), &expected))
    }

    #[inline(never)]
    fn fixed(&mut self, input: &Input<'_>, node: usize, size: usize) -> Go {
        let end = self.pos + size;
        let Some(bytes) = input.bytes.get(self.pos..end).filter(|_| end <= self.bound.min(self.region_end)) else {
            return self.short(input, node, end);
        };
        if let Some(NodeKind::Field(field)) = input.program.nodes.get(node).map(|node| &node.kind) {
            if let Some(offset) = field.kind.misfit(bytes) {
                return Err(self.misfit(input, Some(node), self.pos + offset, field.kind.expectation()));
            }
            if let Type::Chars(_) = field.kind {
                self.check_text(input, node, bytes)?;
            }
            if let Origin::Constant(constant) = &field.origin {
                self.constant(input, node, field, constant, bytes)?;
            }
        }
        self.place(node, end);
        self.next()
    }

    /// A part of known size that the bytes at hand do not reach: more to come, or never enough.
    #[cold]
    fn short(&mut self, input: &Input<'_>, node: usize, end: usize) -> Go {
        let limit = self.limit(input);
        if end <= limit {
            return Ok(Some(Turn::More));
        }
        let expected = format!("{} more bytes", end - self.pos);
        let mut fault = self.misfit(input, Some(node), self.pos, &expected);
        fault.0.found = format!("{} to the end of what holds them", limit.saturating_sub(self.pos));
        Err(fault)
    }

    fn constant(
        &self,
        input: &Input<'_>,
        node: usize,
        field: &Field,
        constant: &[u8],
        bytes: &[u8],
    ) -> Result<(), Fault> {
        if bytes == constant {
            return Ok(());
        }
        let whole = field.kind.whole(bytes);
        if field.kind.is_whole() && whole.is_some() && whole == field.kind.whole(constant) {
            return Ok(());
        }
        let mut fault = self.misfit(input, Some(node), self.pos, &escape(constant).to_string());
        fault.0.found = escape(bytes).to_string();
        if let (Some(wanted), Some(came)) = (field.kind.whole(constant), whole) {
            (fault.0.expected, fault.0.found) = (wanted.to_string(), came.to_string());
        }
        Err(fault)
    }

    #[inline(never)]
    fn until(&mut self, input: &Input<'_>, node: usize, group: usize, back: usize) -> Go {
        let Some(group) = input.program.groups.get(group) else {
            return self.next();
        };
        let buf = input.bytes;
        let limit = self.limit(input);
        let hay = buf.get(..limit).unwrap_or(buf);
        let first = self.pos + back;
        let farthest = first + input.program.max;
        let complete = buf.len() >= limit || input.closing != Closing::Open;
        let scanned = match group.find(hay, self.scanned.max(first), complete) {
            Find::At(at, look) if at <= farthest => {
                self.reason = EndReason::Terminator;
                self.variable(input, node, at - back)?;
                return self.literals_found(group, back, &look);
            }
            Find::At(at, _) | Find::Perhaps(at) => at,
            Find::Nowhere => hay.len(),
        };
        if scanned > farthest {
            return Err(Fault::too_long(input.program, Some(node), self.pos));
        }
        if input.closing.ends(group) && !buf.is_empty() && buf.len() >= first {
            return self.variable(input, node, buf.len() - back);
        }
        if buf.len() >= limit {
            return Err(self.misfit(input, Some(node), limit, &input.program.expect_literals(group)));
        }
        self.scanned = scanned;
        self.silence = group.idle.filter(|_| !buf.is_empty() && buf.len() >= first);
        Ok(Some(Turn::More))
    }

    /// The literals that end a variable part stand right behind it mostly, and are the next step.
    fn literals_found(&mut self, group: &Group, back: usize, look: &Look) -> Go {
        if back == 0
            && !look.pending
            && let Some(choice) = look.whole.and_then(|index| group.choices.get(index))
        {
            self.outstanding.clear();
            self.place_literals(group, choice);
            return self.next();
        }
        Ok(None)
    }

    #[inline(never)]
    fn up_to_limit(&mut self, input: &Input<'_>, node: usize, back: usize) -> Go {
        let limit = self.limit(input);
        if limit == usize::MAX {
            return Ok(Some(Turn::More));
        }
        if self.pos + back > limit {
            return self.short(input, node, self.pos + back);
        }
        if limit > input.bytes.len() {
            return Ok(Some(Turn::More));
        }
        if limit - back - self.pos > input.program.max {
            return Err(Fault::too_long(input.program, Some(node), self.pos));
        }
        self.reason = self.limit_reason(input);
        self.variable(input, node, limit - back)
    }

    fn variable(&mut self, input: &Input<'_>, node: usize, end: usize) -> Go {
        if let Some(NodeKind::Field(Field { kind: Type::Text, .. })) =
            input.program.nodes.get(node).map(|node| &node.kind)
        {
            self.check_text(input, node, input.bytes.get(self.pos..end).unwrap_or_default())?;
        }
        self.place(node, end);
        self.next()
    }

    /// Whether the bytes of a part at the present place are text in the encoding.
    fn check_text(&self, input: &Input<'_>, node: usize, bytes: &[u8]) -> Result<(), Fault> {
        let Err(wrong) = input.program.encoding.check(bytes) else { return Ok(()) };
        let expected = format!("{} text", input.program.encoding);
        let mut fault = self.misfit(input, Some(node), self.pos + wrong.offset, &expected);
        fault.0.kind = DecodeErrorKind::Text;
        Err(fault)
    }

    #[inline(never)]
    fn number(&mut self, input: &Input<'_>, node: usize, behind: Option<usize>) -> Go {
        let Some(NodeKind::Field(field)) = input.program.nodes.get(node).map(|node| &node.kind) else {
            return self.next();
        };
        let Type::Number(number) = field.kind else {
            return self.next();
        };
        let limit = self.limit(input);
        let end = limit.min(input.bytes.len()).min(self.pos + MAX_NUMBER + 1);
        let bytes = input.bytes.get(self.pos..end).unwrap_or_default();
        let size = match number.scan(bytes, end == limit) {
            Scan::End(size) if size <= MAX_NUMBER => size,
            Scan::More if bytes.len() <= MAX_NUMBER => match self.last_number(input, number, bytes, behind) {
                Some(size) => size,
                None => return Ok(Some(Turn::More)),
            },
            Scan::Misfit(offset) => {
                return Err(self.misfit(input, Some(node), self.pos + offset, field.kind.expectation()));
            }
            Scan::End(_) | Scan::More => return Err(Fault::too_long(input.program, Some(node), self.pos)),
        };
        let bytes = bytes.get(..size).unwrap_or_default();
        if number != Number::Float && field.kind.whole(bytes).is_none() {
            return Err(self.misfit(input, Some(node), self.pos, "a number of at most 64 bits"));
        }
        if let Origin::Constant(constant) = &field.origin {
            self.constant(input, node, field, constant, bytes)?;
        }
        let at_limit = self.pos + size == limit;
        self.reason = if at_limit { self.limit_reason(input) } else { EndReason::Terminator };
        self.place(node, self.pos + size);
        self.next()
    }

    /// The size of a number that only the end of everything ends, if that has come.
    fn last_number(&mut self, input: &Input<'_>, number: Number, bytes: &[u8], behind: Option<usize>) -> Option<usize> {
        let group = input.program.groups.get(behind?)?;
        let Scan::End(size) = number.scan(bytes, true) else {
            return None;
        };
        self.silence = group.idle;
        input.closing.ends(group).then_some(size)
    }

    #[inline(never)]
    fn dec_of(&mut self, input: &Input<'_>, node: usize, width: usize) -> Go {
        const MOST: i128 = 20;
        let at = self.span(width);
        let said = input.program.whole(width, input.bytes.get(at.clone()).unwrap_or_default()).unwrap_or_default();
        if !(0..=MOST).contains(&said) {
            let mut fault = self.misfit(input, Some(width), at.start, "a number of digits from 0 to 20");
            fault.0.found = said.to_string();
            return Err(fault);
        }
        self.reason = EndReason::Length;
        self.fixed(input, node, said as usize)
    }

    #[inline(never)]
    fn at_region_end(&mut self, input: &Input<'_>) -> Go {
        let by_parts = input.program.region.as_ref().is_some_and(Region::ends_with_its_parts);
        if !by_parts && self.pos < input.bytes.len() {
            return Err(self.misfit(input, None, self.pos, "the end of the stuffed bytes"));
        }
        Ok(Some(Turn::Leave))
    }
}
