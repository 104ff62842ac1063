//! The steps of a layout, taken one after the other over plain bytes.

use std::ops::Range;
use std::time::Duration;

use super::super::frame::EndReason;
use super::super::literals::Find;
use super::super::types::{MAX_NUMBER, Number, Scan, Type};
use super::super::{Count, Extent, Field, Length, NodeKind, Op, Origin, Program, Stop};
use super::fault::Fault;
use super::{Closing, DecodeError, DecodeErrorKind, Mark, Span};
use crate::bytes::display::escape;

/// How long to wait whether `CR` is a line's end or the first half of `CR LF`. The second half mostly comes in the
/// same segment; where it comes later still, it is taken off the front of the next frame.
const SETTLE: Duration = Duration::from_millis(100);

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
    pc: usize,
    pub(super) pos: usize,
    /// How far the present part was scanned for its end.
    scanned: usize,
    /// Where the innermost open length span ends.
    bound: usize,
    /// Where the stuffed region ends, once that is known.
    pub(super) region_end: usize,
    /// The bounds outside the open length spans.
    outer: Vec<usize>,
    rounds: Vec<Round>,
    /// By node; of repeated parts the latest.
    pub(super) spans: Box<[Span]>,
    pub(super) marks: Vec<Mark>,
    pub(super) reason: EndReason,
    pub(super) silence: Option<Duration>,
    /// What was still outstanding of a longer end when a shorter one was taken.
    pub(super) outstanding: Vec<u8>,
}

/// A repeat under way.
#[derive(Debug)]
struct Round {
    node: usize,
    left: u64,
    start: usize,
}

type Go = Result<Option<Turn>, Fault>;

impl Machine {
    pub(super) fn new(nodes: usize) -> Self {
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
    pub(super) fn run(&mut self, program: &Program, buf: &[u8], closing: Closing) -> Result<Turn, Fault> {
        self.silence = None;
        while let Some(op) = program.ops.get(self.pc) {
            let turn = match op {
                Op::Literals { group } => self.literals(program, *group, buf, closing)?,
                Op::Fixed { node, size } => self.fixed(program, *node, *size, buf)?,
                Op::Until { node, group, back } => self.until(program, *node, *group, *back, buf, closing)?,
                Op::ToLimit { node, back } => self.up_to_limit(program, *node, *back, buf)?,
                Op::Number { node } => self.number(program, *node, buf)?,
                Op::DecOf { node, width } => self.dec_of(program, *node, *width, buf)?,
                Op::Open { length } => self.open(program, *length, buf)?,
                Op::Close { length } => self.close(program, *length, buf)?,
                Op::Verify { length } => self.verify(program, *length, buf)?,
                Op::Check { sum } => self.check(program, *sum, buf)?,
                Op::Repeat { node, exit, stop, smallest } => self.repeat(
                    program,
                    Head { node: *node, exit: *exit, stop: *stop, smallest: *smallest },
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
        let whole = if program.extent == Extent::Whole && program.region.is_none() { buf.len() } else { usize::MAX };
        self.bound.min(self.region_end).min(whole)
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
            self.reason = if closing == Closing::Eof { EndReason::Eof } else { EndReason::Idle };
            self.place(group.first, self.pos);
            return self.next();
        }
        let only_an_end = group.choices.is_empty() && bytes.is_empty();
        if (look.pending || only_an_end) && !complete {
            self.silence = group.idle.filter(|_| bytes.is_empty() && self.pos > 0);
            return Ok(Some(Turn::More));
        }
        let expected = program.expect_literals(group);
        let same = group
            .choices
            .first()
            .map_or(0, |choice| choice.bytes.iter().zip(bytes).take_while(|(a, b)| a == b).count());
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
        let mut fault = self.misfit(program, Some(node), buf, self.pos, &escape(constant).to_string());
        fault.0.found = escape(bytes).to_string();
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

    fn up_to_limit(&mut self, program: &Program, node: usize, back: usize, buf: &[u8]) -> Go {
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
        let start = if length.first <= length.node { self.span(length.first).start } else { self.pos };
        let said = self.said(program, length, buf)?;
        let end = start + said;
        let limit = self.limit(program, buf);
        if end < self.pos || end > limit {
            let mut fault =
                self.misfit(program, Some(length.node), buf, self.span(length.node).start, "a length that fits");
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
        let number = program.whole(length.node, buf.get(at.clone()).unwrap_or_default()).unwrap_or_default();
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
            self.rounds.push(Round { node: head.node, left, start: self.pos });
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
                self.reason = if self.bound <= limit { EndReason::Length } else { EndReason::Given };
            }
            return Ok(None);
        }
        round.left = round.left.saturating_sub(1);
        self.marks.push(Mark { node: head.node as u32, span: Span::new(self.pos, self.pos) });
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
                let number = program.whole(field, buf.get(at.clone()).unwrap_or_default()).unwrap_or_default();
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
            found: super::fault::found(buf, offset),
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
