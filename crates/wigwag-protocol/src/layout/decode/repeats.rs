//! Repeats: on to the next element, or out.

use super::super::frame::EndReason;
use super::super::{Count, NodeKind, Stop};
use super::fault::Fault;
use super::machine::{Go, Input, Machine, Turn};
use super::{Mark, Span};

/// A repeat under way.
#[derive(Debug)]
pub(super) struct Round {
    node: usize,
    left: u64,
    start: usize,
}

/// The head of a repeat, as its [`Op::Repeat`](super::super::Op::Repeat) says.
pub(super) struct Head {
    pub(super) node: usize,
    pub(super) exit: usize,
    pub(super) stop: Stop,
    pub(super) smallest: usize,
}

/// What the head of a repeat decides.
enum Onward {
    Element,
    Out(Option<EndReason>),
    Wait,
}

impl Machine {
    #[inline(never)]
    pub(super) fn repeat(&mut self, input: &Input<'_>, head: Head) -> Go {
        if self.rounds.last().is_none_or(|round| round.node != head.node) {
            let left = self.count(input, &head)?;
            self.rounds.push(Round { node: head.node, left, start: self.pos });
        }
        let (left, start) = self.rounds.last().map_or((0, self.pos), |round| (round.left, round.start));
        let onward = self.onward(input, &head, left);
        if self.pos - start > input.program.max {
            return Err(Fault::too_long(input.program, Some(head.node), start));
        }
        match onward {
            Onward::Wait => return Ok(Some(Turn::More)),
            Onward::Element => {}
            Onward::Out(reason) => {
                self.rounds.pop();
                if let Some(slot) = self.spans.get_mut(head.node) {
                    *slot = Span::new(start, self.pos);
                }
                self.reason = reason.unwrap_or(self.reason);
                self.pc = head.exit;
                return Ok(None);
            }
        }
        if let Some(round) = self.rounds.last_mut() {
            round.left = left.saturating_sub(1);
        }
        self.marks.push(Mark { node: head.node as u32, span: Span::new(self.pos, self.pos) });
        self.next()
    }

    fn onward(&mut self, input: &Input<'_>, head: &Head, left: u64) -> Onward {
        match head.stop {
            Stop::Count { .. } if left > 0 => Onward::Element,
            Stop::Count { by_field } => Onward::Out(by_field.then_some(EndReason::Length)),
            Stop::Literals(group) => self.literals_or_element(input, group),
            // A length says where it ends even before it is known where the stuffed bytes around it do.
            Stop::Limit { back } => match if self.bound == usize::MAX { self.limit(input) } else { self.bound } {
                usize::MAX => Onward::Wait,
                limit if self.pos + back >= limit => Onward::Out(Some(self.limit_reason(input))),
                _ => Onward::Element,
            },
        }
    }

    fn literals_or_element(&mut self, input: &Input<'_>, group: usize) -> Onward {
        let Some(group) = input.program.groups.get(group) else {
            return Onward::Out(None);
        };
        let (bytes, complete) = self.rest(input);
        let look = group.look(bytes);
        let begun = self.pos > 0;
        if look.whole.is_some() || (bytes.is_empty() && begun && input.closing.ends(group)) {
            return Onward::Out(Some(EndReason::Terminator));
        }
        if (look.pending || bytes.is_empty()) && !complete {
            self.silence = group.idle.filter(|_| bytes.is_empty() && begun);
            return Onward::Wait;
        }
        Onward::Element
    }

    /// How many elements there will be.
    fn count(&self, input: &Input<'_>, head: &Head) -> Result<u64, Fault> {
        let program = input.program;
        let Some(NodeKind::Repeat(repeat)) = program.nodes.get(head.node).map(|node| &node.kind) else {
            return Ok(0);
        };
        let field = match repeat.count {
            Count::ToEnd => return Ok(u64::MAX),
            Count::Number(number) => return Ok(number as u64),
            Count::Field(field) => field,
        };
        let at = self.span(field);
        let number = program.whole(field, input.bytes.get(at.clone()).unwrap_or_default()).unwrap_or_default();
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
