//! Lengths bound the spans that they measure; checksums are compared once all they cover has come.

use super::super::{Length, Sum};
use super::DecodeErrorKind;
use super::fault::Fault;
use super::machine::{Go, Input, Machine};

impl Machine {
    /// A length is known and its span begins, or has begun: no part of it may reach beyond its end.
    #[inline(never)]
    pub(super) fn open(&mut self, input: &Input<'_>, length: usize, inside: usize) -> Go {
        let Some(length) = input.program.lengths.get(length) else {
            return self.next();
        };
        let start = if length.first <= length.node { self.span(length.first).start } else { self.pos };
        let said = self.said(input, length)?;
        let end = start + said;
        // Where the stuffed region ends may not be known yet; whether a length fits into it shows at its end.
        let around = self.bound_around(inside);
        let limit = if self.region_end == usize::MAX { around.min(input.end) } else { around };
        if end < self.pos || end > limit {
            let mut fault = self.misfit(input, Some(length.node), self.span(length.node).start, "a length that fits");
            fault.0.found = if end > limit {
                format!("{said}, where only {} bytes are left", limit - start)
            } else {
                format!("{said}, where {} bytes have already come", self.pos - start)
            };
            return Err(fault);
        }
        if inside == 0 {
            self.outer.push(self.bound);
            self.bound = end;
            return self.next();
        }
        let held = self.bound_around(inside - 1);
        if end < held {
            let mut fault = self.misfit(input, Some(length.node), self.span(length.node).start, "a length that fits");
            fault.0.found = format!("{said}, where {} bytes lie inside it", held - start);
            return Err(fault);
        }
        self.outer.insert(self.outer.len() + 1 - inside, end);
        self.next()
    }

    /// The bound of the span around so many of the innermost ones.
    fn bound_around(&self, inside: usize) -> usize {
        match inside {
            0 => self.bound,
            _ => self.outer.len().checked_sub(inside).and_then(|at| self.outer.get(at)).copied().unwrap_or(usize::MAX),
        }
    }

    /// How many bytes a length part says its span has.
    fn said(&self, input: &Input<'_>, length: &Length) -> Result<usize, Fault> {
        let program = input.program;
        let at = self.span(length.node);
        let number = program.whole(length.node, input.bytes.get(at.clone()).unwrap_or_default()).unwrap_or_default();
        let said = number - i128::from(length.offset);
        let most = program.max + program.overhead;
        match usize::try_from(said) {
            Ok(said) if said <= most => Ok(said),
            Err(_) if said < 0 => {
                let expected = format!("a length of at least {}", length.offset);
                let mut fault = self.misfit(input, Some(length.node), at.start, &expected);
                fault.0.found = number.to_string();
                Err(fault)
            }
            Ok(_) | Err(_) => {
                let mut fault = Fault::too_long(program, Some(length.node), at.start);
                fault.0.found = format!("a length of {number}");
                Err(fault)
            }
        }
    }

    /// The span of a length must end here.
    #[inline(never)]
    pub(super) fn close(&mut self, input: &Input<'_>, length: usize) -> Go {
        let Some(length) = input.program.lengths.get(length) else {
            return self.next();
        };
        if self.pos != self.bound {
            let expected = format!("{} more bytes of the span of its length", self.bound.saturating_sub(self.pos));
            let mut fault = self.misfit(input, Some(length.node), self.pos, &expected);
            fault.0.found = "its last part's end".to_owned();
            return Err(fault);
        }
        self.bound = self.outer.pop().unwrap_or(usize::MAX);
        self.next()
    }

    /// The span of a length lies behind it.
    #[inline(never)]
    pub(super) fn verify(&mut self, input: &Input<'_>, length: usize) -> Go {
        let Some(length) = input.program.lengths.get(length) else {
            return self.next();
        };
        let said = self.said(input, length)?;
        let came = self.span(length.last).end - self.span(length.first).start;
        if said != came {
            let number = |size: usize| size as i128 + i128::from(length.offset);
            let expected = format!("a length of {}", number(came));
            let mut fault = self.misfit(input, Some(length.node), self.span(length.node).start, &expected);
            fault.0.found = number(said).to_string();
            return Err(fault);
        }
        self.next()
    }

    #[inline(never)]
    pub(super) fn check(&mut self, input: &Input<'_>, sum: usize) -> Go {
        let Some(sum) = input.program.sums.get(sum) else {
            return self.next();
        };
        let covered = self.span(sum.first).start..self.span(sum.last).end;
        let computed = sum.compute(input.bytes.get(covered).unwrap_or_default());
        let came = input.program.whole(sum.node, input.bytes.get(self.span(sum.node)).unwrap_or_default());
        if came == Some(i128::from(computed)) {
            return self.next();
        }
        Err(self.bad_sum(input, sum, computed, came))
    }

    fn bad_sum(&self, input: &Input<'_>, sum: &Sum, computed: u64, came: Option<i128>) -> Fault {
        let mut fault = self.misfit(input, Some(sum.node), self.span(sum.node).start, &sum.show(computed));
        fault.0.kind = DecodeErrorKind::Checksum;
        fault.0.found = came.map_or_else(|| "no number".to_owned(), |came| sum.show(came as u64));
        // A record's checksum is compared before the parts behind the record are cut.
        fault.0.frame = self.rounds.is_empty().then_some(self.pos);
        fault
    }
}
